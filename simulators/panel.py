"""A low-voltage distribution panel: it carries what it feeds."""

from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Flows, Moment, Step, Supply, Value, approach

PHASE_VOLTS: Final = 231.0
"""A little over nominal behind the transformer at no load."""
PHASE_SHARES: Final = (0.336, 0.330, 0.334)
"""How the load is spread over the phases; sums to 1."""
POWER_FACTOR: Final = 0.92
DROP_AT_RATED: Final = 0.03
"""Share of the voltage lost before the panel at rated current."""
ROOM_C: Final = 27.0
JOINT_RISE_C: Final = 30.0
"""Rise of a sound busbar joint over the room at rated current."""
JOINT_TAU_S: Final = 1800.0
NIGHT_LIGHT: Final = 0.15
FREQUENCY_HZ: Final = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelState:
    """What a panel remembers from one step to the next."""

    joint_c: float
    energy_kwh: float
    """What has gone through it since it was built."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelMachine:
    """A three-phase panel."""

    rated_a: float
    lights_kw: float = 0.0
    """Lights and sockets, which no asset stands for, with everybody in."""

    faults: frozenset[str] = frozenset()

    def initial(self, moment: Moment) -> PanelState:
        """Return a panel that has been carrying some load for long."""
        del moment
        return PanelState(joint_c=ROOM_C + 0.2 * JOINT_RISE_C, energy_kwh=120_000.0)

    def step(self, state: PanelState, moment: Moment) -> Step[PanelState]:
        """Return the panel `moment.dt` seconds later."""
        power_kw = self.load(moment)
        amps = self.currents(power_kw)
        share = max(amps) / self.rated_a
        joint_c = approach(state.joint_c, ROOM_C + JOINT_RISE_C * share**2, dt=moment.dt, tau=JOINT_TAU_S)
        after = PanelState(joint_c=joint_c, energy_kwh=state.energy_kwh + power_kw * moment.dt / 3600)
        return Step(
            state=after,
            values=self._readings(after, power_kw=power_kw, amps=amps, moment=moment),
            flows=Flows(electric_kw=power_kw, supply=Supply()),
        )

    def load(self, moment: Moment) -> float:
        """Return the power of all that it feeds, kW."""
        lights = self.lights_kw * (NIGHT_LIGHT + (1 - NIGHT_LIGHT) * moment.world.occupancy)
        return lights + sum(each.electric_kw for each in moment.fed)

    def currents(self, power_kw: float) -> tuple[float, float, float]:
        """Return the current of each phase, A: I = P / (U cos phi) of its share of the power."""
        total = power_kw * 1000 / (PHASE_VOLTS * POWER_FACTOR)
        first, second, third = (share * total for share in PHASE_SHARES)
        return first, second, third

    def _readings(
        self, state: PanelState, *, power_kw: float, amps: tuple[float, float, float], moment: Moment
    ) -> dict[str, Value]:
        readings: dict[str, Value] = {}
        for phase, current in zip(("l1", "l2", "l3"), amps, strict=True):
            volts = PHASE_VOLTS * (1 - DROP_AT_RATED * current / self.rated_a)
            readings[f"current_{phase}"] = current
            readings[f"voltage_{phase}"] = volts
        return readings | {
            "power": power_kw,
            "energy": state.energy_kwh,
            "power_factor": POWER_FACTOR,
            "frequency": FREQUENCY_HZ,
            "joint_temp": state.joint_c,
        }


def build(asset: Asset, site: Site) -> PanelMachine:
    """Make a panel from `rated` (`current_a`, `lights_kw`); it feeds what names it in `fed_by`."""
    return PanelMachine(
        rated_a=asset.rated.get("current_a", 630.0),
        lights_kw=asset.rated.get("lights_kw", 20.0),
    )
