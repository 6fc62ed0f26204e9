import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from plantroom.cli.models_lbnl import lbnl_ahu_command
from plantroom_testing.air_handling_days import Broken, write_unit

DAYS = {
    "2007-08-28": Broken(),
    "2007-08-29": Broken(),
    "2007-08-30": Broken(),
    "2007-08-31": Broken(cooling=0),
    "2007-09-01": Broken(damper=1),
}
LABELS = {"2007-08-31": ("cooling valve", "CC stuck closed"), "2007-09-01": ("OA damper", "OAD stuck open")}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "lbnl_ahu"
    folder.mkdir()
    write_unit(folder, "U", DAYS, labels=LABELS)
    return folder.parent


def test_a_data_set_is_scored_by_day(data: Path) -> None:
    done = CliRunner().invoke(lbnl_ahu_command, [str(data), "--json"])

    figures = json.loads(done.stdout)
    assert done.exit_code == 0
    assert figures["days"] == {"found": 2, "total": 2, "false": 0, "healthy": 3, "right_component": 2}
    assert (figures["f1"], figures["far"], figures["mar"]) == (1, 0, 0)


def test_the_folder_is_found_by_the_environment(data: Path) -> None:
    done = CliRunner().invoke(lbnl_ahu_command, [], env={"PLANTROOM_DATA_SETS": str(data)})

    assert done.exit_code == 0
    assert "| U | rules and models | 2 | 2 | 0 | 3 | 2 |" in done.stdout


def test_the_table_goes_between_the_marks_of_a_page(data: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Results\n<!-- made: begin -->\nold\n<!-- made: end -->\nSettings.\n")

    done = CliRunner().invoke(lbnl_ahu_command, [str(data / "lbnl_ahu"), "--table", str(page)])

    text = page.read_text()
    assert done.exit_code == 0
    assert text.startswith("# Results\n")
    assert text.endswith("Settings.\n")
    assert "old" not in text
    assert "| U | 2007-08-31 | cooling valve: CC stuck closed | cooling valve |" in text


def test_a_page_without_marks_is_not_overwritten(data: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("mine")

    done = CliRunner().invoke(lbnl_ahu_command, [str(data), "--table", str(page)])

    assert done.exit_code == 1
    assert "to write between" in done.output
    assert page.read_text() == "mine"


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    missing = CliRunner().invoke(lbnl_ahu_command, [str(tmp_path / "none")])
    empty = CliRunner().invoke(lbnl_ahu_command, [str(tmp_path)])

    assert missing.exit_code == 2
    assert "PLANTROOM_DATA_SETS" in missing.output
    assert empty.exit_code == 1
    assert "_days.csv" in empty.output
