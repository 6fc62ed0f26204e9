"""An escalator: it creeps until somebody comes, and what he weighs it lifts, or brakes.

It is switched on and off by key at fixed hours; a fire, a safety device or a lost supply stops it too: then
somebody has to come and start it again (EN 115-1, 5.12.2.4). At rated speed its motor is on the mains: many
people going down drive it, and it gives a little back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log, sqrt
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.escalator_ride import CREEP_SHARE, Passed, Ride, carry, is_open, speed, visitors
from plantroom.simulators.escalator_wear import (
    FAULTS,
    HANDRAILS,
    SLACK_MM,
    SLIP,
    friction,
    is_switched,
    stretched,
    trips,
    vibration,
)
from plantroom.simulators.machine import Flows, Moment, Step, Value, approach
from plantroom.simulators.nature import GRAVITY, PERSON_KG

SPEED_MS: Final = 0.5
RISE_M: Final = 5.0
POWER_KW: Final = 8.0
MOST_PER_HOUR: Final = 550.0
INCLINE_SINE: Final = 0.5
"""30 degrees."""
LEVEL_M: Final = 2.4
"""Level steps at both ends."""
EFFICIENCY: Final = 0.8
"""Of motor and gearbox, either way."""
EMPTY_SHARE: Final = 0.2
"""Of the rated power, to move steps and handrails alone at rated speed (ISO 25745-3: about 1.5 kW at 5 m)."""
CONTROL_KW: Final = 0.12
ROOT_3: Final = sqrt(3)
REACTIVE_SHARE: Final = 0.5
VOLTS: Final = 400.0
MOTOR_FACTOR: Final = 0.72
"""Power factor times efficiency of the motor at rated power."""
MAGNETISING: Final = 0.4
"""Share of the rated current, at rated speed."""
MOTOR_RISE_K: Final = 70.0
MOTOR_TAU_S: Final = 3000.0
GEARBOX_RISE_K: Final = 32.0
GEARBOX_TAU_S: Final = 6000.0
PIT_C: Final = 24.0
PIT_OUTDOOR_SHARE: Final = 0.2
BRAKE_MM: Final = 360.0
"""Empty, from 0.5 m/s (EN 115-1, 5.4.2.1.3.2: 200 to 1000)."""
WORN_BRAKE_MM: Final = 850.0
LOAD_BRAKE_SHARE: Final = 0.03
"""How much longer the way with each passenger going down, and shorter going up."""
RESTART_S: Final = 900.0
"""Until somebody with the key has come."""


@dataclass(slots=True, kw_only=True)
class EscalatorState:
    """What an escalator remembers from one step to the next; never changed once made."""

    t: float
    is_on: bool
    held_until: float
    """When somebody starts it again after it was stopped."""
    ride: Ride
    motor_c: float
    gearbox_c: float
    brake_mm: float
    energy_kwh: float
    run_s: float
    passengers: int
    starts: int


@dataclass(frozen=True, kw_only=True)  # no slots: cached properties
class EscalatorMachine:
    """One flight of steps, always in one direction."""

    direction: int
    """1 up, -1 down."""
    rise_m: float = RISE_M
    speed_ms: float = SPEED_MS
    power_kw: float = POWER_KW
    most_per_hour: float = MOST_PER_HOUR

    faults: frozenset[str] = FAULTS

    @cached_property
    def ride_s(self) -> float:
        """How long somebody is on it who stands."""
        return (self.rise_m / INCLINE_SINE + LEVEL_M) / self.speed_ms

    @cached_property
    def person_kw(self) -> float:
        """What a passenger adds to the electric power over the ride; down, less than nothing."""
        lifting = PERSON_KG * GRAVITY * self.rise_m / self.ride_s / 1000
        return lifting / EFFICIENCY if self.direction > 0 else -lifting * EFFICIENCY

    def initial(self, moment: Moment) -> EscalatorState:
        """Return an escalator of some years, at work if it is the hour."""
        chance, is_on = moment.chance, is_open(moment.world) and moment.supply.is_live
        hours = 18_000 + 8_000 * chance.share()
        pit_c = _pit(moment)
        return EscalatorState(
            t=moment.t,
            is_on=is_on,
            held_until=moment.t,
            ride=Ride(hazard=-log(1 - chance.share())),
            motor_c=pit_c + (16 if is_on else 2),
            gearbox_c=pit_c + (18 if is_on else 4),
            brake_mm=BRAKE_MM,
            energy_kwh=1.5 * hours,
            run_s=3600 * hours,
            passengers=int(180 * hours),
            starts=int(hours / 14),
        )

    def step(self, state: EscalatorState, moment: Moment) -> Step[EscalatorState]:
        """Return the escalator `moment.dt` seconds later."""
        live, faults = moment.supply.is_live, moment.faults
        tripped = bool(faults) and trips(faults, stretched_mm=stretched(state.run_s, faults))
        after = self._advance(state, moment, is_stopped=tripped or not live or moment.shared.fire)
        moves_ms = speed(after.ride, t=after.t, rated_ms=self.speed_ms) if after.is_on else 0.0
        power_kw = self._power(len(after.ride.boarded), speed_ms=moves_ms, faults=faults) if moves_ms else 0.0
        drawn_kw = power_kw + CONTROL_KW if live else 0.0
        flows = Flows(
            electric_kw=drawn_kw,
            reactive_kvar=REACTIVE_SHARE * abs(drawn_kw),
            ready=live and not tripped,
        )
        values = self._readings(after, moment, moves_ms=moves_ms, drawn_kw=drawn_kw, tripped=tripped)
        return Step(state=after, values=values, flows=flows)

    def _advance(self, state: EscalatorState, moment: Moment, *, is_stopped: bool) -> EscalatorState:
        dt, end = moment.dt, state.t + moment.dt
        held_until = end + RESTART_S if is_stopped else state.held_until
        is_on = is_open(moment.world) and end >= held_until
        ride, passed = state.ride, Passed()
        if is_on:
            share = visitors(moment.world, direction=self.direction)
            per_second = self.most_per_hour * share / 3600
            ride, passed = carry(
                ride, moment.chance, start=state.t, end=end, per_second=per_second, ride_s=self.ride_s
            )
        elif state.is_on:
            ride = Ride(hazard=ride.hazard)
        used_kw = self._mean_power(passed, moment) if is_on and dt > 0 else 0.0
        motor_c, gearbox_c = self._warmed(state, moment, used_kw=used_kw, passed=passed, is_on=is_on)
        standby_kw = CONTROL_KW if moment.supply.is_live else 0.0
        return EscalatorState(
            t=end,
            is_on=is_on,
            held_until=held_until,
            ride=ride,
            motor_c=motor_c,
            gearbox_c=gearbox_c,
            brake_mm=self._braked(state, moment) if state.is_on and not is_on else state.brake_mm,
            energy_kwh=state.energy_kwh + max(0.0, used_kw + standby_kw) * dt / 3600,
            run_s=state.run_s + (dt if is_on else 0.0),
            passengers=state.passengers + passed.came,
            starts=state.starts + (is_on and not state.is_on),
        )

    def _empty_kw(self, faults: Mapping[str, float]) -> float:
        """Return the power at rated speed without passengers."""
        return EMPTY_SHARE * self.power_kw * friction(faults)

    def _power(self, persons: int, *, speed_ms: float, faults: Mapping[str, float]) -> float:
        """Return the electric power of the motor, kW: moving itself, and lifting or braking passengers."""
        return (self._empty_kw(faults) + persons * self.person_kw) * speed_ms / self.speed_ms

    def _mean_power(self, passed: Passed, moment: Moment) -> float:
        """Return the same over the whole step."""
        creeping_s = moment.dt - passed.busy_s
        own_kj = self._empty_kw(moment.faults) * (passed.busy_s + CREEP_SHARE * creeping_s)
        return (own_kj + self.person_kw * passed.ridden_s) / moment.dt

    def _warmed(
        self, state: EscalatorState, moment: Moment, *, used_kw: float, passed: Passed, is_on: bool
    ) -> tuple[float, float]:
        """Return the temperatures of motor and gearbox, °C: first order, by speed and load squared."""
        dt, faults = moment.dt, moment.faults
        pit_c = _pit(moment)
        if not is_on or dt <= 0:
            motor_rise = gearbox_rise = 0.0
        else:
            busy = passed.busy_s / dt
            at_speed = busy + CREEP_SHARE * (1 - busy)
            load = used_kw / self.power_kw
            motor_rise = MOTOR_RISE_K * (0.35 * at_speed + 0.65 * load**2)
            motor_rise += 14 * faults.get("bearing_wear", 0.0) * at_speed
            gearbox_rise = GEARBOX_RISE_K * at_speed * (0.7 + 0.3 * abs(load))
            gearbox_rise += 38 * faults.get("gearbox_wear", 0.0) * at_speed
        return (
            approach(state.motor_c, pit_c + motor_rise, dt=dt, tau=MOTOR_TAU_S),
            approach(state.gearbox_c, pit_c + gearbox_rise, dt=dt, tau=GEARBOX_TAU_S),
        )

    def _braked(self, state: EscalatorState, moment: Moment) -> float:
        """Return the way of the stop that has just been, mm; by key it is stopped from rated speed."""
        load = -self.direction * LOAD_BRAKE_SHARE * len(state.ride.boarded)
        worn_mm = WORN_BRAKE_MM * moment.faults.get("brake_wear", 0.0)
        return (BRAKE_MM + worn_mm) * max(0.5, 1 + load) * (0.97 + 0.06 * moment.chance.share())

    def _readings(
        self, state: EscalatorState, moment: Moment, *, moves_ms: float, drawn_kw: float, tripped: bool
    ) -> dict[str, Value]:
        faults = moment.faults
        creeps = moves_ms < self.speed_ms and not state.ride.boarded
        mode = "out_of_service" if not state.is_on else "standby" if creeps else "normal"
        left, right = HANDRAILS
        stretched_mm = stretched(state.run_s, faults)
        return {
            "mode": mode,
            "motion": "stopped" if not moves_ms else "up" if self.direction > 0 else "down",
            "fault": tripped,
            "speed": moves_ms,
            "handrail_speed_left": moves_ms * left * (1 - SLIP * faults.get("handrail_slip", 0.0)),
            "handrail_speed_right": moves_ms * right,
            "emergency_stop": is_switched("emergency_stop", faults),
            "safety_circuit": not tripped,
            "comb_plate": is_switched("comb_plate", faults),
            "step_missing": is_switched("step_missing", faults),
            "handrail_entry": is_switched("handrail_entry", faults),
            "chain_slack": stretched_mm > SLACK_MM,
            "chain_elongation": stretched_mm,
            "brake": "released" if moves_ms else "applied",
            "brake_distance": state.brake_mm,
            "motor_temp": state.motor_c,
            "gearbox_temp": state.gearbox_c,
            "vibration": vibration(moves_ms / self.speed_ms, faults),
            "current": self._current(drawn_kw - CONTROL_KW, share=moment.supply.share) if moves_ms else 0.0,
            "power": drawn_kw,
            "energy": state.energy_kwh,
            "passengers": float(state.passengers),
            "starts": float(state.starts),
            "run_hours": state.run_s / 3600,
        }

    def _current(self, power_kw: float, *, share: float) -> float:
        """Return the motor's current, A: the active part by the power, the magnetising part is constant."""
        rated_a = 1000 * self.power_kw / (ROOT_3 * VOLTS * MOTOR_FACTOR)
        active_a = 1000 * power_kw / (ROOT_3 * VOLTS * max(share, 0.1))
        return sqrt(active_a**2 + (MAGNETISING * rated_a) ** 2)


def build(asset: Asset, site: Site) -> EscalatorMachine:
    """Make an escalator from `rated`: `direction` (-1 down), `rise_m`, `speed_ms`, `power_kw`, `people_h`."""
    del site
    rated = asset.rated
    return EscalatorMachine(
        direction=-1 if rated.get("direction", 1.0) < 0 else 1,
        rise_m=rated.get("rise_m", RISE_M),
        speed_ms=rated.get("speed_ms", SPEED_MS),
        power_kw=rated.get("power_kw", POWER_KW),
        most_per_hour=rated.get("people_h", MOST_PER_HOUR),
    )


def _pit(moment: Moment) -> float:
    """Return the air's temperature around the drive, under the floor of a conditioned hall."""
    return PIT_C + PIT_OUTDOOR_SHARE * (moment.world.outdoor_c - PIT_C)
