"""The pictures of the dashboards in the documents."""

from pathlib import Path

from plantroom.dashboards.plant import Plant
from plantroom.dashboards.registry import boards
from plantroom_testing.simulation import demo

FOLDER = Path(__file__).parents[2] / "docs/dashboards"


def test_every_system_and_some_machines_are_shown() -> None:
    names = {board.name for board in boards(Plant(demo()))}
    drawn = {picture.stem for picture in FOLDER.glob("*.png")}
    page = (FOLDER / "README.md").read_text("utf-8")

    assert {name for name in names if not name.startswith("asset-")} <= drawn <= names
    assert [name for name in drawn if f"({name}.png)" not in page] == []
    assert "not by Grafana" in page


def test_the_pictures_are_small() -> None:
    sizes = {picture.name: picture.stat().st_size for picture in FOLDER.glob("*.png")}

    assert [name for name, size in sizes.items() if size > 300_000] == []
    assert sum(sizes.values()) < 4_000_000
