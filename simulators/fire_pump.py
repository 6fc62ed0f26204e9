"""An electric fire pump: stands by for weeks, is tried once a week, starts when the pressure falls."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.fire_main import Main, Outlet, Pumping
from plantroom.simulators.machine import Flows, Moment, Step, Value, approach, clamp
from plantroom.simulators.sprinkler_line import BAR_PER_M, END_RISE_M, height_above, pumps_beside
from plantroom.simulators.world import World

TEST_WEEKDAY: Final = 0
TEST_HOUR: Final = 10.0
TEST_HOURS: Final = 10 / 60
"""Every Monday at 10:00 for ten minutes without flow (NFPA 25, electric pumps), one pump after the other."""
TEST_EVERY_HOURS: Final = 0.25
RUN_ON_S: Final = 600.0
"""It runs so long after the call is over (NFPA 20: minimum run time of ten minutes)."""
NEXT_AFTER_S: Final = 8.0
"""Wait of each further pump, so that two motors do not start at once (NFPA 20: 5 to 10 s)."""
FAILED_AFTER_S: Final = 15.0
SLOWEST_START_S: Final = 120.0
RUN_UP_S: Final = 2.5
SUBSTEP_S: Final = 10.0

EFFICIENCY: Final = 0.70
MOTOR_EFFICIENCY: Final = 0.93
MAINS_V: Final = 400.0
TURNS: Final = 0.05
"""Below this share of the rated speed the shaft counts as standing."""
RELIEF_SHARE: Final = 0.02
"""Of the rated flow, back to the tank while it runs, against boiling (NFPA 20: circulation relief)."""
SUCTION_LOSS_BAR: Final = 0.05
"""Of the open suction at rated flow."""
VACUUM_BAR: Final = -0.93
"""Below it water boils at room temperature."""
SUPERVISED: Final = 0.05
"""A valve's switch acts within two turns of the handwheel (NFPA 72)."""

BEARING_TAU_S: Final = 600.0
BEARING_RISE_C: Final = 24.0
WEAR_RISE_C: Final = 60.0
WEAR_VIBRATION: Final = 11.0
SOUND_VIBRATION: Final = 1.7
"""Zone A of ISO 10816-7, category I; a worn bearing takes it to zone D."""
STANDING_VIBRATION: Final = 0.05
ROOM_TAU_S: Final = 2 * 86400.0
FULL_TANK_M: Final = 3.0
LEAST_LEVEL: Final = 0.5
WORN_HEAD: Final = 0.4
"""Share of the head that a worn impeller and its rings lose."""
FUEL: Final = 95.0
STARTER_BATTERY_V: Final = 26.8
FAULTS: Final = frozenset(
    {
        "pump_failing_to_start",
        "valve_closed",
        "bearing_wear",
        "impeller_wear",
        "controller_power_lost",
        "phase_reversed",
        "left_in_manual",
    }
)


@dataclass(slots=True, kw_only=True)
class FirePumpState:
    """What a fire pump remembers from one step to the next."""

    bar: float
    """Pressure of the main."""
    jockey: bool
    on: bool
    speed: float
    """Share of the rated speed."""
    demand: bool
    low_s: float
    """How long the pressure has been under its start."""
    waiting_s: float
    """How long it should have been running already."""
    run_on_s: float
    """How long it still runs after the call."""
    bearing_c: float
    room_c: float
    test_age_s: float
    starts: float
    run_s: float


@dataclass(slots=True, kw_only=True)
class _Given:
    """What does not change within a step."""

    inlet_bar: float
    """At its suction while nothing flows."""
    level: float
    """Filling of the tank, 0 to 1."""
    is_live: bool
    is_test: bool
    called: bool
    """Whether a line that it serves lets water out."""
    outlets: tuple[Outlet, ...]
    others: tuple[Pumping, ...]
    pumping: Pumping
    """What it is able to at rated speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirePumpMachine:
    """One of a group of equal pumps on one main; the first also keeps what the main remembers."""

    power_kw: float
    """Rated power of the motor's shaft."""
    main: Main
    number: int
    """0 leads; the others stand by for it."""
    lead: str
    others: tuple[str, ...]
    """The pumps that stand by, for the one that leads."""
    lines: tuple[tuple[str, float], ...]
    """Id of each line and height of its end over the pump, m."""
    tank: str | None
    tank_m: float
    """Height of the tank."""
    mains_path: tuple[str, ...]
    """What lies on the mains' side of the change-over switch before it."""
    faults: frozenset[str]

    def initial(self, moment: Moment) -> FirePumpState:
        """Return a pump that has stood by and been tried every week."""
        days = moment.world.local.weekday() - TEST_WEEKDAY
        hours = days * 24.0 + moment.world.hour - self._test_hour
        weeks = 120 + moment.chance.choice(60)
        room_c = _room_c(moment.world)
        return FirePumpState(
            bar=self.main.jockey_starts_bar + 0.1 + 0.5 * moment.chance.share(),
            jockey=False,
            on=False,
            speed=0.0,
            demand=False,
            low_s=0.0,
            waiting_s=0.0,
            run_on_s=0.0,
            bearing_c=room_c,
            room_c=room_c,
            test_age_s=(hours % 168.0) * 3600,
            starts=weeks + 9.0,
            run_s=weeks * TEST_HOURS * 3600 + 5400.0,
        )

    def step(self, state: FirePumpState, moment: Moment) -> Step[FirePumpState]:
        """Return the pump `moment.dt` seconds later."""
        given = self._given(moment)
        is_busy = state.on or given.called or given.is_test or state.demand or bool(given.outlets)
        parts = max(1, math.ceil(moment.dt / SUBSTEP_S)) if is_busy else 1
        for _ in range(parts):
            state = self._advance(state, given, moment, moment.dt / parts)
        return self._seen(state, given, moment)

    def _given(self, moment: Moment) -> _Given:
        flows = moment.flows
        tank = flows.get(self.tank) if self.tank else None
        level = 0.95 if tank is None or tank.level is None else tank.level
        inlet_bar = level * self.tank_m * BAR_PER_M
        outlets: list[Outlet] = []
        called = False
        for id_, height_m in self.lines:
            line = flows.get(id_)
            if line is not None:
                called = called or line.alarm
                if line.k_factor > 0:
                    outlets.append(Outlet(k_factor=line.k_factor, height_m=height_m))
        return _Given(
            inlet_bar=inlet_bar,
            level=level,
            is_live=moment.supply.is_live and not moment.severity("controller_power_lost"),
            is_test=self._is_tried(moment.world),
            called=called,
            outlets=tuple(outlets),
            others=tuple(
                Pumping(lifts=max(0.0, other.pressure_bar - inlet_bar) / self.main.shut_off_bar)
                for other in (flows.get(id_) for id_ in self.others)
                if other is not None and other.electric_kw > 0 and other.pressure_bar is not None
            ),
            pumping=self.able(inlet_bar, moment),
        )

    def able(self, inlet_bar: float, moment: Moment) -> Pumping:
        """Return what it can do at rated speed: what its suction valve and its impeller leave it."""
        shut, worn = moment.severity("valve_closed"), moment.severity("impeller_wear")
        suction_k = SUCTION_LOSS_BAR / self.main.flow_m3h**2 / max(1e-9, (1 - shut) ** 4)
        most = math.sqrt((inlet_bar - VACUUM_BAR) / suction_k)
        primed = min(1.0, most / (RELIEF_SHARE * self.main.flow_m3h))
        return Pumping(lifts=primed * (1 - WORN_HEAD * worn), suction_k=suction_k, most_m3h=most)

    def _advance(self, state: FirePumpState, given: _Given, moment: Moment, dt: float) -> FirePumpState:
        bar, jockey = self._pressure(state, given, moment, dt)
        low_s = state.low_s + dt if bar < self.main.pump_starts_bar(self.number) else 0.0
        demand = (low_s > 0 and low_s >= NEXT_AFTER_S * self.number) or (state.demand and given.called)
        run_on_s = RUN_ON_S if demand and state.on else max(0.0, state.run_on_s - dt)
        wanted = demand or given.is_test or run_on_s > 0
        waiting_s = state.waiting_s + dt if wanted and not state.on else 0.0
        on = wanted and self._can_run(given, moment) and (state.on or waiting_s >= _delay_s(moment))
        speed = approach(state.speed, float(on), dt=dt, tau=RUN_UP_S)
        room_c = approach(state.room_c, _room_c(moment.world), dt=dt, tau=ROOM_TAU_S)
        rise = (BEARING_RISE_C + WEAR_RISE_C * moment.severity("bearing_wear")) * speed
        return FirePumpState(
            bar=bar,
            jockey=jockey,
            on=on,
            speed=speed,
            demand=demand,
            low_s=low_s,
            waiting_s=waiting_s,
            run_on_s=run_on_s,
            bearing_c=approach(state.bearing_c, room_c + rise, dt=dt, tau=BEARING_TAU_S),
            room_c=room_c,
            test_age_s=0.0 if on and given.is_test else state.test_age_s + dt,
            starts=state.starts + (on and not state.on),
            run_s=state.run_s + dt * on,
        )

    def _pressure(self, state: FirePumpState, given: _Given, moment: Moment, dt: float) -> tuple[float, bool]:
        """Return the pressure of the main and whether the jockey pump runs."""
        if self.number:
            lead = moment.flows.get(self.lead)
            return (state.bar if lead is None or lead.pressure_bar is None else lead.pressure_bar), False
        bar, jockey = self.main.kept(
            state.bar,
            given.outlets,
            leak=moment.severity("pressure_leak"),
            jockey=state.jockey,
            inlet_bar=given.inlet_bar,
            dt=dt,
        )
        if state.speed < TURNS and not given.others:
            return bar, jockey
        own = _turning(given.pumping, state.speed)
        pumped = self.main.pumped(given.outlets, (own, *given.others), inlet_bar=given.inlet_bar)
        return max(bar, approach(state.bar, pumped, dt=dt, tau=RUN_UP_S)), jockey

    def _can_run(self, given: _Given, moment: Moment) -> bool:
        return given.is_live and not (moment.severity("phase_reversed") or moment.severity("left_in_manual"))

    def _seen(self, state: FirePumpState, given: _Given, moment: Moment) -> Step[FirePumpState]:
        pumping = _turning(given.pumping, state.speed)
        delivered = relief = 0.0
        if state.speed >= TURNS:
            relief = min(RELIEF_SHARE * self.main.flow_m3h * state.speed, pumping.most_m3h)
            if given.outlets:
                delivered = self.main.pump_flow(state.bar - given.inlet_bar, pumping)
        flow = delivered + relief
        suction_bar = max(VACUUM_BAR, given.inlet_bar - pumping.suction_k * flow**2)
        values = self._readings(state, given, moment)
        values["flow"] = flow
        values["suction_pressure"] = suction_bar
        values["vibration"] = _vibration(state.speed, flow / self.main.flow_m3h, suction_bar, moment)
        shaft_kw = self._shaft_kw(state.speed, flow, moment) * (0.4 + 0.6 * min(1.0, given.pumping.lifts))
        electric_kw = shaft_kw / MOTOR_EFFICIENCY if state.on else 0.0
        values["power"] = electric_kw
        values["current"] = self._current(electric_kw, moment) if state.on else 0.0
        own_bar = given.inlet_bar + pumping.lifts * self.main.shut_off_bar
        return Step(
            state=state,
            values=values,
            flows=Flows(
                electric_kw=electric_kw,
                reactive_kvar=0.55 * electric_kw,
                water_m3h=delivered if self.number else self._drawn(state, given, moment, delivered),
                pressure_bar=own_bar if self.number else state.bar,
                supervisory=_supervisory(values, given, moment),
                trouble=int(values["start_failed"] is True) + int(values["fault"] is True),
            ),
        )

    def _readings(self, state: FirePumpState, given: _Given, moment: Moment) -> dict[str, Value]:
        has_power = given.is_live
        reversed_ = moment.severity("phase_reversed") > 0
        return {
            "running": state.speed > 0.5,
            "mode": "manual" if moment.severity("left_in_manual") else "auto",
            "demand": state.demand,
            "start_failed": state.waiting_s > FAILED_AFTER_S,
            "fault": reversed_ or moment.severity("controller_power_lost") > 0,
            "power_available": has_power,
            "phase_reversed": reversed_,
            "supply": self._supply(moment) if has_power else "none",
            "pressure": state.bar,
            "bearing_temp": state.bearing_c,
            "room_temp": state.room_c,
            "reserve_level": given.level * self.tank_m,
            "fuel_level": FUEL,
            "battery_voltage": STARTER_BATTERY_V,
            "test_age": state.test_age_s / 3600,
            "starts": state.starts,
            "run_hours": state.run_s / 3600,
        }

    def _drawn(self, state: FirePumpState, given: _Given, moment: Moment, delivered: float) -> float:
        """Return what the pump and the jockey take from the tank together."""
        if state.speed >= TURNS or given.others:
            return delivered
        return self.main.made_up(state.bar, given.outlets, leak=moment.severity("pressure_leak"))

    def _shaft_kw(self, speed: float, flow_m3h: float, moment: Moment) -> float:
        """Return P = n³ P rated (0.5 + 0.6 x - 0.1 x²), x = Q / (n Q rated), kW, and a bad bearing's.

        A radial impeller takes half of its power at no flow and 1.18 of it at 1.5 times the rated flow
        (Gülich, Centrifugal Pumps, chapter 4: power curves by specific speed).
        """
        if speed < TURNS:
            return 0.0
        rated_kw = 9.81 * self.main.flow_m3h / 3600 * self.main.head_m / EFFICIENCY
        x = clamp(flow_m3h / (speed * self.main.flow_m3h), 0.0, 2.0)
        friction = 0.02 * self.power_kw * moment.severity("bearing_wear")
        return rated_kw * speed**3 * (0.5 + 0.6 * x - 0.1 * x * x) + friction * speed

    def _current(self, electric_kw: float, moment: Moment) -> float:
        """Return I = sqrt(Ia² + Im²), A: the active part, and half of the rated to magnetise."""
        volts = MAINS_V * max(0.5, moment.supply.share)
        rated_a = self.power_kw / MOTOR_EFFICIENCY * 1000 / (math.sqrt(3) * MAINS_V)
        return math.hypot(electric_kw * 1000 / (math.sqrt(3) * volts), 0.5 * rated_a)

    def _supply(self, moment: Moment) -> str:
        for id_ in self.mains_path:
            giver = moment.flows.get(id_)
            if giver is not None and giver.supply is not None and not giver.supply.is_live:
                return "standby"
        return "mains"

    @property
    def _test_hour(self) -> float:
        return TEST_HOUR + TEST_EVERY_HOURS * self.number

    def _is_tried(self, world: World) -> bool:
        start = self._test_hour
        return start <= world.hour < start + TEST_HOURS and world.local.weekday() == TEST_WEEKDAY


def _turning(able: Pumping, speed: float) -> Pumping:
    return Pumping(lifts=able.lifts * speed**2, suction_k=able.suction_k, most_m3h=able.most_m3h)


def _delay_s(moment: Moment) -> float:
    """Return how long a contactor that fails hesitates; one that fails badly never closes."""
    severity = moment.severity("pump_failing_to_start")
    return math.inf if severity >= 0.5 else 2 * SLOWEST_START_S * severity


def _room_c(world: World) -> float:
    """Return the temperature of a pump room in a basement: half of the weather's."""
    return 11.0 + 0.45 * world.outdoor_c


def _vibration(speed: float, x: float, suction_bar: float, moment: Moment) -> float:
    """Return the velocity at the bearing housing, mm/s RMS; independent causes add as squares.

    Unbalance ~ n², more away from the best point, a worn bearing ~ n, cavitation as the suction nears vacuum.
    """
    if speed < TURNS:
        return STANDING_VIBRATION
    sound = SOUND_VIBRATION * speed**2 * (1 + 0.25 * (x - 1) ** 2)
    worn = WEAR_VIBRATION * speed * moment.severity("bearing_wear")
    rubbed = 1.5 * speed * moment.severity("impeller_wear")
    cavitating = 5.0 * speed * clamp((-0.3 - suction_bar) / 0.6, 0.0, 1.0)
    return math.sqrt(sound**2 + worn**2 + rubbed**2 + cavitating**2)


def _supervisory(values: dict[str, Value], given: _Given, moment: Moment) -> int:
    """Return what the fire panel is told: not ready to run (NFPA 72: supervisory, not trouble)."""
    return (
        int(not given.is_live)
        + int(values["phase_reversed"] is True)
        + int(values["mode"] != "auto")
        + int(moment.severity("valve_closed") > SUPERVISED)
        + int(given.level < LEAST_LEVEL)
    )


def mains_path(asset: Asset, site: Site) -> tuple[str, ...]:
    """Return what feeds `asset` on the mains' side of the first change-over switch before it."""
    assets = {each.id: each for each in site.assets}
    path: list[str] = []
    at, changed_over = asset, False
    while at.fed_by and at.fed_by[0] in assets and at.fed_by[0] not in path:
        changed_over = changed_over or len(at.fed_by) > 1
        at = assets[at.fed_by[0]]
        if changed_over:
            path.append(at.id)
    return tuple(path)


def build(asset: Asset, site: Site) -> FirePumpMachine:
    """Make a pump from `rated`: `power_kw`, `flow_m3h`, `head_m`; the first of its tank and place leads."""
    group = pumps_beside(asset, site) or (asset,)
    ids = [pump.id for pump in group]
    number = ids.index(asset.id)
    tanks = [each for each in site.assets if each.id == asset.parent and each.asset_class == "water_tank"]
    return FirePumpMachine(
        power_kw=asset.rated.get("power_kw", 55.0),
        main=Main(flow_m3h=asset.rated.get("flow_m3h", 108.0), head_m=asset.rated.get("head_m", 100.0)),
        number=number,
        lead=ids[0],
        others=tuple(ids[1:]) if number == 0 else (),
        lines=tuple(
            (line.id, height_above(line, group[0]) + END_RISE_M)
            for line in site.assets
            if line.asset_class == "sprinkler_line" and line.parent in ids
        ),
        tank=tanks[0].id if tanks else None,
        tank_m=tanks[0].rated.get("height_m", FULL_TANK_M) if tanks else FULL_TANK_M,
        mains_path=mains_path(asset, site),
        faults=FAULTS if number else FAULTS | {"pressure_leak"},
    )
