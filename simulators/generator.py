"""A stand-by diesel generator that takes over when the mains fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.engine import (
    Engine,
    battery_volts,
    can_crank,
    engine_at_rest,
    engine_fault,
    engine_later,
    oil_bar,
    shown_fuel,
)
from plantroom.simulators.machine import DEAD, NOMINAL_HZ, Flows, Moment, Phases, Step, Supply, Value
from plantroom.simulators.start_control import ATTEMPTS, TEST_S, Asked, Control, Phase, control_later
from plantroom.simulators.three_phase import Drawn, at_bus, drawn

FAULTS: Final = frozenset(
    {
        "clogged_radiator",
        "coolant_leak",
        "emergency_stop",
        "fails_to_start",
        "left_off",
        "low_fuel",
        "low_oil_pressure",
        "weak_starting_battery",
    }
)
TEST_EVERY_H: Final = 168.0
TEST_HOUR: Final = 10
TEST_WEEKDAY: Final = 2
"""Wednesday: somebody is there if it fails."""
RATED_RPM: Final = 1500.0
IDLE_HZ: Final = 50.2
DROOP_HZ: Final = 0.4
"""Loss of frequency from no load to full load (ISO 8528-5, class G3: at most 3 %)."""
VOLTS: Final = 231.0
VOLTAGE_DROOP: Final = 0.005
DISTORTION: Final = 0.5
"""Harmonic voltage per harmonic current: the subtransient reactance, twice a transformer's, at the fifth."""
OWN_DISTORTION: Final = 0.015
OVERLOADED: Final = 1.25
"""Load at which its protection stops it."""
NEW_KWH: Final = 60.0
"""Energy it has made before the start, per kW of its rating."""
NEW_STARTS: Final = 210
NEW_HOURS: Final = 85.0


@dataclass(slots=True, kw_only=True)
class GeneratorState:
    """What a generator remembers from one step to the next; never changed once made."""

    control: Control
    engine: Engine
    test_age_h: float
    energy_kwh: float
    starts: int
    run_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorMachine:
    """A generator for the panels that name it as a further feeder."""

    rated_kw: float
    preferred: tuple[tuple[str, ...], ...]
    """Of each panel that it stands by for: the feeders that come before it."""
    faults: frozenset[str] = FAULTS

    def initial(self, moment: Moment) -> GeneratorState:
        """Return a generator that waits, tested last Wednesday."""
        return GeneratorState(
            control=Control(),
            engine=engine_at_rest(moment.world),
            test_age_h=since_test_h(moment.world.local),
            energy_kwh=NEW_KWH * self.rated_kw,
            starts=NEW_STARTS + moment.chance.choice(50),
            run_hours=NEW_HOURS,
        )

    def step(self, state: GeneratorState, moment: Moment) -> Step[GeneratorState]:
        """Return the generator `moment.dt` seconds later."""
        load = drawn(moment.fed if state.control.turns else ())
        control = control_later(state.control, self._asked(state, moment, load))
        if not control.turns:
            load = drawn(())
        hours = moment.dt / 3600
        after = GeneratorState(
            control=control,
            engine=engine_later(
                state.engine, moment, load_kw=load.total_kw, turns=control.turns, rated_kw=self.rated_kw
            ),
            test_age_h=TEST_S / 3600 if control.tested else state.test_age_h + hours,
            energy_kwh=state.energy_kwh + load.total_kw * hours,
            starts=state.starts + control.started,
            run_hours=state.run_hours + (hours if control.turns else 0.0),
        )
        supply = self._supply(load, turns=control.turns)
        holds = control.phase is Phase.RUNNING and not control.is_test
        return Step(
            state=after,
            values=self._values(
                after, moment, supply=supply, amps=at_bus(load, supply.volts).amps, power_kw=load.total_kw
            ),
            flows=Flows(supply=supply, holds=holds),
        )

    def is_wanted(self, flows: Mapping[str, Flows]) -> bool:
        """Return whether a panel that it stands by for has no other live feeder."""
        return any(not any(_gives(flows, feeder) for feeder in feeders) for feeders in self.preferred)

    def _asked(self, state: GeneratorState, moment: Moment, load: Drawn) -> Asked:
        def fires() -> bool:
            sound = moment.chance.share() >= moment.severity("fails_to_start")
            return sound and can_crank(moment) and shown_fuel(state.engine, moment) > 0

        return Asked(
            dt=moment.dt,
            wanted=self.is_wanted(moment.flows),
            test_due=state.test_age_h >= TEST_EVERY_H,
            fires=fires,
            fails=engine_fault(state.engine, moment) or load.total_kw > OVERLOADED * self.rated_kw,
            blocked=moment.severity("left_off") > 0 or moment.severity("emergency_stop") > 0,
            sound=not moment.faults and state.engine.fuel_share > 0,
        )

    def _supply(self, load: Drawn, *, turns: bool) -> Supply:
        if not turns:
            return Supply(volts=DEAD, hz=0.0, thd=0.0)
        share = load.total_kw / self.rated_kw
        volts = VOLTS * (1 - VOLTAGE_DROOP * share)
        return Supply(
            volts=(volts, volts, volts),
            hz=IDLE_HZ - DROOP_HZ * share,
            thd=OWN_DISTORTION + DISTORTION * load.distorted_kva / self.rated_kw,
        )

    def _values(
        self, state: GeneratorState, moment: Moment, *, supply: Supply, amps: Phases, power_kw: float
    ) -> Mapping[str, Value]:
        (u1, u2, u3), (i1, i2, i3), control = supply.volts, amps, state.control
        failed, stopped = control.phase is Phase.FAILED, moment.severity("emergency_stop") > 0
        cranks = control.phase is Phase.CRANKING
        return {
            "running": control.turns,
            "mode": _mode(control, moment),
            "supplies": power_kw > 0,
            "start_failed": failed and control.attempts >= ATTEMPTS,
            "fault": failed or stopped,
            "emergency_stop": stopped,
            "speed": RATED_RPM * supply.hz / NOMINAL_HZ,
            "voltage_l1": u1,
            "voltage_l2": u2,
            "voltage_l3": u3,
            "current_l1": i1,
            "current_l2": i2,
            "current_l3": i3,
            "frequency": supply.hz,
            "power": power_kw,
            "energy": state.energy_kwh,
            "coolant_temp": state.engine.coolant_c,
            "oil_pressure": oil_bar(state.engine, moment) if control.turns else 0.0,
            "fuel_level": 100 * shown_fuel(state.engine, moment),
            "battery_voltage": battery_volts(moment, cranks=cranks, turns=control.turns),
            "room_temp": state.engine.room_c,
            "test_age": state.test_age_h,
            "starts": float(state.starts),
            "run_hours": state.run_hours,
        }


def build(asset: Asset, site: Site) -> GeneratorMachine:
    """Make a generator from `rated` (`power_kw`); it stands by for the panels that name it after others."""
    preferred = tuple(
        other.fed_by[: other.fed_by.index(asset.id)]
        for other in site.assets
        if asset.id in other.fed_by and other.fed_by[0] != asset.id
    )
    return GeneratorMachine(rated_kw=asset.rated.get("power_kw", 200.0), preferred=preferred)


def since_test_h(local: datetime) -> float:
    """Return the hours since the last Wednesday at ten."""
    last = local.replace(hour=TEST_HOUR, minute=0, second=0, microsecond=0)
    last -= timedelta(days=(local.weekday() - TEST_WEEKDAY) % 7)
    hours = (local - last).total_seconds() / 3600
    return hours if hours >= 0 else hours + TEST_EVERY_H


def _gives(flows: Mapping[str, Flows], feeder: str) -> bool:
    if feeder not in flows:
        return True
    supply = flows[feeder].supply
    return supply is None or supply.is_live


def _mode(control: Control, moment: Moment) -> str:
    if moment.severity("left_off") > 0:
        return "off"
    return "test" if control.is_test else "auto"
