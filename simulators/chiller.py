"""A water-cooled chiller with R134a."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Flows, Moment, Step, Value, approach
from plantroom.simulators.shared import rated_cooling_kw

KW_PER_M3H_K: Final = 1.163
"""Heat carried by 1 m³/h of water for each kelvin."""
SET_POINT_C: Final = 7.0
SUPPLY_TAU_S: Final = 180.0
ATMOSPHERE_BAR: Final = 1.013
"""Gauges read zero in the open."""
ANCHOR_C: Final = 273.15
CARNOT_SHARE: Final = 0.6
"""How much of an ideal cycle's efficiency a large screw or centrifugal machine reaches."""
IDLE_SHARE: Final = 0.02
"""Oil pump, guide vanes and controls, as a share of the rated cooling."""
REJECTED_SHARE: Final = 1.2
"""Heat given to the condenser water for each kW of cooling."""
TOWER_APPROACH_C: Final = 4.0
WET_BULB_BELOW_C: Final = 5.0
COLDEST_CONDENSER_C: Final = 20.0
"""The cooling tower's fan is held back below it."""
LEAST_FLOW_SHARE: Final = 0.2
"""Below this share of the nominal flow the flow switch stops the compressor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChillerState:
    """What a chiller remembers from one step to the next."""

    supply_c: float
    """Chilled water that leaves it."""
    room_c: float = 26.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """What the refrigerant does."""

    cooling_kw: float
    power_kw: float
    evaporating_c: float
    condensing_c: float
    condenser_in_c: float
    condenser_out_c: float

    @property
    def cop(self) -> float:
        """Cooling for each kW of power."""
        return self.cooling_kw / self.power_kw if self.power_kw > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChillerMachine:
    """One of the chillers that share the site's cooling by their ratings."""

    cooling_kw: float
    site_cooling_kw: float
    """What all chillers of the site can give."""
    pumps: tuple[str, ...] = ()
    """The assets that move its chilled water; empty: nominal flow."""
    voltage: float = 400.0

    faults: frozenset[str] = frozenset()

    def initial(self, moment: Moment) -> ChillerState:
        """Return a chiller that has been running for long."""
        del moment
        return ChillerState(supply_c=SET_POINT_C)

    def step(self, state: ChillerState, moment: Moment) -> Step[ChillerState]:
        """Return the chiller `moment.dt` seconds later."""
        flow, wanted = self._flow(moment), self._wanted(moment)
        running = flow >= LEAST_FLOW_SHARE * self.nominal_flow_m3h and wanted > 0
        cooling = min(wanted, self.cooling_kw) if running else 0.0
        excess_c = (wanted - cooling) / (KW_PER_M3H_K * flow) if running else 8.0
        supply_c = approach(state.supply_c, SET_POINT_C + excess_c, dt=moment.dt, tau=SUPPLY_TAU_S)
        cycle = self.cycle(cooling, supply_c=supply_c, outdoor_c=moment.world.outdoor_c)
        return_c = supply_c + cooling / (KW_PER_M3H_K * flow) if running else supply_c
        return Step(
            state=ChillerState(supply_c=supply_c),
            values=self._readings(
                cycle, running=running, flow=flow, supply_c=supply_c, return_c=return_c, moment=moment
            ),
            flows=Flows(electric_kw=cycle.power_kw, cooling_kw=cooling, water_m3h=flow, leaving_c=supply_c),
        )

    @property
    def nominal_flow_m3h(self) -> float:
        """Flow at which the rated cooling warms the water by 5 K."""
        return self.cooling_kw / (KW_PER_M3H_K * 5.0)

    def cycle(self, cooling_kw: float, *, supply_c: float, outdoor_c: float) -> Cycle:
        """Return the cycle that gives `cooling_kw`.

        COP = share of Carnot x Te / (Tc - Te) (temperatures in K, of evaporation and condensation), plus a
        constant for idling; so the power rises with the condenser's temperature and falls with the load.
        Source: the Carnot bound; share and approaches are typical catalogue values.
        """
        condenser_in = max(COLDEST_CONDENSER_C, outdoor_c - WET_BULB_BELOW_C + TOWER_APPROACH_C)
        load = cooling_kw / self.cooling_kw
        condenser_out = condenser_in + 5.0 * load * REJECTED_SHARE / 1.2
        evaporating = supply_c - 2.0 - load
        condensing = condenser_out + 1.0 + load
        lift = condensing - evaporating
        cop = CARNOT_SHARE * (evaporating + ANCHOR_C) / lift
        power = cooling_kw / cop + IDLE_SHARE * self.cooling_kw if cooling_kw > 0 else 0.0
        return Cycle(
            cooling_kw=cooling_kw,
            power_kw=power,
            evaporating_c=evaporating if cooling_kw > 0 else condenser_in,
            condensing_c=condensing if cooling_kw > 0 else condenser_in,
            condenser_in_c=condenser_in,
            condenser_out_c=condenser_out,
        )

    def _readings(
        self, cycle: Cycle, *, running: bool, flow: float, supply_c: float, return_c: float, moment: Moment
    ) -> dict[str, Value]:
        evaporator = saturation_pressure(cycle.evaporating_c)
        condenser = saturation_pressure(cycle.condensing_c)
        current = cycle.power_kw * 1000 / (math.sqrt(3) * self.voltage * 0.88)
        return {
            "running": running,
            "fault": False,
            "chw_setpoint": SET_POINT_C,
            "chw_supply_temp": supply_c,
            "chw_return_temp": return_c,
            "cw_entering_temp": cycle.condenser_in_c,
            "cw_leaving_temp": cycle.condenser_out_c,
            "chw_flow": flow,
            "evaporator_pressure": evaporator - ATMOSPHERE_BAR,
            "condenser_pressure": condenser - ATMOSPHERE_BAR,
            "power": cycle.power_kw,
            "current": current,
        }

    def _wanted(self, moment: Moment) -> float:
        """Return this chiller's share of the cooling that is asked for, kW."""
        return moment.shared.cooling_kw * self.cooling_kw / self.site_cooling_kw

    def _flow(self, moment: Moment) -> float:
        if not self.pumps:
            return self.nominal_flow_m3h
        return sum(moment.flows.get(pump, Flows()).water_m3h for pump in self.pumps)


def saturation_pressure(celsius: float) -> float:
    """Return the pressure of boiling R134a, bar absolute, within 2 % from -10 to 60 °C.

    Clausius-Clapeyron through the table's values at 0 °C (2.93 bar) and 40 °C (10.17 bar).
    """
    return math.exp(10.8188 - 2661.7 / (celsius + ANCHOR_C))


def build(asset: Asset, site: Site) -> ChillerMachine:
    """Make a chiller from `rated` (`cooling_kw`); pumps that are part of a chiller move the chilled water."""
    chillers = [other for other in site.assets if other.asset_class == asset.asset_class]
    return ChillerMachine(
        cooling_kw=rated_cooling_kw(asset),
        site_cooling_kw=sum(rated_cooling_kw(chiller) for chiller in chillers),
        pumps=tuple(
            other.id for other in site.assets if other.asset_class == "pump" and other.parent == asset.id
        ),
    )
