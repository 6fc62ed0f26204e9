"""An electric fire pump: stands by for weeks, is tried once a week, starts when the pressure falls."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.change_over import is_on_mains, mains_path
from plantroom.simulators.fire_main import RELIEF_SHARE, VACUUM_BAR, Main, Outlet, Pumping, let_out
from plantroom.simulators.fire_pump_controller import (
    TEST_HOURS,
    ControllerState,
    after,
    is_tried,
    since_test_s,
    start_delay_s,
)
from plantroom.simulators.fire_pump_motor import (
    MOTOR_EFFICIENCY,
    TURNS,
    current,
    rated_shaft_kw,
    shaft_kw,
    vibration,
)
from plantroom.simulators.machine import Flows, Moment, Step, Value, approach
from plantroom.simulators.sprinkler_line import BAR_PER_M, END_RISE_M, height_above, pumps_beside
from plantroom.simulators.world import World

RUN_UP_S: Final = 2.5
SUBSTEP_S: Final = 2.0
"""While something happens: a pump is up in a few seconds."""

SUPERVISED: Final = 0.05
"""A valve's switch acts within two turns of the handwheel (NFPA 72)."""

BEARING_TAU_S: Final = 600.0
BEARING_RISE_C: Final = 24.0
WEAR_RISE_C: Final = 60.0
FRICTION: Final = 0.02
"""Share of the rated power that a bad bearing takes."""
ROOM_TAU_S: Final = 2 * 86400.0
FULL_TANK_M: Final = 3.0
USUAL_LEVEL: Final = 0.93
"""At which a float valve keeps the reserve."""
LEAST_LEVEL: Final = 0.8
"""Filling of the tank under which the reserve is reported."""
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
    control: ControllerState
    speed: float
    """Share of the rated speed."""
    bearing_c: float
    room_c: float


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
        weeks = 120 + moment.chance.choice(60)
        room_c = _room_c(moment.world)
        return FirePumpState(
            bar=self.main.jockey_starts_bar + 0.1 + 0.5 * moment.chance.share(),
            jockey=False,
            control=ControllerState(
                test_age_s=since_test_s(moment.world, number=self.number),
                starts=weeks + 9.0,
                run_s=weeks * TEST_HOURS * 3600 + 5400.0,
            ),
            speed=0.0,
            bearing_c=room_c,
            room_c=room_c,
        )

    def step(self, state: FirePumpState, moment: Moment) -> Step[FirePumpState]:
        """Return the pump `moment.dt` seconds later."""
        given = self._given(moment)
        control = state.control
        is_busy = control.on or control.demand or given.called or given.is_test or bool(given.outlets)
        parts = max(1, math.ceil(moment.dt / SUBSTEP_S)) if is_busy else 1
        for _ in range(parts):
            state = self._advance(state, given, moment, moment.dt / parts)
        return self._seen(state, given, moment)

    def _given(self, moment: Moment) -> _Given:
        flows = moment.flows
        tank = flows.get(self.tank) if self.tank else None
        level = USUAL_LEVEL if tank is None or tank.level is None else tank.level
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
            is_test=is_tried(moment.world, number=self.number),
            called=called,
            outlets=tuple(outlets),
            others=tuple(
                Pumping(lifts=max(0.0, other.pressure_bar - inlet_bar) / self.main.shut_off_bar)
                for other in (flows.get(id_) for id_ in self.others)
                if other is not None and other.electric_kw > 0 and other.pressure_bar is not None
            ),
            pumping=self.main.able(
                inlet_bar, shut=moment.severity("valve_closed"), worn=moment.severity("impeller_wear")
            ),
        )

    def _advance(self, state: FirePumpState, given: _Given, moment: Moment, dt: float) -> FirePumpState:
        bar, jockey = self._pressure(state, given, moment, dt)
        control = after(
            state.control,
            dt,
            number=self.number,
            is_low=bar < self.main.pump_starts_bar(self.number),
            called=given.called,
            is_test=given.is_test,
            can_run=self._can_run(given, moment),
            delay_s=start_delay_s(moment.severity("pump_failing_to_start")),
        )
        speed = approach(state.speed, float(control.on), dt=dt, tau=RUN_UP_S)
        room_c = approach(state.room_c, _room_c(moment.world), dt=dt, tau=ROOM_TAU_S)
        rise = (BEARING_RISE_C + WEAR_RISE_C * moment.severity("bearing_wear")) * speed
        return FirePumpState(
            bar=bar,
            jockey=jockey,
            control=control,
            speed=speed,
            bearing_c=approach(state.bearing_c, room_c + rise, dt=dt, tau=BEARING_TAU_S),
            room_c=room_c,
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
        own = given.pumping.at(state.speed)
        pumped = self.main.pumped(given.outlets, (own, *given.others), inlet_bar=given.inlet_bar)
        return max(bar, approach(state.bar, pumped, dt=dt, tau=RUN_UP_S)), jockey

    def _can_run(self, given: _Given, moment: Moment) -> bool:
        return given.is_live and not (moment.severity("phase_reversed") or moment.severity("left_in_manual"))

    def _seen(self, state: FirePumpState, given: _Given, moment: Moment) -> Step[FirePumpState]:
        pumping = given.pumping.at(state.speed)
        delivered = relief = 0.0
        if state.speed >= TURNS:
            relief = min(RELIEF_SHARE * self.main.flow_m3h * state.speed, pumping.most_m3h)
            if given.outlets:
                able_m3h = self.main.pump_flow(state.bar - given.inlet_bar, pumping)
                delivered = min(able_m3h, let_out(given.outlets, state.bar))
        flow = delivered + relief
        suction_bar = max(VACUUM_BAR, given.inlet_bar - pumping.suction_k * flow**2)
        values = self._readings(state, given, moment)
        values["flow"] = flow
        values["suction_pressure"] = suction_bar
        values["vibration"] = vibration(state.speed, flow / self.main.flow_m3h, suction_bar, moment)
        electric_kw = self._electric_kw(state.speed, flow, given, moment) if state.control.on else 0.0
        values["power"] = electric_kw
        values["current"] = (
            current(electric_kw, power_kw=self.power_kw, share=moment.supply.share)
            if state.control.on
            else 0.0
        )
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
            "demand": state.control.demand,
            "start_failed": state.control.has_failed,
            "fault": reversed_ or moment.severity("controller_power_lost") > 0,
            "power_available": has_power,
            "phase_reversed": reversed_,
            "supply": ("mains" if is_on_mains(self.mains_path, moment.flows) else "standby")
            if has_power
            else "none",
            "pressure": state.bar,
            "bearing_temp": state.bearing_c,
            "room_temp": state.room_c,
            "reserve_level": given.level * self.tank_m,
            "fuel_level": FUEL,
            "battery_voltage": STARTER_BATTERY_V,
            "test_age": state.control.test_age_s / 3600,
            "starts": state.control.starts,
            "run_hours": state.control.run_s / 3600,
        }

    def _drawn(self, state: FirePumpState, given: _Given, moment: Moment, delivered: float) -> float:
        """Return what the pump and the jockey take from the tank together."""
        if state.speed >= TURNS or given.others:
            return delivered
        return self.main.made_up(state.bar, given.outlets, leak=moment.severity("pressure_leak"))

    def _electric_kw(self, speed: float, flow_m3h: float, given: _Given, moment: Moment) -> float:
        """Return what the motor draws: less where the impeller finds no water, more for a bad bearing."""
        if speed < TURNS:
            return 0.0
        rated_kw = rated_shaft_kw(self.main.flow_m3h, self.main.head_m)
        churned = shaft_kw(rated_kw=rated_kw, speed=speed, x=flow_m3h / (speed * self.main.flow_m3h))
        friction = FRICTION * self.power_kw * moment.severity("bearing_wear") * speed
        return (churned * (0.4 + 0.6 * given.pumping.lifts) + friction) / MOTOR_EFFICIENCY


def _room_c(world: World) -> float:
    """Return the temperature of a pump room in a basement: half of the weather's."""
    return 11.0 + 0.45 * world.outdoor_c


def _supervisory(values: dict[str, Value], given: _Given, moment: Moment) -> int:
    """Return what the fire panel is told: not ready to run (NFPA 72: supervisory, not trouble)."""
    return (
        int(not given.is_live)
        + int(values["phase_reversed"] is True)
        + int(values["mode"] != "auto")
        + int(moment.severity("valve_closed") > SUPERVISED)
        + int(given.level < LEAST_LEVEL)
    )


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
