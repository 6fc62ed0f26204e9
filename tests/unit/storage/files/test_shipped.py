"""What every shipped asset class, rule pack and example must keep to."""

import re
from math import isfinite
from pathlib import Path

import pytest

from plantroom.domain.rule import Rule
from plantroom.domain.site import AssetClass, Point, PointKind, ValueType
from plantroom.storage.files import load_files, load_installation
from plantroom.storage.files.classes import shipped_classes
from plantroom.storage.files.rules import shipped_packs

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "examples"


CLASSES = shipped_classes()
POINTS = [(name, point) for name, each in CLASSES.items() for point in each.points]
PACKS = {name: load_files(sites=[], rules=[Path(str(file))]).rules for name, file in shipped_packs().items()}
RULES = [rule for rules in PACKS.values() for rule in rules]

each_class = pytest.mark.parametrize("asset_class", CLASSES.values(), ids=CLASSES.keys())
each_point = pytest.mark.parametrize(
    "point", [pytest.param(point, id=f"{name}.{point.name}") for name, point in POINTS]
)
each_rule = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])

CHINESE = re.compile(r"[一-鿿]")


def test_the_classes_of_the_first_version_are_shipped() -> None:
    assert set(CLASSES) >= {"pump", "chiller", "distribution_panel", "ahu", "elevator"}


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
    assert asset_class.system in {"elevators", "water", "hvac", "fire", "power"}


@each_point
def test_a_point_is_named_in_both_languages(point: Point) -> None:
    assert point.label.en != point.name.replace("_", " ")
    assert CHINESE.search(point.label.zh)


@each_point
def test_a_measured_number_has_a_range_and_nearly_always_a_unit(point: Point) -> None:
    if point.value_type is not ValueType.NUMBER:
        assert point.kind in {PointKind.STATUS, PointKind.COMMAND}
        return
    assert isfinite(point.low)
    assert isfinite(point.high) or point.kind is PointKind.COUNTER
    assert point.unit or point.name in {"power_factor", "floor", "trips"}


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_is_named_after_the_class_of_its_rules(name: str) -> None:
    assert PACKS[name]
    assert {rule.asset_class for rule in PACKS[name]} == {name}


def test_every_shipped_class_has_a_pack() -> None:
    assert set(PACKS) == set(CLASSES)


def test_all_packs_go_together() -> None:
    ids = [rule.id for rule in RULES]

    assert len(set(ids)) == len(ids)


@each_rule
def test_a_shipped_rule_has_a_title_in_both_languages_and_a_source(rule: Rule) -> None:
    assert rule.title.en != rule.id
    assert CHINESE.search(rule.title.zh)
    assert rule.source is not None
    assert rule.source.standard


@each_rule
def test_a_shipped_limit_has_hysteresis(rule: Rule) -> None:
    compares_numbers = re.search(r"[<>]", rule.when.text)

    assert rule.clear is not None or not compares_numbers
    assert rule.hold or rule.keep


@each_rule
def test_a_shipped_rule_says_the_unit_of_its_numbers(rule: Rule) -> None:
    numbers = re.findall(r"[0-9.]+(?![\w.])\s*(\S*)", re.sub(r"\b[a-z_]+[0-9]+\b", "", rule.when.text))

    assert all(unit not in {"", "and", "or", ")"} for unit in numbers), rule.when.text


def test_nothing_taken_from_a_bought_standard_is_called_verified() -> None:
    claimed = {rule.source.standard for rule in RULES if rule.source and rule.source.verified}

    assert claimed <= {"open-fdd rule catalogue", "EN 50160"}


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
