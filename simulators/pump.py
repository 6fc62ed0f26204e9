"""A centrifugal pump with its motor on a variable speed drive."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Flows, Moment, Step, Value, approach, clamp

DENSITY: Final = 998.0
"""Water at 20 °C, kg/m³."""
GRAVITY: Final = 9.81
PASCALS_PER_BAR: Final = 1e5

BEST_EFFICIENCY: Final = 0.78
SLOWEST: Final = 0.75
"""Speed at no demand, as a share of the rated speed: below it, a drive's motor is cooled too little."""
STANDING: Final = 0.01
"""Below this share of the rated speed the shaft turns for nothing."""
RUN_UP_S: Final = 4.0
BEARING_TAU_S: Final = 600.0
"""A bearing housing of a few kilograms reaches a new temperature in some ten minutes."""
BEARING_RISE_C: Final = 22.0
"""Rise of a sound bearing over the room at rated speed."""
PLANT_ROOM_C: Final = 26.0

WEAR_VIBRATION: Final = 11.0
"""What a bearing at the end of its life adds at rated speed, mm/s RMS.

Inside zone D of ISO 10816-7 (over 6.6 mm/s) at the slowest speed too."""
WEAR_RISE_C: Final = 45.0
"""Rise that its friction adds, at any speed."""
WEAR_FRICTION: Final = 0.03
"""Share of the rated power that its friction takes."""
DRY_RISE_C: Final = 30.0
STRAINER_RESISTANCE: Final = 12.0
"""Resistance of a strainer that is as clogged as it gets, in multiples of the rest of the circuit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpState:
    """What a pump remembers from one step to the next."""

    speed: float
    """Share of the rated speed."""
    bearing_c: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """Where the pump's curve meets the circuit's."""

    flow_m3h: float
    head_m: float
    """What the pump adds, from its inlet to its outlet."""
    lost_m: float
    """What the strainer before its inlet takes."""
    shaft_kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpMachine:
    """A pump that works alone or beside equal ones on one circuit."""

    power_kw: float
    """Rated power of the motor's shaft."""
    flow_m3h: float
    """Flow at best efficiency and rated speed."""
    head_m: float
    """Head there."""
    best_efficiency: float = BEST_EFFICIENCY
    motor_efficiency: float = 0.92
    voltage: float = 400.0
    static_head_m: float = 0.0
    """Height the water is lifted; 0 in a closed circuit."""
    fill_bar: float = 2.0
    """Pressure at the inlet."""
    standby: bool = False

    faults: frozenset[str] = frozenset({"bearing_wear", "clogged_strainer", "dry_running"})

    def initial(self, moment: Moment) -> PumpState:
        """Return a pump that has been running (or standing by) for long."""
        speed = self._speed_wanted(moment)
        return PumpState(speed=speed, bearing_c=PLANT_ROOM_C + BEARING_RISE_C * speed)

    def step(self, state: PumpState, moment: Moment) -> Step[PumpState]:
        """Return the pump `moment.dt` seconds later."""
        speed = approach(state.speed, self._speed_wanted(moment), dt=moment.dt, tau=RUN_UP_S)
        wear, dry = moment.severity("bearing_wear"), moment.severity("dry_running")
        point = self.operating_point(speed, clogged=moment.severity("clogged_strainer"), dry=dry)
        shaft_kw = point.shaft_kw + WEAR_FRICTION * wear * self.power_kw * speed
        bearing_c = approach(
            state.bearing_c,
            PLANT_ROOM_C
            + BEARING_RISE_C * speed
            + (WEAR_RISE_C * wear + DRY_RISE_C * dry) * min(1.0, 2 * speed),
            dt=moment.dt,
            tau=BEARING_TAU_S,
        )
        return Step(
            state=PumpState(speed=speed, bearing_c=bearing_c),
            values=self._readings(point, speed=speed, shaft_kw=shaft_kw, bearing_c=bearing_c, moment=moment),
            flows=Flows(electric_kw=shaft_kw / self.motor_efficiency, water_m3h=point.flow_m3h),
        )

    def operating_point(self, speed: float, *, clogged: float = 0.0, dry: float = 0.0) -> OperatingPoint:
        """Return flow, head and shaft power where the pump's curve meets the circuit's.

        The pump's curve at speed n is H = n² H0 - a Q², which follows the affinity laws Q ~ n, H ~ n², P ~
        n³; the circuit's is H = Hs + k Q², Q being the pump's share of what flows through it. A pump that
        runs dry builds up no head and takes hardly any power; a clogged strainer adds to k. A check valve
        keeps the flow from turning back.
        Source: Gülich, Centrifugal Pumps, chapters 3 (similarity laws) and 11 (interaction with the circuit).
        """
        shut_off_m = 1.25 * self.head_m
        a = (shut_off_m - self.head_m) / self.flow_m3h**2
        k = (self.head_m - self.static_head_m) / self.flow_m3h**2
        strainer = k * STRAINER_RESISTANCE * clogged
        available_m = speed**2 * shut_off_m * (1 - dry)
        flow = math.sqrt(max(0.0, available_m - self.static_head_m) / (a + k + strainer))
        if speed < STANDING:
            flow = available_m = 0.0
        head = max(0.0, available_m - a * flow**2)
        return OperatingPoint(
            flow_m3h=flow,
            head_m=head,
            lost_m=strainer * flow**2,
            shaft_kw=self._shaft_power(flow, head, speed),
        )

    def _shaft_power(self, flow_m3h: float, head_m: float, speed: float) -> float:
        """Return P = rho g Q H / eta, kW, with the parabola eta = eta_best x (2 - x), x = Q / (n Q_best).

        Written without Q / Q, so that it holds at no flow too, where some half of the rated power is churned.
        """
        if speed < STANDING:
            return 0.0
        best_m3s = speed * self.flow_m3h / 3600
        x = clamp(flow_m3h / 3600 / best_m3s, 0.0, 1.8)
        return DENSITY * GRAVITY * best_m3s * head_m / (self.best_efficiency * (2 - x)) / 1000

    def current(self, shaft_kw: float, speed: float) -> float:
        """Return the motor's current, A, with an active part and a nearly constant magnetising part.

        I = sqrt(Ia² + Im²), Ia = P / (sqrt(3) U), Im = 0.5 of the rated active current: cos phi 0.89 at
        rated load.
        """
        if speed < STANDING:
            return 0.0
        per_kw = 1000 / (math.sqrt(3) * self.voltage * self.motor_efficiency)
        return math.hypot(shaft_kw * per_kw, 0.5 * self.power_kw * per_kw)

    def vibration(self, speed: float, flow_m3h: float, moment: Moment) -> float:
        """Return the velocity at the bearing housing, mm/s RMS, 10 to 1000 Hz.

        Residual unbalance grows with the square of the speed, flow away from the best point adds to it, and
        independent causes add as squares. The level of a sound pump lies in zone A of ISO 10816-7.
        """
        if speed < STANDING:
            return 0.05
        x = flow_m3h / (speed * self.flow_m3h)
        sound = 1.5 * speed**2 * (1 + 0.8 * (x - 1) ** 2)
        worn = WEAR_VIBRATION * speed * moment.severity("bearing_wear")
        cavitating = 3.0 * speed * max(moment.severity("clogged_strainer"), moment.severity("dry_running"))
        return math.sqrt(sound**2 + worn**2 + cavitating**2)

    def _readings(
        self, point: OperatingPoint, *, speed: float, shaft_kw: float, bearing_c: float, moment: Moment
    ) -> dict[str, Value]:
        inlet = self.fill_bar * (1 - 0.9 * moment.severity("dry_running"))
        pressure = inlet + DENSITY * GRAVITY * (point.head_m - point.lost_m) / PASCALS_PER_BAR
        return {
            "running": speed > 0.05,
            "flow": point.flow_m3h,
            "pressure": pressure,
            "current": self.current(shaft_kw, speed),
            "vibration": self.vibration(speed, point.flow_m3h, moment),
            "bearing_temp": bearing_c,
        }

    def _speed_wanted(self, moment: Moment) -> float:
        if self.standby:
            return 0.0
        return SLOWEST + (1 - SLOWEST) * clamp(moment.shared.cooling_share, 0.0, 1.0)


def build(asset: Asset, site: Site) -> PumpMachine:
    """Make a pump from `rated`: `power_kw`, `flow_m3h`, `head_m`; the last of several stands by."""
    power_kw = asset.rated.get("power_kw", 15.0)
    flow_m3h = asset.rated.get("flow_m3h", 80.0)
    # The usual choice of a motor leaves a margin of some 15 %.
    head_m = 0.85 * power_kw * 1000 * BEST_EFFICIENCY / (DENSITY * GRAVITY * flow_m3h / 3600)
    peers = [
        other.id
        for other in site.assets
        if other.asset_class == asset.asset_class
        and other.parent == asset.parent
        and other.parent is not None
    ]
    return PumpMachine(
        power_kw=power_kw,
        flow_m3h=flow_m3h,
        head_m=asset.rated.get("head_m", head_m),
        standby=len(peers) > 1 and peers[-1] == asset.id,
    )
