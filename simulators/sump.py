"""A sump with two drainage pumps that take turns."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Flows, Moment, Step, Value, clamp
from plantroom.simulators.world import World

STOPS: Final = 0.20
STARTS: Final = 0.50
HELPS: Final = 0.65
"""At this share of the depth the second pump starts too."""
HIGH: Final = 0.72
FLOODS: Final = 0.88
SPILLS: Final = 1.05
"""Over the brim it spreads over the floor."""
PUMP_M3H: Final = 15.0
PUMP_KW: Final = 1.5
"""Of the motor's shaft: 15 m³/h to 15 m at an efficiency of 0.45, with a margin."""
LOAD: Final = 0.85
MOTOR_EFFICIENCY: Final = 0.78
MAINS_V: Final = 400.0
POWER_FACTOR: Final = 0.78

DAMP_SHARE: Final = 0.8
"""What wet weather adds to the seepage; groundwater follows rain."""
GROUND_SHARE: Final = 0.15
"""Half of the difference between a wet summer's and a dry winter's groundwater."""
WASHING_HOURS: Final = (21.0, 22.0)
WASHING_FACTOR: Final = 6.0
"""A car park is hosed down of an evening, Wednesdays."""
WASHING_WEEKDAY: Final = 2
MORNING_HOURS: Final = (9.0, 9.5)
MORNING_FACTOR: Final = 2.0
"""Pump rooms are mopped and strainers emptied on workday mornings."""

FLOOD_M3H: Final = 45.0
RECIRCULATED: Final = 0.55
"""Share of a pump's flow that comes back through the other's check valve stuck wide open."""
RISER_M3: Final = 0.35
"""Water in the rising pipe, which falls back once the pumps stop."""
WORN: Final = 0.65
"""Share of the flow that a worn impeller loses; it takes less power for it."""
CLOGGED: Final = 0.75
CLOGGED_CURRENT: Final = 0.8
"""A rag in the impeller: less flow, more torque."""
FLOAT_RISE: Final = 0.30
"""How much higher than its mark, as a share of the depth, a float that sticks lets the level come."""
_MOST_TURNS: Final = 400


@dataclass(slots=True, kw_only=True)
class Pumping:
    """One of the two pumps."""

    on: bool = False
    starts: float = 0.0
    run_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class SumpState:
    """What a sump remembers from one step to the next."""

    level_m: float
    first: Pumping
    second: Pumping
    turn: int = 0
    """Which pump starts next: 0 or 1."""
    riser_m3: float = 0.0
    """Water that still falls back."""


@dataclass(slots=True, kw_only=True)
class _Given:
    """What does not change within a step."""

    inflow_m3h: float
    flows: tuple[float, float]
    """What each pump moves, m³/h; 0: it cannot run."""
    back: float
    """Share that a bad check valve lets back."""
    starts: float
    """Level, m."""
    helps: float
    is_auto: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SumpMachine:
    """A pit that water seeps into, and pumps that start and stop by floats."""

    area_m2: float
    depth_m: float
    inflow_m3h: float
    """In dry weather."""
    pump_m3h: float
    pump_kw: float
    is_washed: bool
    """Whether it drains a car park."""

    faults: frozenset[str] = frozenset(
        {
            "pump_failing",
            "stuck_float",
            "inflow_flood",
            "check_valve_leak",
            "pump_wear",
            "pump_clogged",
            "left_off",
        }
    )

    def initial(self, moment: Moment) -> SumpState:
        """Return a sump that has been pumped out for years."""
        cycles = 3000 + moment.chance.choice(800)
        seconds = (STARTS - STOPS) * self.depth_m * self.area_m2 / self.pump_m3h * 3600
        share = STOPS + (STARTS - STOPS) * moment.chance.share()
        return SumpState(
            level_m=share * self.depth_m,
            first=Pumping(starts=float(cycles), run_s=cycles * seconds),
            second=Pumping(starts=float(cycles - 2), run_s=(cycles - 5) * seconds),
        )

    def step(self, state: SumpState, moment: Moment) -> Step[SumpState]:
        """Return the sump `moment.dt` seconds later."""
        given = self._given(moment)
        now = _copied(state)
        left = moment.dt
        for _ in range(_MOST_TURNS):
            self._switch(now, given)
            if left <= 0:
                break
            left -= self._flow_on(now, given, left)
        return self._seen(now, given, moment)

    def seepage(self, world: World) -> float:
        """Return what flows in, m³/h: more in wet weather and seasons, and when floors are washed."""
        damp = clamp((world.humidity - 70) / 25, 0.0, 1.0)
        ground = clamp((world.outdoor_c - 17) / 11, -1.0, 1.0)
        inflow = self.inflow_m3h * (0.8 + DAMP_SHARE * damp) * (1 + GROUND_SHARE * ground)
        if self.is_washed:
            start, end = WASHING_HOURS
            is_hosed = start <= world.hour < end and world.local.weekday() == WASHING_WEEKDAY
            return inflow * (WASHING_FACTOR if is_hosed else 1.0)
        start, end = MORNING_HOURS
        return inflow * (MORNING_FACTOR if world.is_workday and start <= world.hour < end else 1.0)

    def _given(self, moment: Moment) -> _Given:
        severity = moment.severity
        late = FLOAT_RISE * severity("stuck_float") * self.depth_m
        live = float(moment.supply.is_live)
        sound = self.pump_m3h * live
        worn = (1 - WORN * severity("pump_wear")) * (1 - CLOGGED * severity("pump_clogged"))
        return _Given(
            inflow_m3h=self.seepage(moment.world) + FLOOD_M3H * severity("inflow_flood"),
            flows=(0.0 if severity("pump_failing") else sound * worn, sound),
            back=RECIRCULATED * severity("check_valve_leak"),
            starts=STARTS * self.depth_m + late,
            helps=HELPS * self.depth_m + late,
            is_auto=not severity("left_off"),
        )

    def _switch(self, now: SumpState, given: _Given) -> None:
        """Start and stop pumps where the floats stand; one that cannot run is passed over."""
        pumps = (now.first, now.second)
        can = [flow > 0 and given.is_auto for flow in given.flows]
        for pump, able in zip(pumps, can, strict=True):
            if pump.on and (not able or now.level_m <= STOPS * self.depth_m):
                pump.on = False
                now.riser_m3 = RISER_M3 * given.back / RECIRCULATED
        running = now.first.on + now.second.on
        wanted = (now.level_m >= given.starts) + (now.level_m >= given.helps)
        while running < min(wanted, sum(can)):
            number = now.turn if can[now.turn] and not pumps[now.turn].on else 1 - now.turn
            pumps[number].on = True
            pumps[number].starts += 1
            now.turn = 1 - number
            now.riser_m3 = 0.0
            running += 1

    def _flow_on(self, now: SumpState, given: _Given, left: float) -> float:
        """Let water flow until a float moves, `left` seconds at most; return how long that took."""
        out = now.first.on * given.flows[0] + now.second.on * given.flows[1]
        back = now.riser_m3 * 3600 / 60 if not out else 0.0
        rate = (given.inflow_m3h + back - out * (1 - given.back)) / self.area_m2 / 3600
        seconds = min(left, 60.0) if back else left
        for mark in self._marks(now, given):
            gap = mark - now.level_m
            if gap * rate > 0:
                seconds = min(seconds, gap / rate + 1e-6)
        now.level_m = clamp(now.level_m + rate * seconds, 0.0, SPILLS * self.depth_m)
        now.riser_m3 *= 1 - min(1.0, seconds / 60)
        for pump in (now.first, now.second):
            pump.run_s += seconds * pump.on
        return seconds

    def _marks(self, now: SumpState, given: _Given) -> tuple[float, ...]:
        """Return the levels at which something would change."""
        stop = STOPS * self.depth_m
        if now.first.on and now.second.on:
            return (stop,)
        if now.first.on or now.second.on:
            return (stop, given.helps)
        return (given.starts, given.helps)

    def _seen(self, now: SumpState, given: _Given, moment: Moment) -> Step[SumpState]:
        volts = max(0.5, moment.supply.share)
        load_1 = LOAD * (1 - 0.35 * moment.severity("pump_wear"))
        load_1 *= 1 + CLOGGED_CURRENT * moment.severity("pump_clogged")
        kw_1 = now.first.on * load_1 * self.pump_kw / MOTOR_EFFICIENCY
        kw_2 = now.second.on * LOAD * self.pump_kw / MOTOR_EFFICIENCY
        per_kw = 1000 / (math.sqrt(3) * MAINS_V * volts * POWER_FACTOR)
        values: dict[str, Value] = {
            "level": now.level_m,
            "high_level": now.level_m >= HIGH * self.depth_m,
            "overflow_level": now.level_m >= FLOODS * self.depth_m,
            "pump_1_running": now.first.on,
            "pump_1_fault": moment.severity("pump_failing") > 0,
            "pump_1_current": kw_1 * per_kw,
            "pump_1_starts": now.first.starts,
            "pump_1_run_hours": now.first.run_s / 3600,
            "pump_2_running": now.second.on,
            "pump_2_fault": False,
            "pump_2_current": kw_2 * per_kw,
            "pump_2_starts": now.second.starts,
            "pump_2_run_hours": now.second.run_s / 3600,
            "mode": "auto" if given.is_auto else "off",
            "power": kw_1 + kw_2,
        }
        out = now.first.on * given.flows[0] + now.second.on * given.flows[1]
        flows = Flows(
            electric_kw=kw_1 + kw_2,
            reactive_kvar=0.8 * (kw_1 + kw_2),
            water_m3h=out * (1 - given.back),
        )
        return Step(state=now, values=values, flows=flows)


def _copied(state: SumpState) -> SumpState:
    first, second = state.first, state.second
    return SumpState(
        level_m=state.level_m,
        first=Pumping(on=first.on, starts=first.starts, run_s=first.run_s),
        second=Pumping(on=second.on, starts=second.starts, run_s=second.run_s),
        turn=state.turn,
        riser_m3=state.riser_m3,
    )


def build(asset: Asset, _: Site) -> SumpMachine:
    """Make a sump from `rated`: `area_m2`, `depth_m`, `inflow_m3h`, `pump_m3h`, `power_kw` of one pump."""
    return SumpMachine(
        area_m2=asset.rated.get("area_m2", 2.0),
        depth_m=asset.rated.get("depth_m", 1.8),
        inflow_m3h=asset.rated.get("inflow_m3h", 0.4),
        pump_m3h=asset.rated.get("pump_m3h", PUMP_M3H),
        pump_kw=asset.rated.get("power_kw", PUMP_KW),
        is_washed=asset.location.endswith("car park"),
    )
