"""A wet sprinkler line: alarm valve, control valve, pipes full of water under pressure, a flow switch."""

import math
import re
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Flows, Moment, Step, Value, approach, clamp

BAR_PER_M: Final = 998.0 * 9.81 / 1e5
"""Weight of a metre of water."""
STOREY_M: Final = 4.0
MAIN_BAR: Final = 11.5
"""Pressure at the pumps where no pump is simulated."""

SPRINKLER_K: Final = 80 * 60 / 1000
"""Of one sprinkler, m³/h at 1 bar: K 80 l/min (GB 5135.1)."""
MOST_SPRINKLERS: Final = 4
"""Nine in ten office fires are held by so few (statistics in NFPA's U.S. Experience with Sprinklers)."""
LEAK_K: Final = 0.27
"""Of the worst leak, m³/h at 1 bar: 0.85 m³/h at 10 bar, just not enough to move a flow switch."""
SWITCH_M3H: Final = 1.6
"""Flow that moves a flow switch: none up to 0.9 m³/h, all from 2.25 m³/h (GB 5135.7: 15 and 37.5 l/min)."""
RETARD_S: Final = 20.0
"""Time that flow must last: flow switches and alarm valves wait out surges (GB 5135.2, 5135.7: 5 to 90 s)."""
CLAPPER_S: Final = 8.0

PIPE_RESISTANCE: Final = 0.0010
"""From the alarm valve to the far end, bar at 1 (m³/h)²: 1.6 bar with four sprinklers open."""
VALVE_RESISTANCE: Final = 0.0001
END_RISE_M: Final = 3.0
"""Of the far end, under the ceiling, over the gauge at the valve."""
TRAPPED_TAU_S: Final = 30 * 3600.0
"""The clapper holds a surge's pressure; it leaks away past the seat in a day or two."""
SHUT_TAU_S: Final = 10 * 3600.0
"""A line that is shut off loses its pressure past the drain and test valves."""
DRAINED_TAU_S: Final = 15.0
SIGNALLED: Final = 0.05
"""A tamper switch acts within two turns of the handwheel (NFPA 72)."""

INDOORS_C: Final = 22.0
PIPE_TAU_S: Final = 3 * 3600.0
"""A water-filled pipe of 100 mm in still air."""
SKY_K: Final = 3.0
"""How far a pipe in the open radiates itself under the air's temperature in a clear night."""
ICE_K_H: Final = 8.0
"""Hours times kelvins of frost until a pipe of 100 mm is closed by ice at an end."""
ICE_BAR: Final = 12.0
"""What ice that grows between two closed ends adds to the pressure before a fitting gives way."""


@dataclass(slots=True, kw_only=True)
class LineState:
    """What a line remembers from one step to the next."""

    bar: float
    """Pressure behind the alarm valve."""
    pipe_c: float
    ice: float = 0.0
    """Share of the pipe's section that is frozen."""
    flowing_s: float = 0.0
    """How long enough has flowed to move the switch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMachine:
    """A line behind one alarm valve."""

    main: str | None
    """The first of the pumps that keep its pressure."""
    height_m: float
    """Of the line's valve over the pump."""
    is_cold: bool
    """Whether it lies where nobody heats: a car park."""

    faults: frozenset[str] = frozenset(
        {
            "sprinkler_open",
            "valve_closed",
            "leak",
            "freezing",
            "tamper",
            "flow_switch_failed",
            "flow_switch_stuck",
        }
    )

    def initial(self, moment: Moment) -> LineState:
        """Return a line that has been under pressure for long."""
        return LineState(bar=self._supply_bar(moment), pipe_c=self._surrounding_c(moment))

    def step(self, state: LineState, moment: Moment) -> Step[LineState]:
        """Return the line `moment.dt` seconds later."""
        supply_bar, shut = self._supply_bar(moment), moment.severity("valve_closed")
        opening = opening_k(moment)
        k = lets_through(opening * (1 - state.ice), shut)
        head = max(0.0, supply_bar - END_RISE_M * BAR_PER_M)
        flow = k * math.sqrt(head)
        bar = self._pressure(state.bar, supply_bar, flow, shut=shut, opening=opening, dt=moment.dt)
        flowing_s = state.flowing_s + moment.dt if flow > SWITCH_M3H else 0.0
        pipe_c, ice = self._pipe(state, moment)
        values = _readings(bar, flowing_s=flowing_s, moment=moment)
        values["supply_pressure"] = supply_bar
        values["pipe_temp"] = pipe_c
        values["end_pressure"] = (
            max(0.0, bar - END_RISE_M * BAR_PER_M - PIPE_RESISTANCE * flow**2) + ICE_BAR * ice
        )
        return Step(
            state=LineState(bar=bar, pipe_c=pipe_c, ice=ice, flowing_s=flowing_s),
            values=values,
            flows=Flows(
                water_m3h=flow,
                k_factor=k,
                alarm=bool(values["flow_alarm"] or values["alarm_valve"]),
                supervisory=int(values["tamper"]),
                trouble=int(values["trouble"]),
            ),
        )

    def _supply_bar(self, moment: Moment) -> float:
        pump = moment.flows.get(self.main) if self.main else None
        main_bar = MAIN_BAR if pump is None or pump.pressure_bar is None else pump.pressure_bar
        return max(0.0, main_bar - self.height_m * BAR_PER_M)

    @staticmethod
    def _pressure(
        bar: float, supply_bar: float, flow: float, *, shut: float, opening: float, dt: float
    ) -> float:
        """Return the pressure behind the alarm valve: flow costs some, what stands is held back."""
        if shut >= 1 - SIGNALLED:
            tau = DRAINED_TAU_S / opening if opening else SHUT_TAU_S
            return approach(bar, 0.0, dt=dt, tau=tau)
        if flow > 0:
            return max(0.0, supply_bar - valve_resistance(shut) * flow**2)
        return max(supply_bar, approach(bar, supply_bar, dt=dt, tau=TRAPPED_TAU_S))

    def _surrounding_c(self, moment: Moment) -> float:
        """Return the temperature around the pipe: half of the weather's in a car park, little indoors."""
        share, base = (0.5, 0.5 * 18.0) if self.is_cold else (0.15, 0.85 * INDOORS_C)
        inside = base + share * moment.world.outdoor_c
        return inside + moment.severity("freezing") * (moment.world.outdoor_c - SKY_K - inside)

    def _pipe(self, state: LineState, moment: Moment) -> tuple[float, float]:
        """Return the temperature of the pipe and how much of it is ice."""
        pipe_c = approach(state.pipe_c, self._surrounding_c(moment), dt=moment.dt, tau=PIPE_TAU_S)
        if pipe_c >= 0 and not state.ice:
            return pipe_c, 0.0
        return pipe_c, clamp(state.ice - pipe_c * moment.dt / 3600 / ICE_K_H, 0.0, 1.0)


def opening_k(moment: Moment) -> float:
    """Return what is open in the line, m³/h at 1 bar: sprinklers and leaks side by side."""
    return SPRINKLER_K * MOST_SPRINKLERS * moment.severity("sprinkler_open") + LEAK_K * moment.severity(
        "leak"
    )


def valve_resistance(shut: float) -> float:
    """Return the resistance of a butterfly valve, bar at 1 (m³/h)², shut from 0 (open) to 1."""
    return VALVE_RESISTANCE / max(1e-9, (1 - shut) ** 4)


def lets_through(opening: float, shut: float) -> float:
    """Return the flow at 1 bar through valve, pipes and opening one after the other.

    Resistances in a row add: 1/k² = R valve + R pipe + 1/k opening².
    """
    if opening <= 0:
        return 0.0
    return float(1 / math.sqrt(valve_resistance(shut) + PIPE_RESISTANCE + 1 / opening**2))


def _readings(bar: float, *, flowing_s: float, moment: Moment) -> dict[str, Value]:
    broken = moment.severity("flow_switch_failed") > 0
    is_shut = moment.severity("valve_closed") > SIGNALLED
    return {
        "flow_alarm": not broken and (flowing_s >= RETARD_S or moment.severity("flow_switch_stuck") > 0),
        "alarm_valve": flowing_s >= CLAPPER_S,
        "valve_open": not is_shut,
        "tamper": is_shut or moment.severity("tamper") > 0,
        "pressure": bar,
        "trouble": broken,
    }


def floor_of(location: str) -> float | None:
    """Return the storey that a location begins with: 'B2/pump room' -2, '1F' 1, 'RF' none of these."""
    found = re.match(r"(?:B(\d+)|(\d+)F)\b", location)
    if found is None:
        return None
    return -float(found[1]) if found[1] else float(found[2])


def height_above(line: Asset, pump: Asset | None) -> float:
    """Return how high the line's valve lies over the pump, m: `rated.height_m`, or by their storeys."""
    if "height_m" in line.rated:
        return line.rated["height_m"]
    here, there = floor_of(line.location), floor_of(pump.location) if pump else None
    if here is None or there is None:
        return 0.0
    # There is no storey 0: 1F lies one over B1.
    return STOREY_M * ((here - (here > 0)) - (there - (there > 0)))


def pumps_beside(pump: Asset, site: Site) -> tuple[Asset, ...]:
    """Return the fire pumps on one main with `pump`, the leading one first: same tank and place."""
    return tuple(
        other
        for other in site.assets
        if other.asset_class == pump.asset_class
        and (other.parent, other.location) == (pump.parent, pump.location)
    )


def build(asset: Asset, site: Site) -> LineMachine:
    """Make a line under its pumps' pressure (`parent`); `rated.height_m` is its height over them."""
    found = [other for other in site.assets if other.id == asset.parent and other.asset_class == "fire_pump"]
    lead = pumps_beside(found[0], site)[0] if found else None
    floor = floor_of(asset.location)
    return LineMachine(
        main=lead.id if lead else None,
        height_m=height_above(asset, lead),
        is_cold=floor is not None and floor < 0,
    )
