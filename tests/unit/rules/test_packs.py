"""Every shipped rule tells what it is for, and nothing while the machine is well."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.installation import Installation
from plantroom.domain.rule import Rule
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import ValueType
from plantroom.rules.engine import Engine
from plantroom.storage.files import load_installation
from plantroom.storage.files.rules import shipped_packs
from plantroom_testing.files import written

STEP_MS = 1000
START = 1_763_750_000_000
Readings = Mapping[str, float | str]

WELL: Mapping[str, Readings] = {
    "pump": {"running": 1, "flow": 60, "pressure": 4, "current": 18, "vibration": 2, "bearing_temp": 52},
    "chiller": {"running": 1, "fault": 0, "chw_setpoint": 7, "chw_supply_temp": 7.2, "chw_flow": 100},
    "distribution_panel": {
        "voltage_l1": 229,
        "voltage_l2": 231,
        "voltage_l3": 230,
        "frequency": 50.01,
        "joint_temp": 45,
    },
    "ahu": {
        "running": 1,
        "fan_command": 1,
        "supply_temp": 14.3,
        "supply_setpoint": 14,
        "heating_valve": 0,
        "cooling_valve": 60,
        "filter_pressure": 90,
    },
    "elevator": {
        "mode": "normal",
        "motion": "up",
        "door": "closed",
        "fault": 0,
        "entrapment": 0,
        "machine_room_temp": 28,
    },
}
UNWELL: Mapping[str, Readings] = {
    "pump-vibration-high": {"vibration": 4.5},
    "pump-vibration-danger": {"vibration": 7.0},
    "pump-bearing-hot": {"bearing_temp": 84},
    "pump-bearing-overheated": {"bearing_temp": 100},
    "pump-no-flow": {"flow": 0},
    "pump-pressure-low": {"pressure": 0.2},
    "pump-current-while-stopped": {"running": 0, "current": 6},
    "chiller-fault": {"fault": 1},
    "chiller-supply-warm": {"chw_supply_temp": 9},
    "chiller-supply-freezing": {"chw_supply_temp": 2.5},
    "chiller-no-flow": {"chw_flow": 0},
    "panel-phase-lost": {"voltage_l2": 0},
    "panel-voltage-low": {"voltage_l3": 190},
    "panel-voltage-high": {"voltage_l1": 256},
    "panel-frequency": {"frequency": 49.3},
    "panel-joint-hot": {"joint_temp": 75},
    "ahu-supply-off-setpoint": {"supply_temp": 10},
    "ahu-heating-and-cooling": {"heating_valve": 20},
    "ahu-fan-command-mismatch": {"running": 0},
    "ahu-supply-freezing": {"supply_temp": 3},
    "ahu-filter-clogged": {"filter_pressure": 300},
    "elevator-entrapment": {"entrapment": 1},
    "elevator-moves-with-open-door": {"door": "open"},
    "elevator-fault": {"fault": 1},
    "elevator-machine-room-hot": {"machine_room_temp": 43},
}


def watched_by(pack: str, folder: Path) -> Installation:
    site = f"site: s\npacks: [{pack}]\nassets: [{{id: A-1, class: {pack}}}]\n"
    return load_installation(sites=[written(folder, "site.yaml", site)])


@pytest.fixture(scope="module", params=sorted(shipped_packs()))
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return watched_by(request.param, tmp_path_factory.mktemp("site"))


class Machine:
    """Publishes readings once a second and keeps what the engine said."""

    def __init__(self, installation: Installation) -> None:
        self.engine = Engine(installation)
        self.points = {each.name: (number, each) for number, each in enumerate(installation.table.points)}
        self.now = START

    def publish(self, readings: Readings, seconds: float) -> list[Transition]:
        steps = int(seconds) + 1
        ts = self.now + STEP_MS * np.arange(1, steps + 1, dtype=np.int64)
        self.now = int(ts[-1])
        return self.engine.observe(self._batch(readings, ts), self.now)

    def _batch(self, readings: Readings, ts: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> SampleBatch:
        size = len(readings)
        numbers = [self.points[name][0] for name in readings]
        values = [self._value(name, value) for name, value in readings.items()]
        return SampleBatch(
            point=np.tile(np.array(numbers, np.int32), len(ts)),
            ts=np.repeat(ts, size),
            value=np.tile(np.array(values), len(ts)),
            quality=np.zeros(size * len(ts), np.uint8),
            arrived=np.repeat(ts, size),
            message=np.repeat(np.arange(len(ts), dtype=np.int32), size),
        )

    def _value(self, name: str, value: float | str) -> float:
        point = self.points[name][1]
        return float(point.states.index(str(value)) if point.value_type is ValueType.STATE else value)


def rules_of(installation: Installation) -> tuple[Rule, ...]:
    return installation.rules["s"]


def kinds(transitions: list[Transition], rule: str) -> list[TransitionKind]:
    return [each.kind for each in transitions if each.rule == rule]


def test_every_rule_has_a_row_here(installation: Installation) -> None:
    assert {rule.id for rule in rules_of(installation)} <= UNWELL.keys()


def test_the_engine_finds_nothing_wrong_with_the_pack(installation: Installation) -> None:
    assert Engine(installation).faults == ()


def test_a_machine_that_is_well_raises_nothing(installation: Installation) -> None:
    asset_class = installation.table.assets[0].asset_class

    assert Machine(installation).publish(WELL[asset_class], 3600) == []


def test_each_rule_raises_when_it_has_held_and_clears_when_it_is_gone(installation: Installation) -> None:
    well = WELL[installation.table.assets[0].asset_class]
    for rule in rules_of(installation):
        machine = Machine(installation)
        machine.publish(well, 60)
        unwell = {**well, **UNWELL[rule.id]}

        raised = machine.publish(unwell, rule.hold.total_seconds())
        cleared = machine.publish(well, rule.keep.total_seconds())

        assert kinds(raised, rule.id) == [TransitionKind.ACTIVATED], rule.id
        assert kinds(cleared, rule.id) == [TransitionKind.CLEARED], rule.id


def test_no_rule_raises_before_it_has_held(installation: Installation) -> None:
    well = WELL[installation.table.assets[0].asset_class]
    for rule in rules_of(installation):
        if not rule.hold:
            continue
        machine = Machine(installation)
        machine.publish(well, 60)

        early = machine.publish({**well, **UNWELL[rule.id]}, rule.hold.total_seconds() - 2)

        assert kinds(early, rule.id) == [], rule.id


def test_a_stopped_pump_raises_nothing_however_its_sensors_read(tmp_path: Path) -> None:
    stopped = {"running": 0, "flow": 0, "pressure": 0, "current": 0, "vibration": 30, "bearing_temp": 25}

    assert Machine(watched_by("pump", tmp_path)).publish(stopped, 600) == []
