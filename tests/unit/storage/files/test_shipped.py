"""What every shipped asset class, rule pack and example must keep to."""

import re
from math import isfinite
from pathlib import Path

import pytest

from plantroom.domain.rule import Rule
from plantroom.domain.site import AssetClass, Point, PointKind, ValueType
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files import load_installation
from plantroom.storage.files.classes import shipped_classes
from plantroom.storage.files.rules import shipped_packs

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "examples"


CLASSES = shipped_classes()
POINTS = [(name, point) for name, each in CLASSES.items() for point in each.points]
RULES = load_installation(sites=[SITE_FILE]).rules["riverside"]

each_class = pytest.mark.parametrize("asset_class", CLASSES.values(), ids=CLASSES.keys())
each_point = pytest.mark.parametrize(
    "point", [pytest.param(point, id=f"{name}.{point.name}") for name, point in POINTS]
)
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.asset_class} {rule.id}")

CHINESE = re.compile(r"[一-鿿]")


def test_the_classes_of_all_five_systems_are_shipped() -> None:
    by_system: dict[str, set[str]] = {}
    for asset_class in CLASSES.values():
        by_system.setdefault(asset_class.system, set()).add(asset_class.name)

    assert by_system == {
        "elevators": {"elevator", "escalator"},
        "water": {"pump", "water_tank", "sump", "water_meter"},
        "hvac": {"ahu", "vav_box", "fan_coil_unit", "chiller", "cooling_tower"},
        "fire": {"fire_panel", "fire_pump", "sprinkler_line"},
        "power": {"transformer", "distribution_panel", "generator", "ups", "electricity_meter"},
        "monitoring": {"gateway"},
    }


def test_a_pump_has_the_points_of_the_contract() -> None:
    units = {point.name: point.unit for point in CLASSES["pump"].points}

    assert (
        units.items()
        >= {
            "running": "",
            "flow": "m3/h",
            "pressure": "bar",
            "current": "A",
            "vibration": "mm/s",
            "bearing_temp": "degC",
        }.items()
    )
    assert (
        next(each for each in CLASSES["pump"].points if each.name == "running").value_type
        is ValueType.BOOLEAN
    )


@each_class
def test_a_class_is_named_in_both_languages(asset_class: AssetClass) -> None:
    assert asset_class.label.en
    assert CHINESE.search(asset_class.label.zh)
    assert asset_class.system in {"elevators", "water", "hvac", "fire", "power", "monitoring"}


@each_point
def test_a_point_is_named_in_both_languages(point: Point) -> None:
    assert point.label.en != point.name.replace("_", " ")
    assert CHINESE.search(point.label.zh)


@each_point
def test_a_measured_number_has_a_range_and_nearly_always_a_unit(point: Point) -> None:
    if point.value_type is not ValueType.NUMBER:
        assert point.kind in {PointKind.STATUS, PointKind.COMMAND}
        assert len(point.states) != 1
        return
    assert isfinite(point.low)
    assert isfinite(point.high) or point.kind is PointKind.COUNTER
    is_count = point.kind in {PointKind.COUNTER, PointKind.STATUS}
    assert point.unit or is_count or point.name == "power_factor"


@each_point
def test_a_counter_starts_at_zero_and_has_no_top(point: Point) -> None:
    if point.kind is PointKind.COUNTER:
        assert (point.low, point.high) == (0.0, float("inf"))


@each_point
def test_a_point_is_awaited_every_second_to_every_hour(point: Point) -> None:
    assert 1 <= point.every.total_seconds() <= 3600


@each_class
def test_a_life_safety_class_is_monitored_only(asset_class: AssetClass) -> None:
    if asset_class.system in {"elevators", "fire"}:
        kinds = {point.kind for point in asset_class.points}

        assert kinds <= {PointKind.MEASUREMENT, PointKind.STATUS, PointKind.COUNTER}


def test_fire_alarm_supervisory_and_trouble_are_apart_and_the_standby_supply_is_watched() -> None:
    names = {point.name for point in CLASSES["fire_panel"].points}

    assert names >= {"alarm", "supervisory", "trouble", "disabled", "alarms", "supervisories", "troubles"}
    assert names >= {"supply", "mains_fault", "battery_fault", "battery_voltage", "standby_hours"}


def test_an_ahu_has_what_the_fault_conditions_of_guideline_36_need() -> None:
    names = {point.name for point in CLASSES["ahu"].points}

    assert names >= {"supply_temp", "supply_setpoint", "return_temp", "mixed_temp", "outdoor_temp"}
    assert names >= {"duct_pressure", "duct_pressure_setpoint", "fan_speed", "damper", "outdoor_fraction_min"}
    assert names >= {"cooling_valve", "heating_valve"}
    assert names >= {
        f"{kind}_coil_{side}_temp" for kind in ("cooling", "heating") for side in ("entering", "leaving")
    }


@pytest.mark.parametrize("name", ["transformer", "distribution_panel"])
def test_power_is_watched_phase_by_phase_with_its_quality(name: str) -> None:
    names = {point.name for point in CLASSES[name].points}

    assert names >= {f"{what}_{phase}" for what in ("voltage", "current") for phase in ("l1", "l2", "l3")}
    assert names >= {"voltage_unbalance", "current_unbalance", "frequency", "thd_voltage", "thd_current"}
    assert names >= {"neutral_current", "joint_temp", "energy"}


@pytest.mark.parametrize(
    ("name", "point", "unit"), [("electricity_meter", "energy", "kWh"), ("water_meter", "volume", "m3")]
)
def test_a_meter_counts(name: str, point: str, unit: str) -> None:
    (counter,) = (each for each in CLASSES[name].points if each.name == point)

    assert (counter.kind, counter.unit) == (PointKind.COUNTER, unit)


@pytest.mark.parametrize("name", shipped_packs())
def test_a_pack_is_named_after_the_class_of_its_rules(name: str) -> None:
    watched = {rule.asset_class for rule in RULES if rule.pack == name}

    assert watched
    assert watched == {name} or name in {"instruments", "models"}


def test_all_packs_go_together() -> None:
    names = [(rule.asset_class, rule.id) for rule in RULES]

    assert len(set(names)) == len(names)


@each_rule
def test_a_shipped_limit_does_not_flicker(rule: Rule) -> None:
    compares_numbers = re.search(r"[<>]", rule.when.text)
    has_deadband_or_delay = rule.clear is not None or rule.hold or rule.keep
    moves_with_a_window = "(" in rule.when.text

    assert not compares_numbers or has_deadband_or_delay or moves_with_a_window or rule.latch


def test_nothing_taken_from_a_bought_standard_is_called_verified() -> None:
    claimed = {rule.source.standard for rule in RULES if rule.source and rule.source.verified}

    assert claimed <= {
        "open-fdd rule catalogue",
        "EN 50160",
        "ASHRAE Guideline 36",
        "GB/T 12325",
        "GB/T 15543",
    }


def test_the_riverside_example_is_right() -> None:
    installation = load_installation(
        sites=[EXAMPLES / "riverside/site.yaml"], rules=[EXAMPLES / "riverside/rules"]
    )

    assert {"pump-vibration-high", "riverside-pump-overcurrent"} <= {
        rule.id for rule in installation.rules["riverside"]
    }


def test_the_skab_example_is_right() -> None:
    installation = load_installation(sites=[EXAMPLES / "skab/site.yaml"], rules=[EXAMPLES / "skab/rules"])

    assert [rule.id for rule in installation.rules["skab"]] == ["skab-flow-low"]
    assert installation.table.number[("P-SKAB", "accelerometer_1")] >= 0


def test_the_readme_of_the_skab_example_maps_only_points_that_exist() -> None:
    text = (EXAMPLES / "skab/README.md").read_text(encoding="utf-8")
    installation = load_installation(sites=[EXAMPLES / "skab/site.yaml"])

    mapped = re.findall(r"--map '?[^=]+=(\w+)", text)

    assert len(mapped) == 8
    assert all(("P-SKAB", point) in installation.table.number for point in mapped)
