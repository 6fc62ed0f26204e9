"""`plantroom mappings try`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plantroom.cli.mappings import mappings

FILE = Path(__file__).parents[3] / "examples/mappings/tasmota.yaml"
RELAY = "stat/sump/POWER"


def tried(*arguments: str, file: Path = FILE, standard_input: bytes = b"") -> Result:
    return CliRunner().invoke(mappings, ["try", str(file), *arguments], input=standard_input)


def test_the_points_that_come_out_are_shown() -> None:
    result = tried("--topic", RELAY, "--payload", "ON")

    assert result.exit_code == 0
    assert result.stdout.startswith("P-2 running = true  (good, 20")
    assert "mapping tasmota-energy: the topic has 3 levels" not in result.stdout
    assert "mapping tasmota-energy: level 1 of the topic is 'stat', not 'tele'" in result.stdout


def test_they_are_shown_as_one_json_document() -> None:
    payload = '{"Time":"2022-01-11T21:57:38","ENERGY":{"Total":3.705,"Power":5}}'

    result = tried("--topic", "tele/tasmota_METER-1/SENSOR", "--payload", payload, "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document["ok"] is True
    assert document["problems"] == []
    assert document["points"][0] == {
        "asset": "METER-1",
        "point": "power",
        "value": 0.005,
        "unit": "kW",
        "quality": "clock",
        "ts": "2022-01-11T20:57:38.000Z",
    }
    assert document["mappings"] == [
        {"name": "tasmota-energy", "takes": True, "values": 2, "why_not": ""},
        {
            "name": "tasmota-relay",
            "takes": False,
            "values": 0,
            "why_not": "level 1 of the topic is 'tele', not 'stat'",
        },
    ]


@pytest.mark.parametrize(
    ("topic", "payload", "why"),
    [
        (RELAY, "MAYBE", "mapping tasmota-relay: running: expected one of ON, OFF, got another value"),
        ("stat/attic/POWER", "ON", "not used: mapping tasmota-relay: unknown asset 'attic'"),
        ("stat/sump/RESULT", "{}", "mapping tasmota-relay: level 3 of the topic is 'RESULT', not 'POWER'"),
        ("tele/tasmota_9C5F21/SENSOR", "{}", "mapping tasmota-energy: passed over: it is not about"),
    ],
)
def test_why_no_point_comes_out_is_told_and_the_status_is_one(topic: str, payload: str, why: str) -> None:
    result = tried("--topic", topic, "--payload", payload)

    assert result.exit_code == 1
    assert why in result.stdout


def test_the_payload_may_come_from_a_file_or_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "payload"
    file.write_bytes(b"OFF")

    from_file = tried("--topic", RELAY, "--payload", f"@{file}")
    from_input = tried("--topic", RELAY, "--payload", "-", standard_input=b"OFF")
    missing = tried("--topic", RELAY, "--payload", f"@{tmp_path / 'none'}")

    assert from_file.stdout.startswith("P-2 running = false")
    assert from_input.stdout.startswith("P-2 running = false")
    assert (missing.exit_code, "No such file" in missing.output) == (2, True)


def test_a_file_without_mappings_is_told(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text("site: s\n")

    result = tried("--topic", "a", "--payload", "1", file=file)

    assert result.exit_code == 1
    assert "the file has no mappings" in result.stdout
