"""What lifts the car, what it costs, and how warm that makes the machine, its brake and its room."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

from plantroom.simulators.elevator_travel import Travel
from plantroom.simulators.machine import approach, clamp
from plantroom.simulators.nature import GRAVITY
from plantroom.simulators.world import World

BALANCED: Final = 0.5
"""Share of the rated load that the counterweight balances besides the car (usual: 0.45 to 0.5)."""
CAR_PER_LOAD: Final = 1.3
"""Mass of the empty car as a share of its rated load (CIBSE Guide D: 1.0 to 1.5)."""
TURNING_PER_LOAD: Final = 0.5
"""Ropes and what turns, as mass at the rope."""
FRICTION_N_PER_KG: Final = 0.6
"""Guide shoes, rope bending and air, by the rated load."""
EFFICIENCY: Final = 0.82
"""Inverter 0.96, gearless synchronous machine 0.9, sheave 0.95."""
VOLTS: Final = 400.0
MOTOR_FACTOR: Final = 0.85
"""Power factor times efficiency of the machine at rated power."""

MOTOR_RISE_K: Final = 200.0
"""At rated force without a pause: insulation class F allows 105 K, at a duty of about half (IEC 60034-1)."""
MOTOR_TAU_S: Final = 2400.0
OVERHEATING_FACTOR: Final = 2.5
OVERHEATING_K: Final = 35.0
BRAKE_RISE_K: Final = 35.0
"""By the coils while they hold the brake open."""
BRAKE_TAU_S: Final = 1800.0
DRAGGING_K: Final = 140.0
"""More, when worn linings drag."""
TO_ROOM: Final = 0.6
"""Share of the electricity that becomes heat in the machine room (inverter, machine, brake resistor)."""

ROOM_KJ_K: Final = 600.0
"""Heat capacity of an elevator's share of the machine room."""
ROOF_KW_K: Final = 0.12
BUILDING_KW_K: Final = 0.03
BUILDING_C: Final = 23.0
SUN_K_PER_W_M2: Final = 0.012
"""How much warmer the sun makes the roof than the air, with its thermal mass (sol-air, ASHRAE)."""
FAN_KW_K: Final = 0.5
"""Ventilation with 1500 m3/h, when it is cooler outside; wide open at `FAN_FROM_C` + `BAND_K`."""
FAN_FROM_C: Final = 26.0
COOLER_KW: Final = 3.5
"""A split unit, fully on at `COOLER_FROM_C` + `BAND_K`."""
COOLER_FROM_C: Final = 29.0
HEATER_KW: Final = 1.5
"""Against frost, off at `HEATED_C` (EN 81-20, 0.4.16: machine rooms are kept between 5 and 40 °C)."""
HEATED_C: Final = 12.0
BAND_K: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the drive has done over a time."""

    kilojoules: float = 0.0
    """Electricity taken."""
    heating_s: float = 0.0
    """Time at rated force that would have heated the windings as much."""
    driven_s: float = 0.0
    """Time of travel: the brake was released."""

    def __add__(self, other: "Work") -> "Work":
        """Return both together."""
        return Work(
            kilojoules=self.kilojoules + other.kilojoules,
            heating_s=self.heating_s + other.heating_s,
            driven_s=self.driven_s + other.driven_s,
        )


NO_WORK: Final = Work()


@dataclass(slots=True, kw_only=True)
class Warmth:
    """Temperatures, °C; never changed once made."""

    room_c: float
    """Of the machine room."""
    motor_c: float
    """Of the windings."""
    brake_c: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A gearless machine on an inverter; going with the weight it brakes on a resistor."""

    rated_kg: float
    power_kw: float
    speed_ms: float

    @property
    def rated_n(self) -> float:
        """Force at the rope at rated power."""
        return 1000 * self.power_kw * 0.9 / self.speed_ms

    @property
    def rated_a(self) -> float:
        """Current at rated force."""
        return 1000 * self.power_kw / (sqrt(3) * VOLTS * MOTOR_FACTOR)

    def inertia(self, load_kg: float) -> float:
        """Return the mass that is sped up: car, counterweight, load, ropes and what turns, kg."""
        return (2 * CAR_PER_LOAD + BALANCED + TURNING_PER_LOAD) * self.rated_kg + load_kg

    def force(self, load_kg: float, *, up: bool, friction: float = 1.0) -> float:
        """Return the force along the travel at constant speed, N: what is out of balance, and friction."""
        unbalanced_kg = load_kg - BALANCED * self.rated_kg
        weight = unbalanced_kg * GRAVITY * (1 if up else -1)
        return weight + friction * FRICTION_N_PER_KG * self.rated_kg

    def power(self, force_n: float, *, speed_ms: float) -> float:
        """Return the electric power of the drive, kW."""
        return max(0.0, force_n) * speed_ms / EFFICIENCY / 1000

    def current(self, force_n: float) -> float:
        """Return the machine's current, A: it makes torque whichever way the energy goes."""
        return self.rated_a * abs(force_n) / self.rated_n

    def work(self, way: Travel, start: float, end: float, *, force_n: float, load_kg: float) -> Work:
        """Return what is done from `start` to `end` seconds after the start of `way`.

        In each part (speeding up, steady, slowing down) the work is that of the steady force over the
        distance and what the moving masses take or give; what they give beyond is burnt in the resistor.
        """
        mass = self.inertia(load_kg)
        mean_ms2 = way.peak_ms / way.speeding_s
        kilojoules = heating = 0.0
        for begins, ends, acceleration in (
            (0.0, way.speeding_s, mean_ms2),
            (way.speeding_s, way.duration_s - way.speeding_s, 0.0),
            (way.duration_s - way.speeding_s, way.duration_s, -mean_ms2),
        ):
            since, until = max(start, begins), min(end, ends)
            if until <= since:
                continue
            from_m, from_ms, _ = way.at(since)
            to_m, to_ms, _ = way.at(until)
            joules = force_n * (to_m - from_m) + mass * (to_ms**2 - from_ms**2) / 2
            kilojoules += max(0.0, joules) / EFFICIENCY / 1000
            heating += ((force_n + mass * acceleration) / self.rated_n) ** 2 * (until - since)
        return Work(kilojoules=kilojoules, heating_s=heating, driven_s=end - start)


def warmed(
    before: Warmth, work: Work, *, standby_kw: float, world: World, faults: Mapping[str, float], dt: float
) -> Warmth:
    """Return what `work` within `dt` seconds, and the stand-by power, have made of the temperatures.

    Windings: first order, by the mean square of the force. Brake: first order, by its coils while they hold
    it open and, if worn, by its dragging linings.
    """
    if dt <= 0:
        return before
    room_c = room_temperature(
        before.room_c,
        world=world,
        heat_kw=TO_ROOM * (standby_kw + work.kilojoules / dt),
        failing=faults.get("machine_room_ventilation", 0.0),
        dt=dt,
    )
    failing = faults.get("motor_overheating", 0.0)
    motor_rise = (
        MOTOR_RISE_K * work.heating_s / dt * (1 + OVERHEATING_FACTOR * failing) + OVERHEATING_K * failing
    )
    brake_rise = (BRAKE_RISE_K + DRAGGING_K * faults.get("brake_wear", 0.0)) * work.driven_s / dt
    return Warmth(
        room_c=room_c,
        motor_c=approach(before.motor_c, room_c + motor_rise, dt=dt, tau=MOTOR_TAU_S),
        brake_c=approach(before.brake_c, room_c + brake_rise, dt=dt, tau=BRAKE_TAU_S),
    )


def room_temperature(room_c: float, *, world: World, heat_kw: float, failing: float, dt: float) -> float:
    """Return the machine room's temperature `dt` seconds later, °C.

    A heat balance of one capacity: roof, building, ventilation, split unit and heater (of the building, so
    their electricity is not the elevator's). `failing`: share of ventilation and cooling that is lost.
    """
    works = 1.0 - failing
    fan = FAN_KW_K * works * clamp((room_c - FAN_FROM_C) / BAND_K, 0.0, 1.0)
    if world.outdoor_c > room_c:
        fan = 0.0
    cooler = COOLER_KW * works * clamp((room_c - COOLER_FROM_C) / BAND_K, 0.0, 1.0)
    heater = HEATER_KW * clamp((HEATED_C - room_c) / BAND_K, 0.0, 1.0) if room_c < HEATED_C else 0.0
    conductance = ROOF_KW_K + BUILDING_KW_K + fan
    roof_c = world.outdoor_c + SUN_K_PER_W_M2 * world.sun_w_m2
    gains = (
        ROOF_KW_K * roof_c + BUILDING_KW_K * BUILDING_C + fan * world.outdoor_c + heat_kw + heater - cooler
    )
    return approach(room_c, gains / conductance, dt=dt, tau=ROOM_KJ_K / conductance)
