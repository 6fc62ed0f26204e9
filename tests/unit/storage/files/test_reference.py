"""What `docs/reference/files.md` says of the files is so."""

import re
from pathlib import Path

import pytest

from plantroom.storage.files import load_installation
from plantroom.storage.files.classes import shipped_classes
from plantroom.storage.files.rules import shipped_packs
from plantroom_testing.files import written

PAGE = (Path(__file__).parents[4] / "docs/reference/files.md").read_text(encoding="utf-8")
SITE, CLASSES, RULES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_files_of_the_page_are_right(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", SITE)
    rules = written(tmp_path, "rules.yaml", RULES.replace("pump-vibration-high", "pump-vibration-mine"))

    installation = load_installation(sites=[site], rules=[rules])

    assert "pump-vibration-mine" in {rule.id for rule in installation.rules["riverside"]}


def test_the_classes_of_the_page_are_right(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", f"site: s\n{CLASSES}")

    assert {"fountain", "pump"} <= set(load_installation(sites=[site]).classes)


@pytest.mark.parametrize("name", shipped_classes())
def test_the_page_names_every_point_of_a_shipped_class(name: str) -> None:
    row = re.search(rf"^\| `{name}` \| (.*) \|$", PAGE, re.MULTILINE)

    assert row is not None
    assert all(re.search(rf"\b{point.name}\b", row[1]) for point in shipped_classes()[name].points)


@pytest.mark.parametrize("name", shipped_packs())
def test_the_page_names_every_shipped_pack(name: str) -> None:
    packs = re.search(r"^\| `packs` .*$", PAGE, re.MULTILINE)

    assert packs is not None
    assert f"`{name}`" in packs[0]
