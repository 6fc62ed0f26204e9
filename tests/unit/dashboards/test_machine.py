"""The dashboard of one machine has every point of its class."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from plantroom.dashboards.boards import machine
from plantroom.dashboards.plant import Plant
from plantroom.domain.site import AssetClass, Point, PointKind, ValueType
from plantroom.domain.text import Text
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files.loader import load_installation

PLANT = Plant(load_installation(sites=[SITE_FILE]))
CLASSES = [pytest.param(each, id=each.name) for each in PLANT.classes]


def panels(asset_class: AssetClass, plant: Plant = PLANT) -> Sequence[Mapping[str, Any]]:
    document = machine.board(plant, asset_class).document("en")
    return [each for each in document["panels"] if each["type"] != "row"]


def asked(panel: Mapping[str, Any]) -> list[str]:
    return [re.search(r'\("(\w+)', target["query"])[1] for target in panel["targets"]]  # type: ignore[index] # without a match the test fails


@pytest.mark.parametrize("asset_class", CLASSES)
def test_every_point_is_asked_for(asset_class: AssetClass) -> None:
    found = {point for panel in panels(asset_class) for point in asked(panel)}

    assert found == {point.name for point in asset_class.points}


@pytest.mark.parametrize("asset_class", CLASSES)
def test_states_stand_in_one_timeline_in_words(asset_class: AssetClass) -> None:
    states = [point for point in asset_class.points if point.value_type is not ValueType.NUMBER]

    timelines = [panel for panel in panels(asset_class) if panel["type"] == "state-timeline"]

    assert [asked(panel) for panel in timelines] == ([[point.name for point in states]] if states else [])
    for panel in timelines:
        mapped = [each for each in panel["fieldConfig"]["overrides"] if "mappings" in json.dumps(each)]
        assert len(mapped) == len(states)


def oven(*points: Point) -> tuple[AssetClass, Plant]:
    asset_class = AssetClass(name="oven", label=Text(en="Oven", zh="炉"), points=points)
    return asset_class, Plant(replace(PLANT.installation, classes={"oven": asset_class}, rules={}))


def test_three_phases_and_what_is_aimed_at_share_a_chart() -> None:
    asset_class, plant = oven(
        *(Point(name=f"voltage_l{phase}", unit="V") for phase in (1, 2, 3)),
        Point(name="heat_setpoint", unit="degC", kind=PointKind.SETPOINT),
        Point(name="heat", unit="degC"),
        Point(name="heat_loss", unit="kW"),
        Point(name="fan_command", unit="%", kind=PointKind.COMMAND),
    )

    found = [asked(panel) for panel in panels(asset_class, plant)]

    assert found == [
        ["voltage_l1", "voltage_l2", "voltage_l3"],
        ["heat", "heat_setpoint"],
        ["heat_loss"],
        ["fan_command"],
    ]


def test_a_counter_shows_what_it_counted() -> None:
    asset_class, plant = oven(Point(name="starts", kind=PointKind.COUNTER))

    (panel,) = panels(asset_class, plant)

    assert 'non_negative_difference(last("starts$last"))' in panel["targets"][0]["query"]


def test_a_machines_own_limit_is_a_line_for_the_machines_that_have_it() -> None:
    (vibration,) = (
        panel for panel in panels(PLANT.installation.classes["pump"]) if asked(panel)[0] == "vibration"
    )

    lines = {target["alias"]: target["query"] for target in vibration["targets"][1:]}

    assert set(lines) == {
        "High vibration > 4",
        "High vibration > 5.1",
        "Dangerous vibration > 6.6",
        "Dangerous vibration > 8.5",
    }
    assert "P-101" in lines["High vibration > 4"]
    assert "P-301" in lines["High vibration > 5.1"]
    assert vibration["fieldConfig"]["defaults"]["thresholds"]["steps"] == [
        {"color": "transparent", "value": None}
    ]
