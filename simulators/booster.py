"""Pumps that keep the pressure of a building's drinking water, with what its people draw."""

import math
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators import city_water
from plantroom.simulators.duty import Duty
from plantroom.simulators.machine import Flows, Moment
from plantroom.simulators.pump_curve import BAR_PER_M, SLOWEST, Curve
from plantroom.simulators.pump_service import Asked, Memory, controlled

SET_POINT: Final = 0.87
"""Head that is kept behind the pumps, as a share of the rated one."""
NIGHT_SHARE: Final = 0.035
"""What drips and what is let run at night, as a share of a pump's rated flow."""
PEOPLE_SHARE: Final = 0.28
"""What all people draw together on the average, as a share of a pump's rated flow."""
PEAKS: Final = ((8.6, 0.7, 0.7), (12.4, 0.8, 1.1), (17.8, 0.9, 0.4))
"""(hour, width in hours, what it adds to the average): arrival, lunch, leaving.

Shape: usual of office buildings (Blokker 2010, Stochastic water demand modelling)."""
TAPS_TAU_S: Final = 150.0
TAPS_SWING: Final = 0.22
"""Standard deviation of what people draw from its mean."""
SLEEPS_BELOW: Final = 0.1
"""Share of the rated flow below which the vessel serves and the pump rests."""
FILL_SHARE: Final = 0.12
"""Flow that fills the vessel before the pump rests, as a share of the rated one."""
VESSEL_H: Final = 1 / 200
"""Useful volume of the pressure vessel, in hours of the rated flow: 90 litres for 18 m³/h."""
VESSEL_BAR: Final = 0.7
"""Between the pressure of a full vessel and that at which the pump starts again."""
TOO_LITTLE: Final = 0.95
"""Share of the demand below which the second pump comes to help."""
HELPED_AFTER_S: Final = 20.0
HELPS_S: Final = 300.0
TANK_LEVEL: Final = 0.8
"""Filling of a tank that is not simulated."""
TANK_HEIGHT_M: Final = 2.5
TANK_EMPTY: Final = 0.02
_STANDS: Final = Flows()


class Booster:
    """One of the pumps behind a water tank: the first keeps the pressure, the next one helps when it cannot.

    When hardly anybody draws water, a pressure vessel serves them and the pump only fills it from time to
    time.
    """

    is_fixed_speed = False

    def __init__(self, asset: Asset, site: Site, *, head_m: float, flow_m3h: float) -> None:
        """Look up the tank and the pumps beside `asset`."""
        tank = next(each for each in site.assets if each.id == asset.parent)
        peers = tuple(
            each.id for each in site.assets if each.asset_class == "pump" and each.parent == asset.parent
        )
        self._own = asset.id
        self._tank = tank.id
        self._height_m = tank.rated.get("height_m", TANK_HEIGHT_M)
        self.suction_bar = asset.rated.get("suction_bar", TANK_LEVEL * self._height_m * BAR_PER_M)
        self._duty = Duty(peers, own=asset.id)
        self._flow_m3h = flow_m3h
        self._header_bar = SET_POINT * head_m * BAR_PER_M
        self._vessel_m3 = VESSEL_H * flow_m3h

    def remember(self, memory: Memory, moment: Moment) -> Memory:
        """Return who draws water `moment.dt` seconds later, and what is left in the vessel."""
        taps = _wander(memory.taps, moment)
        first = self._duty.first(moment, since_week=memory.since_week)
        if first == self._own:
            return self._filled(memory, taps, moment)
        leader = moment.flows.get(first, _STANDS)
        lacking_s = memory.lacking_s + moment.dt if self._lacks(leader) else 0.0
        return Memory(
            since_week=memory.since_week,
            taps=taps,
            lacking_s=lacking_s,
            helped_s=HELPS_S if lacking_s > HELPED_AFTER_S else max(0.0, memory.helped_s - moment.dt),
        )

    def asked(self, memory: Memory, curve: Curve, moment: Moment) -> Asked:
        """Return the speed that keeps the pressure, for what the pumps before it do not give."""
        first = self._duty.first(moment, since_week=memory.since_week)
        leader = moment.flows.get(first, _STANDS)
        if first == self._own:
            demand = self._demand(memory.taps, moment)
            header = self._header_bar + self._vessel_bar(memory.stored_m3)
            if memory.asleep:
                level = memory.stored_m3 / self._vessel_m3
                return Asked(on=False, header_bar=header, demand_m3h=demand, level=level)
            filling = FILL_SHARE * self._flow_m3h if memory.stored_m3 < self._vessel_m3 else 0.0
            return self._kept(curve, moment, wanted=demand + filling, header=header, demand=demand)
        demand = leader.demand * self._flow_m3h
        is_next = self._duty.place(moment, since_week=memory.since_week) == 1
        if is_next and memory.helped_s > 0:
            wanted = max(0.2 * self._flow_m3h, demand - leader.water_m3h)
            return self._kept(curve, moment, wanted=wanted, header=self._header_bar, demand=demand)
        return Asked(on=False, header_bar=leader.pressure_bar, demand_m3h=demand)

    def inlet_bar(self, moment: Moment) -> float:
        """Return the weight of the water that stands in the tank."""
        tank = moment.flows.get(self._tank)
        if tank is None or tank.level is None:
            return self.suction_bar
        return max(0.0, tank.level) * self._height_m * BAR_PER_M

    def water_c(self, moment: Moment) -> float:
        """Return the temperature of the city's water, a little warmer from standing in the basement."""
        return city_water.indoors_c(moment.world)

    def is_empty(self, moment: Moment) -> bool:
        """Return whether the tank has nothing left to pump."""
        tank = moment.flows.get(self._tank)
        return tank is not None and tank.level is not None and tank.level < TANK_EMPTY

    def _lacks(self, leader: Flows) -> bool:
        """Return whether the leading pump gives too little; its level is given while it rests."""
        return leader.level is None and leader.water_m3h < TOO_LITTLE * leader.demand * self._flow_m3h

    def _kept(self, curve: Curve, moment: Moment, *, wanted: float, header: float, demand: float) -> Asked:
        head_m = (header - self.inlet_bar(moment)) / BAR_PER_M
        speed, circuit = controlled(curve, flow_m3h=wanted, head_m=head_m, open_=math.inf)
        return Asked(
            on=True,
            speed=max(SLOWEST, speed),
            circuit=circuit,
            header_bar=header,
            demand_m3h=demand,
        )

    def _demand(self, taps: float, moment: Moment) -> float:
        """Return what all people draw, m³/h."""
        world = moment.world
        habit = 0.55
        for peak, width, added in PEAKS:
            habit += added * math.exp(-(((world.hour - peak) / width) ** 2))
        people = PEOPLE_SHARE * world.occupancy * habit
        return self._flow_m3h * (NIGHT_SHARE + people) * max(0.2, 1 + TAPS_SWING * taps)

    def _vessel_bar(self, stored_m3: float) -> float:
        return VESSEL_BAR * (stored_m3 / self._vessel_m3 - 0.5)

    def _filled(self, memory: Memory, taps: float, moment: Moment) -> Memory:
        """Return the vessel after as many fillings as fit into the time."""
        demand = self._demand(taps, moment)
        stored, asleep, left = memory.stored_m3, memory.asleep, moment.dt
        fill = FILL_SHARE * self._flow_m3h / 3600
        while left > 0:
            if not asleep:
                spent = min(left, (self._vessel_m3 - stored) / fill)
                stored, left = stored + spent * fill, left - spent
                asleep = left > 0 and demand < SLEEPS_BELOW * self._flow_m3h
                if not asleep:
                    break
            spent = min(left, stored / demand * 3600)
            stored, left = stored - spent * demand / 3600, left - spent
            asleep = left <= 0
        return Memory(
            since_week=memory.since_week,
            taps=taps,
            stored_m3=min(self._vessel_m3, max(0.0, stored)),
            asleep=asleep,
        )


def _wander(value: float, moment: Moment) -> float:
    """Return a first-order random course of mean 0 and variance 1 (Ornstein and Uhlenbeck 1930)."""
    kept = math.exp(-moment.dt / TAPS_TAU_S)
    return kept * value + math.sqrt(3 * (1 - kept * kept)) * (2 * moment.chance.share() - 1)
