"""What `plantroom replay` and `plantroom simulate` say of options that do not fit."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plantroom.cli.replay import read_speed, replay
from plantroom.cli.scenarios import simulations_of
from plantroom.cli.simulate import simulate
from plantroom.domain.errors import PlantroomError
from plantroom.simulators.faults import ScenarioInvalid

GOOD = "ts,flow\n2020-03-09 10:14:33,1\n"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    file = tmp_path / "data.csv"
    file.write_text(GOOD, "utf-8")
    return file


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text("site: lab\nassets:\n  - {id: LIFT-1, class: elevator}\n", "utf-8")
    return file


def asked(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(replay, [str(argument) for argument in arguments], env=env)


def test_neither_site_file_nor_site_id_is_a_usage_error(recording: Path) -> None:
    result = asked(recording, "--asset", "P-1")

    assert result.exit_code == 2
    assert "--site FILE or --site-id ID" in result.output


@pytest.mark.parametrize(
    ("option", "value"),
    [
        pytest.param("--speed", "0", id="speed-zero"),
        pytest.param("--speed", "nan", id="speed-nan"),
        pytest.param("--speed", "fast", id="speed-word"),
        pytest.param("--separator", "ab", id="separator"),
        pytest.param("--timezone", "Mars/Olympus", id="timezone"),
        pytest.param("--time", "now", id="time"),
        pytest.param("--patience", "0", id="patience"),
    ],
)
def test_an_impossible_option_is_named_with_its_value(recording: Path, option: str, value: str) -> None:
    result = asked(recording, "--asset", "P-1", "--site-id", "lab", option, value)

    assert result.exit_code == 2
    assert option in result.output
    assert value in result.output


def test_an_asset_that_the_site_does_not_have_is_refused(recording: Path, site: Path) -> None:
    result = asked(recording, "--asset", "P-404", "--site", site)

    assert isinstance(result.exception, PlantroomError)
    assert str(result.exception) == f"no asset 'P-404' in {site}"


def test_a_point_that_the_asset_does_not_have_is_refused(recording: Path, site: Path) -> None:
    result = asked(recording, "--asset", "LIFT-1", "--site", site, "--map", "flow=flow")

    assert f"{recording}:1: LIFT-1 has no point 'flow'" in str(result.exception)


def test_a_name_that_may_not_stand_in_a_topic_is_refused(recording: Path) -> None:
    result = asked(recording, "--asset", "P/1", "--site-id", "lab")

    assert "asset must match" in str(result.exception)


def test_mappings_in_the_environment_stand_one_a_line_and_may_hold_blanks(recording: Path) -> None:
    result = asked(
        recording, "--asset", "P-1", "--site-id", "lab", env={"PLANTROOM_MAP": "flow=flow\nVolume Flow=x"}
    )

    assert "no column 'Volume Flow'; columns: 'ts', 'flow'" in str(result.exception)


def test_speed_may_be_max() -> None:
    assert read_speed("max") == float("inf")
    assert read_speed("0.5") == 0.5


def test_without_a_site_the_demo_building_fails_and_a_site_of_ones_own_does_not(tmp_path: Path) -> None:
    own = tmp_path / "site.yaml"
    own.write_text("site: lab\nassets:\n  - {id: P-1, class: pump}\n", "utf-8")

    (demo,), (mine,) = simulations_of(()), simulations_of((own,))

    assert (demo.site.id, [fault.fault for fault in demo.faults]) == ("riverside", ["bearing_wear"])
    assert (mine.site.id, mine.faults) == ("lab", ())


def test_a_scenario_that_the_site_has_no_machine_for_is_refused(site: Path) -> None:
    result = CliRunner().invoke(simulate, ["--site", str(site), "--scenario", "demo"])

    assert isinstance(result.exception, ScenarioInvalid)
