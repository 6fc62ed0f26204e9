"""What pumps are for: what their circuit asks of them, by what they are part of (`parent`)."""

from dataclasses import dataclass
from typing import Final, Protocol

from plantroom.domain.site import Asset, Site
from plantroom.simulators.duty import Duty
from plantroom.simulators.machine import Flows, Moment
from plantroom.simulators.pump_curve import SLOWEST, Circuit, Curve
from plantroom.simulators.shared import DESIGN_RISE_K, KW_PER_M3H_K, is_pump_of, nominal_chilled_m3h
from plantroom.simulators.staging import chillers_asked_for

KEPT_DIFFERENTIAL: Final = 0.4
"""Differential pressure that is kept at the far end of the chilled water, as a share of the rated head.

ASHRAE 90.1 wants its sensor at the most remote load, where it is a third to a half of the design head."""
LEAST_EVAPORATOR_FLOW: Final = 0.3
"""A bypass opens to keep this share of the nominal flow in each running chiller's evaporator."""
TOWER_LIFT_M: Final = 4.0
"""From a tower's basin to its nozzles, and the pressure before them."""
COMMON_PIPES: Final = 0.3
"""Share of a condenser circuit's resistance in the pipes that all its pumps share."""
BASIN_EMPTY: Final = 0.15
"""Level of a basin at which its pump draws air, as a share of the usual one."""
CIRCULATION_SLOWEST: Final = 0.75
ROOM_C: Final = 22.0
_STANDS: Final = Flows()


@dataclass(slots=True, kw_only=True)
class Memory:
    """What a service remembers of its users; never changed once made."""

    since_week: int = 0
    """From which changeovers are counted."""
    taps: float = 0.0
    """How far people at the taps are from what is usual; mean 0, variance 1."""
    stored_m3: float = 0.0
    """Water in the pressure vessel of a booster set above its lowest pressure."""
    asleep: bool = False
    """Whether the vessel serves the users and the pump rests."""
    lacking_s: float = 0.0
    """For how long the leading pump has given too little."""
    helped_s: float = 0.0
    """For how much longer a second pump goes on helping."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """What a pump is to do; never changed once made."""

    on: bool
    speed: float = 0.0
    """Share of the rated speed."""
    circuit: Circuit | None = None
    """What resists it; None where it is not to run."""
    header_bar: float | None = None
    """Pressure that the pipe behind it has while the pump rests; None: as before the pump."""
    demand_m3h: float = 0.0
    """What all users together take."""
    level: float | None = None
    """Filling of the pressure vessel while it alone serves them."""


class Service(Protocol):
    """What a circuit asks of one of its pumps."""

    suction_bar: float
    """Pressure before the pump (gauge) while nothing flows."""
    is_fixed_speed: bool

    def remember(self, memory: Memory, moment: Moment) -> Memory:
        """Return what it knows `moment.dt` seconds later."""

    def asked(self, memory: Memory, curve: Curve, moment: Moment) -> Asked:
        """Return what the pump with that curve is to do."""

    def inlet_bar(self, moment: Moment) -> float:
        """Return the pressure before the strainer, gauge."""

    def water_c(self, moment: Moment) -> float:
        """Return the temperature of the water that comes."""

    def is_empty(self, moment: Moment) -> bool:
        """Return whether there is no water before the pump."""


def controlled(curve: Curve, *, flow_m3h: float, head_m: float, open_: float) -> tuple[float, Circuit]:
    """Return the speed at which a pump gives what is wanted, and the circuit at which it would.

    Where the pump is too weak, the valves of those it serves open until only `open_` resists.
    """
    speed = curve.speed_for(flow_m3h, head_m)
    own = head_m / max(flow_m3h, 1e-3) ** 2
    if speed > 1:
        # What would throttle it to the wanted flow at full speed, where the valves can open that far.
        needed = curve.shut_off_m / max(flow_m3h, 1e-3) ** 2 - curve.a - curve.strainer
        return 1.0, Circuit(own=min(own, max(open_, needed)))
    return max(SLOWEST, speed), Circuit(own=own)


class ChilledWater:
    """Pumps side by side on the chilled water: as many as chillers, at a speed by differential pressure.

    The valves of the loads let as much through as warms up by the design rise, the chillers' bypass keeps a
    least flow in each; the head kept rises with the square of the flow.
    """

    is_fixed_speed = False

    def __init__(self, asset: Asset, site: Site, *, head_m: float, flow_m3h: float) -> None:
        """Look up the chillers and the pumps beside `asset`."""
        class_of = {other.id: other.asset_class for other in site.assets}
        self.suction_bar = asset.rated.get("suction_bar", 4.0)
        self._peers = tuple(each.id for each in site.assets if is_pump_of(each, "chiller", class_of))
        self._duty = Duty(self._peers, own=asset.id)
        self._chillers = tuple(each for each in site.assets if each.asset_class == "chiller")
        self._least_m3h = LEAST_EVAPORATOR_FLOW * max(map(nominal_chilled_m3h, self._chillers))
        self._head_m = head_m
        self._flow_m3h = flow_m3h
        self._most_m3h = 1.2 * flow_m3h

    def remember(self, memory: Memory, moment: Moment) -> Memory:
        """Keep what does not change."""
        del moment
        return memory

    def asked(self, memory: Memory, curve: Curve, moment: Moment) -> Asked:
        """Return the speed that keeps the differential pressure, or nothing for the one that stands by."""
        count = chillers_asked_for(self._chillers, moment)
        if self._duty.place(moment, since_week=memory.since_week) >= count:
            return Asked(on=False)
        wanted, back = moment.shared.cooling_kw / (KW_PER_M3H_K * DESIGN_RISE_K), 0.0
        for chiller in self._chillers:
            wanted += moment.flows.get(chiller.id, _STANDS).bypassed_m3h
        for peer in self._peers:
            back += min(0.0, moment.flows.get(peer, _STANDS).water_m3h)
        wanted = max(wanted, count * self._least_m3h)
        # Water that flows back through a pump at rest reaches nobody.
        each = min(self._most_m3h, (wanted - back) / count)
        head_m = self._head_m * (KEPT_DIFFERENTIAL + (1 - KEPT_DIFFERENTIAL) * self._share(wanted) ** 2)
        open_ = self._head_m * (count / self._duty.design / self._flow_m3h) ** 2
        speed, circuit = controlled(curve, flow_m3h=each, head_m=head_m, open_=open_)
        return Asked(on=True, speed=speed, circuit=circuit)

    def inlet_bar(self, moment: Moment) -> float:
        """Return the pressure of the closed circuit."""
        del moment
        return self.suction_bar

    def water_c(self, moment: Moment) -> float:
        """Return the temperature of the water on its way back to the chillers."""
        shared = moment.shared
        if shared.chilled_m3h <= 0:
            return shared.chilled_c
        return shared.chilled_c + shared.cooling_kw / (KW_PER_M3H_K * shared.chilled_m3h)

    def is_empty(self, moment: Moment) -> bool:
        """Return False: a circuit is full."""
        del moment
        return False

    def _share(self, wanted_m3h: float) -> float:
        return min(1.0, wanted_m3h / (self._duty.design * self._flow_m3h))


class CondenserWater:
    """Pumps beside each other on the condenser water, at fixed speed: as many as chillers."""

    is_fixed_speed = True

    def __init__(self, asset: Asset, site: Site, *, head_m: float, flow_m3h: float) -> None:
        """Look up the chillers and the pumps beside `asset`."""
        class_of = {other.id: other.asset_class for other in site.assets}
        self.suction_bar = asset.rated.get("suction_bar", 3.0)
        self._peers = tuple(each.id for each in site.assets if is_pump_of(each, "cooling_tower", class_of))
        self._basin = asset.parent or ""
        self._others = tuple(id_ for id_ in self._peers if id_ != asset.id)
        self._duty = Duty(self._peers, own=asset.id)
        self._chillers = tuple(each for each in site.assets if each.asset_class == "chiller")
        resistance = (head_m - TOWER_LIFT_M) / flow_m3h**2
        self._own = (1 - COMMON_PIPES) * resistance
        self._common = COMMON_PIPES * resistance / self._duty.design**2

    def remember(self, memory: Memory, moment: Moment) -> Memory:
        """Keep what does not change."""
        del moment
        return memory

    def asked(self, memory: Memory, curve: Curve, moment: Moment) -> Asked:
        """Return the rated speed, or nothing for the one that stands by."""
        del curve
        count = chillers_asked_for(self._chillers, moment) if self._chillers else self._duty.design
        if self._duty.place(moment, since_week=memory.since_week) >= count:
            return Asked(on=False)
        others = sum(moment.flows.get(peer, _STANDS).water_m3h for peer in self._others)
        return Asked(
            on=True,
            speed=1.0,
            circuit=Circuit(
                static_m=TOWER_LIFT_M, own=self._own, common=self._common, others_m3h=max(0.0, others)
            ),
        )

    def inlet_bar(self, moment: Moment) -> float:
        """Return the pressure of the water that stands below the basins."""
        del moment
        return self.suction_bar

    def water_c(self, moment: Moment) -> float:
        """Return the temperature of the water from the towers."""
        return moment.shared.condenser_c

    def is_empty(self, moment: Moment) -> bool:
        """Return whether the basin that it draws from is."""
        basin = moment.flows.get(self._basin, _STANDS).level
        return basin is not None and basin < BASIN_EMPTY


class Circulation:
    """A pump alone on a closed circuit, faster the more cooling is asked for."""

    is_fixed_speed = False

    def __init__(self, asset: Asset, *, head_m: float, flow_m3h: float) -> None:
        """Take the rated point as that of the circuit."""
        self.suction_bar = asset.rated.get("suction_bar", 2.0)
        self._circuit = Circuit(own=head_m / flow_m3h**2)

    def remember(self, memory: Memory, moment: Moment) -> Memory:
        """Keep what does not change."""
        del moment
        return memory

    def asked(self, memory: Memory, curve: Curve, moment: Moment) -> Asked:
        """Return a speed by the share of the cooling that is used."""
        del memory, curve
        share = min(1.0, max(0.0, moment.shared.cooling_share))
        speed = CIRCULATION_SLOWEST + (1 - CIRCULATION_SLOWEST) * share
        return Asked(on=True, speed=speed, circuit=self._circuit)

    def inlet_bar(self, moment: Moment) -> float:
        """Return the pressure of the closed circuit."""
        del moment
        return self.suction_bar

    def water_c(self, moment: Moment) -> float:
        """Return the temperature of the room."""
        del moment
        return ROOM_C

    def is_empty(self, moment: Moment) -> bool:
        """Return False: a circuit is full."""
        del moment
        return False
