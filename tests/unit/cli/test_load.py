"""What `plantroom load` refuses, writes and reads."""

from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plantroom.cli.load import load
from plantroom.cli.pipeline_counts import Counts, parse_counts
from plantroom.domain.errors import ApiUnavailable

METRICS = "".join(
    f"# TYPE plantroom_{name} counter\nplantroom_{name}_total {number}.0\n"
    for number, name in enumerate(asdict(Counts()), start=1)
)


def asked(*arguments: object) -> Result:
    return CliRunner().invoke(load, [str(each) for each in arguments])


@pytest.mark.parametrize(
    ("option", "value"),
    [
        pytest.param("--qos", "2", id="qos"),
        pytest.param("--assets", "0", id="assets"),
        pytest.param("--values", "7", id="values"),
        pytest.param("--batch", "0", id="batch"),
        pytest.param("--rate", "0", id="rate"),
    ],
)
def test_an_impossible_option_is_named_with_its_value(option: str, value: str) -> None:
    result = asked(option, value)

    assert result.exit_code == 2
    assert option in result.output
    assert value in result.output


def test_more_than_a_reading_a_millisecond_is_refused() -> None:
    result = asked("--assets", 2, "--rate", 300, "--batch", 10)

    assert result.exit_code == 2
    assert "at most 1000 readings a second" in result.output


def test_the_site_file_is_written_and_nothing_is_published(tmp_path: Path) -> None:
    file = tmp_path / "load.yaml"

    result = asked("--assets", 3, "--site-id", "lab", "--write-site", file, "--broker", "mqtt://127.0.0.1:1")

    assert result.exit_code == 0
    assert "site: lab\n" in file.read_text(encoding="utf-8")
    assert "3 assets" in result.output


def test_the_counters_of_a_pipeline_are_read_and_subtracted() -> None:
    counts = parse_counts(METRICS, source="here")

    assert list(asdict(counts).values()) == [1, 2, 3, 4, 5, 6]
    assert counts.since(Counts(messages=1, dead_letters=2)) == Counts(
        messages=0,
        values=2,
        stored_samples=3,
        duplicates=4,
        dead_letters=3,
        unknown_device_messages=6,
    )


def test_an_api_without_a_pipeline_is_said_to_be() -> None:
    with pytest.raises(ApiUnavailable, match="here: no pipeline's counters"):
        parse_counts("# nothing\n", source="here")
