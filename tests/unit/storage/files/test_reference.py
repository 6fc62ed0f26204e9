"""What `docs/reference/files.md` says of the files is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from plantroom.storage.files import load_installation
from plantroom.storage.files.classes import shipped_classes
from plantroom.storage.files.rules import shipped_packs
from plantroom.storage.files.scenarios import load_scenario
from plantroom_testing.files import written

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/reference/files.md").read_text(encoding="utf-8")
SITE, CLASSES, RULES, EACH, SCENARIO = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_files_of_the_page_are_right(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", SITE)
    rules = written(
        tmp_path, "rules.yaml", RULES.replace("pump-vibration-high", "pump-vibration-mine") + EACH
    )

    installation = load_installation(sites=[site], rules=[rules])

    watching = {rule.id for rule in installation.rules["riverside"]}
    assert {"pump-vibration-mine", "instrument-stuck.flow", "instrument-stuck.pressure"} <= watching


def test_the_classes_of_the_page_are_right(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", f"site: s\n{CLASSES}")

    assert {"fountain", "pump"} <= set(load_installation(sites=[site]).classes)


def test_the_scenario_of_the_page_is_right(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, "scenario.yaml", SCENARIO))

    assert [fault.fault for fault in scenario.faults] == ["bearing_wear", "stuck"]


@pytest.mark.parametrize("name", shipped_classes())
def test_the_page_names_every_shipped_class_under_its_system(name: str) -> None:
    row = re.search(rf"^\| `{shipped_classes()[name].system}` \| (.*) \|$", PAGE, re.MULTILINE)

    assert row is not None
    assert f"`{name}`" in row[1].split(", ")


def test_the_page_of_the_classes_is_what_their_tables_say() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / "scripts/describe_classes.py"], capture_output=True, text=True, check=True
    ).stdout

    assert (ROOT / "docs/reference/asset-classes.md").read_text(encoding="utf-8") == printed


@pytest.mark.parametrize("name", shipped_packs())
def test_the_page_names_every_shipped_pack(name: str) -> None:
    packs = re.search(r"^\| `packs` .*$", PAGE, re.MULTILINE)

    assert packs is not None
    assert f"`{name}`" in packs[0]
