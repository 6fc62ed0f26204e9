"""Which meters the dashboard of energy adds up, and what it calls them."""

import json
import re
from dataclasses import replace

import pytest

from plantroom.dashboards.boards import energy
from plantroom.dashboards.plant import Plant
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset
from plantroom_testing.simulation import demo


def plant_of(*assets: Asset) -> Plant:
    (site,) = demo().table.sites
    return Plant(replace(demo(), table=PointTable((replace(site, assets=assets),))))


def meter(id_: str, parent: str) -> Asset:
    points = demo().classes["electricity_meter"].points
    return Asset(id=id_, asset_class="electricity_meter", parent=parent, points=points)


def panel(asset_class: str, id_: str, *fed_by: str) -> Asset:
    return Asset(id=id_, asset_class=asset_class, fed_by=fed_by)


def summed(plant: Plant, title: str) -> str:
    """Return the ids in the query of the panel of that title."""
    panels = energy.board(plant).document("en")["panels"]
    (found,) = (each for each in panels if each["title"] == title)
    ids = re.search(r"/\^\(([A-Z0-9|-]+)\)\$/", found["targets"][0]["query"])
    assert ids is not None
    return ids[1]


def test_the_outermost_meter_of_the_demo_building_counts_it_all() -> None:
    assert summed(Plant(demo()), "Whole site, against before") == "EM-MAIN"


def test_days_are_made_of_the_meters_behind_it() -> None:
    assert summed(Plant(demo()), "Energy by system and day") == "EM-HVAC|EM-LIFT|EM-SHOPS|EM-LOW|EM-HIGH"


def test_two_feeders_count_together_and_neither_is_left_out() -> None:
    board = "distribution_panel"
    plant = plant_of(panel(board, "A"), panel(board, "B"), meter("EM-A", "A"), meter("EM-B", "B"))

    assert summed(plant, "Whole site, against before") == "EM-A|EM-B"
    assert summed(plant, "Energy by system and day") == "EM-A|EM-B"


def test_a_meter_behind_another_by_way_of_boards_is_not_counted_twice() -> None:
    board = "distribution_panel"
    plant = plant_of(
        panel(board, "A"),
        panel(board, "B", "A"),
        panel(board, "C", "B"),
        meter("EM-A", "A"),
        meter("EM-C", "C"),
    )

    assert summed(plant, "Whole site, against before") == "EM-A"
    assert summed(plant, "Energy by system and day") == "EM-C"


@pytest.mark.parametrize(("language", "name"), [("en", "Air conditioning"), ("zh", "空调")])
def test_meters_are_called_by_what_they_measure(language: str, name: str) -> None:
    document = json.dumps(energy.board(Plant(demo())).document(language), ensure_ascii=False)

    assert f'{{"id": "displayName", "value": "{name}"}}' in document
