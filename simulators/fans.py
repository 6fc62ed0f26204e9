"""Fans in ducts: where the fan's curve meets the resistance of all that the air passes.

Source: ASHRAE Handbook HVAC Systems and Equipment, chapter 21 (fan laws Q ~ n, p ~ n², P ~ n³).
"""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.moist_air import CP_AIR, M3H_PER_KG_S

BEST_EFFICIENCY: Final = 0.62
DRIVE_EFFICIENCY: Final = 0.88
"""Of motor, belt and frequency converter together."""
DESIGN_SPEED: Final = 0.88
"""Share of full speed at which a fan gives its rated flow: the rest is for a dirty filter."""
SHUT_OFF: Final = 1.25
"""Pressure at no flow in multiples of the rated one, at the same speed."""
DESIGN_SHARE: Final = 0.68
"""Of the motor's rating that the fan takes at the rated flow."""
SLOWEST: Final = 0.25
"""Below it a motor's own fan cools it too little."""
PRESSURE_TAU_S: Final = 25.0
"""How quickly the controller of the duct pressure finds its speed."""
WINDS_UP_S: Final = 90.0
"""How quickly it goes to its end where there is no pressure at all."""
RUN_UP_S: Final = 6.0
STANDING: Final = 0.03
BELT_SLIP: Final = 0.42
"""Share of its speed that a wheel loses when its belt is as worn as it gets."""


@dataclass(slots=True)
class Duty:
    """What a fan works for and against; never changed once made."""

    static_pa: float
    """To be held in the duct behind the unit."""
    lets_m3h: float
    """What all behind it lets through at 1 Pa."""
    before_pa: float
    """What filter and coils take at the rated flow; it grows with the square of the flow."""


@dataclass(slots=True)
class Drive:
    """A fan at a moment; never changed once made."""

    command: float = 0.0
    """Speed it is told, as a share of the full one."""
    speed: float = 0.0
    """Of the motor."""
    flow_m3h: float = 0.0
    static_pa: float = 0.0
    power_kw: float = 0.0
    """Electric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """A fan made for `flow_m3h` against `pressure_pa`, at the design speed."""

    flow_m3h: float
    pressure_pa: float

    def static_pa(self, speed: float, duty: Duty) -> float:
        """Return the pressure in the duct behind the unit.

        What is behind it gets Q = lets sqrt(p), and n² p0 - a Q² = p + k Q²; so
        p = n² p0 / (1 + (a + k) lets²).
        """
        return self._shut_off_pa * speed * speed / (1 + self._fall(duty))

    def speed_for(self, duty: Duty) -> float:
        """Return the speed, as a share of the full one, that holds the pressure of `duty`."""
        return math.sqrt(duty.static_pa * (1 + self._fall(duty)) / self._shut_off_pa)

    def _fall(self, duty: Duty) -> float:
        """Return what fan and unit lose for each pascal behind them."""
        share = duty.lets_m3h / self.flow_m3h
        return ((SHUT_OFF - 1) * self.pressure_pa + duty.before_pa) * share * share

    def power_kw(self, speed: float, flow_m3h: float) -> float:
        """Return the electric power of P = p Q / eta, eta = best x (2 - x), x = Q / (n Q best)."""
        if speed < 0.01:
            return 0.0
        best = self.flow_m3h * speed / DESIGN_SPEED
        x = min(flow_m3h / best, 1.8)
        share = flow_m3h / self.flow_m3h
        total_pa = self._shut_off_pa * speed * speed - (SHUT_OFF - 1) * self.pressure_pa * share * share
        shaft = max(0.0, total_pa) * best / 3600 / (BEST_EFFICIENCY * (2 - x)) / 1000
        return shaft / DRIVE_EFFICIENCY

    def driven(
        self,
        drive: Drive,
        duty: Duty,
        *,
        wanted: bool,
        powered: bool,
        slip: float,
        failure: float,
        dt: float,
    ) -> Drive:
        """Return the fan `dt` seconds later; its speed follows the static pressure that is to be held."""
        grip = 1 - BELT_SLIP * slip
        command = 0.0
        if wanted:
            needed = self.speed_for(duty) / grip
            tau = PRESSURE_TAU_S
            if failure or not powered:
                needed, tau = needed + (1 - needed) * (failure or 1.0), WINDS_UP_S
            needed = min(1.0, max(SLOWEST, needed))
            command = needed + (drive.command - needed) * math.exp(-dt / tau)
        turning = command * (1 - failure) if powered else 0.0
        speed = turning + (drive.speed - turning) * math.exp(-dt / RUN_UP_S)
        if speed < STANDING:
            return Drive(command, 0.0 if not turning else speed)
        static = self.static_pa(speed * grip, duty)
        flow = duty.lets_m3h * math.sqrt(static)
        # What slips is lost: the motor's torque is the wheel's.
        return Drive(command, speed, flow, static, self.power_kw(speed * grip, flow) / grip)

    @property
    def _shut_off_pa(self) -> float:
        """Pressure at full speed and no flow."""
        return SHUT_OFF * self.pressure_pa / DESIGN_SPEED**2


def fan_for(power_kw: float, flow_m3h: float, *, least_pa: float) -> Fan:
    """Return the fan that a motor of `power_kw` drives at the rated flow with the usual reserve."""
    efficiency = BEST_EFFICIENCY * DRIVE_EFFICIENCY
    pressure = DESIGN_SHARE * power_kw * 1000 * efficiency / (flow_m3h / 3600)
    return Fan(flow_m3h=flow_m3h, pressure_pa=max(least_pa, pressure))


def fan_rise(power_kw: float, flow_m3h: float) -> float:
    """Return by how much a fan in the air stream warms the air, K; all its power becomes heat."""
    return power_kw * M3H_PER_KG_S / (CP_AIR * flow_m3h) if flow_m3h > 1 else 0.0
