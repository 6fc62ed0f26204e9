"""A water meter: reads what its parent takes, or all that the building takes from the city."""

from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators import city_water
from plantroom.simulators.machine import Flows, Moment, Step, Value, approach, clamp

DIRECT_M3H: Final = 2.4
"""Drawn straight from the city's pressure with everybody in: lower floors, kitchens, cleaning."""
DRIPPING_M3H: Final = 0.04
"""What drips all night in a sound building of this size (least night flow)."""
GUSTS_TAU_S: Final = 240.0
"""How long a draw-off lasts."""
LOSS_BAR: Final = 0.15
"""Through the meter and its strainer at twice its usual flow."""

BURST_M3H: Final = 28.0
BURST_BAR: Final = 0.9
LEAK_M3H: Final = 0.9
BACK_M3H: Final = 1.5
LOW_BAR: Final = 1.6


@dataclass(slots=True, kw_only=True)
class MeterState:
    """What a meter remembers from one step to the next."""

    m3: float
    gust: float
    """How much is drawn just now, 1: as much as usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterMachine:
    """A meter in a pipe. What burst pipes lose is lost behind it."""

    tanks: tuple[str, ...]
    """Tanks whose inlets it reads."""
    towers: tuple[str, ...]
    """Cooling towers whose make-up it reads."""
    meters: tuple[str, ...]
    """Meters behind it."""
    direct_m3h: float
    """What people draw behind it with everybody in."""
    usual_m3h: float

    faults: frozenset[str] = frozenset(
        {"burst_pipe", "leak", "meter_stopped", "backflow", "low_supply_pressure", "battery_low"}
    )

    def initial(self, moment: Moment) -> MeterState:
        """Return a meter that has read for some years."""
        return MeterState(m3=(8000 + 4000 * moment.chance.share()) * self.usual_m3h, gust=1.0)

    def step(self, state: MeterState, moment: Moment) -> Step[MeterState]:
        """Return the meter `moment.dt` seconds later."""
        severity = moment.severity
        burst, back = severity("burst_pipe"), severity("backflow")
        gust = state.gust
        if self.direct_m3h:
            gust = approach(gust, 2 * moment.chance.share(), dt=moment.dt, tau=GUSTS_TAU_S)
        flow = self._drawn(moment, gust) + BURST_M3H * burst + LEAK_M3H * severity("leak")
        # A sagging supply first gives less, then draws the building's water back.
        flow = flow * (1 - min(1.0, 2 * back)) - BACK_M3H * max(0.0, 2 * back - 1)
        registered = flow * (1 - severity("meter_stopped"))
        m3 = state.m3 + max(0.0, registered) * moment.dt / 3600
        values: dict[str, Value] = {
            "volume": m3,
            "flow": registered,
            "pressure": self._pressure(flow, moment),
            "water_temp": city_water.indoors_c(moment.world),
            "backflow": registered < -0.01,
            "battery_low": severity("battery_low") > 0,
        }
        return Step(state=MeterState(m3=m3, gust=gust), values=values, flows=Flows(water_m3h=max(0.0, flow)))

    def _drawn(self, moment: Moment, gust: float) -> float:
        flows = moment.flows
        drawn = 0.0
        if self.direct_m3h:
            drawn = DRIPPING_M3H + self.direct_m3h * moment.world.occupancy * gust
        for id_ in self.tanks:
            if id_ in flows:
                drawn += flows[id_].water_m3h
        for id_ in self.towers:
            if id_ in flows:
                drawn += flows[id_].makeup_m3h
        for id_ in self.meters:
            if id_ in flows:
                drawn += flows[id_].water_m3h
        return drawn

    def _pressure(self, flow: float, moment: Moment) -> float:
        """Return the pressure behind the meter, bar: what it takes grows with the square of the flow."""
        share = clamp(flow / (2 * self.usual_m3h), 0.0, 2.0)
        bar = city_water.pressure_bar(moment.world) - LOSS_BAR * min(1.0, share * share)
        bar -= BURST_BAR * moment.severity("burst_pipe") + LOW_BAR * moment.severity("low_supply_pressure")
        return max(0.0, bar - 2.2 * moment.severity("backflow"))


def build(asset: Asset, site: Site) -> MeterMachine:
    """Make a meter of its parent, or of the whole building; `rated.flow_m3h`, `rated.direct_m3h`.

    Cooling towers at one place share their make-up line: the meter of one reads those too that have none.
    """
    others = [each for each in site.assets if each.asset_class == asset.asset_class and each.id != asset.id]
    metered = frozenset(each.parent for each in (asset, *others) if each.parent)
    parent = next((each for each in site.assets if each.id == asset.parent), None)
    if parent is None:
        return MeterMachine(
            tanks=_unmetered(site, "water_tank", metered),
            towers=_unmetered(site, "cooling_tower", metered_towers(site, metered)),
            meters=tuple(each.id for each in others if each.parent),
            direct_m3h=asset.rated.get("direct_m3h", DIRECT_M3H),
            usual_m3h=asset.rated.get("flow_m3h", 15.0),
        )
    is_tank, is_tower = parent.asset_class == "water_tank", parent.asset_class == "cooling_tower"
    return MeterMachine(
        tanks=(parent.id,) if is_tank else (),
        towers=_towers_with(parent, site, metered) if is_tower else (),
        meters=(),
        direct_m3h=asset.rated.get("direct_m3h", 0.0 if is_tank or is_tower else DIRECT_M3H),
        usual_m3h=asset.rated.get("flow_m3h", 4.0 if is_tower else 10.0),
    )


def _unmetered(site: Site, asset_class: str, metered: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        each.id for each in site.assets if each.asset_class == asset_class and each.id not in metered
    )


def _towers_with(tower: Asset, site: Site, metered: frozenset[str]) -> tuple[str, ...]:
    beside = [
        each.id
        for each in site.assets
        if each.asset_class == tower.asset_class and each.location == tower.location
    ]
    return tuple(id_ for id_ in beside if id_ == tower.id or id_ not in metered)


def metered_towers(site: Site, metered: frozenset[str]) -> frozenset[str]:
    """Return the cooling towers whose make-up some meter reads."""
    return frozenset(
        id_
        for each in site.assets
        if each.asset_class == "cooling_tower" and each.id in metered
        for id_ in _towers_with(each, site, metered)
    )
