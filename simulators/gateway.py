"""A gateway through which the readings of others come; what goes wrong on the way itself is in `links`."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Flows, Moment, Step, approach

BOARD_KW: Final = 0.012
CABINET_C: Final = 24.0
"""Air in a cabinet of an electrical room, by which the outdoors is felt a little."""
OUTDOORS_FELT: Final = 0.15
PROCESSOR_RISE_C: Final = 18.0
"""Of a fanless industrial computer at its usual load."""
PROCESSOR_TAU_S: Final = 900.0
LOAD_PERCENT: Final = 12.0
LOAD_PER_DEVICE: Final = 0.4
SIGNAL_DBM: Final = -67.0
"""A mobile or wireless link that is good but not perfect."""
WEAK_DBM: Final = 38.0
"""How much weaker a link gets at worst: below -100 dBm nothing gets through."""


@dataclass(slots=True, kw_only=True)
class GatewayState:
    """What a gateway remembers from one step to the next."""

    uptime_s: float
    cpu_c: float
    dropped: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayMachine:
    """A small computer with a buffer battery; `devices`: how many assets' readings come through it."""

    devices: int

    faults: frozenset[str] = frozenset({"weak_signal", "overheating", "overloaded"})

    def initial(self, moment: Moment) -> GatewayState:
        """Return a gateway that has been up for three weeks."""
        return GatewayState(uptime_s=21 * 86_400.0, cpu_c=self._cpu_target(moment), dropped=3.0)

    def step(self, state: GatewayState, moment: Moment) -> Step[GatewayState]:
        """Return the gateway `moment.dt` seconds later."""
        on_battery = not moment.supply.is_live
        quality = self._quality(moment)
        after = GatewayState(
            uptime_s=state.uptime_s + moment.dt,
            cpu_c=approach(state.cpu_c, self._cpu_target(moment), dt=moment.dt, tau=PROCESSOR_TAU_S),
            dropped=state.dropped + self._dropped(moment, quality) * moment.dt,
        )
        return Step(
            state=after,
            values={
                "uptime": math.floor(after.uptime_s) * 1.0,
                "link_quality": quality,
                "signal": SIGNAL_DBM - WEAK_DBM * moment.severity("weak_signal"),
                "buffered": 0.0,
                "dropped": math.floor(after.dropped) * 1.0,
                "devices_online": float(self.devices),
                "cpu_temp": after.cpu_c,
                "cpu_load": self._load(moment),
                "on_battery": on_battery,
            },
            flows=Flows(electric_kw=0.0 if on_battery else BOARD_KW),
        )

    def _load(self, moment: Moment) -> float:
        usual = LOAD_PERCENT + LOAD_PER_DEVICE * self.devices
        return usual + (97.0 - usual) * moment.severity("overloaded")

    def _cpu_target(self, moment: Moment) -> float:
        cabinet = CABINET_C + OUTDOORS_FELT * (moment.world.outdoor_c - CABINET_C)
        rise = PROCESSOR_RISE_C * (0.6 + 0.02 * self._load(moment))
        return cabinet + rise + 45.0 * moment.severity("overheating")

    def _quality(self, moment: Moment) -> float:
        """Return the share of packets that arrive, %: full until the signal nears the noise."""
        margin = 1.0 - moment.severity("weak_signal")
        return 98.0 * (1 - math.exp(-5 * margin)) + 0.5

    def _dropped(self, moment: Moment, quality: float) -> float:
        """Return how many messages are lost a second: those that three attempts do not bring through."""
        rate = self.devices / 10
        lost = (1 - quality / 100) ** 3 + 0.2 * max(0.0, moment.severity("overloaded") - 0.5)
        return rate * min(1.0, lost)


def build(asset: Asset, site: Site) -> GatewayMachine:
    """Make a gateway of what names it as its `gateway`."""
    return GatewayMachine(devices=sum(other.gateway == asset.id for other in site.assets))
