"""`plantroom load` against a real broker, and against the whole product."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plantroom_testing.mosquitto import Mosquitto, wait_until
from plantroom_testing.mqtt import paho_client
from plantroom_testing.product import ADMIN_TOKEN, Launch

TIMEOUT = 90.0
PROGRAM = [sys.executable, "-c", "from plantroom.cli.main import main; main()", "load"]


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [*PROGRAM, *(str(each) for each in arguments), "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    output, errors = process.communicate(timeout=TIMEOUT)
    assert output, errors
    return process.returncode, json.loads(output)


@pytest.mark.parametrize(("qos", "acknowledged"), [(0, None), (1, 500)])
def test_ten_thousand_assets_are_driven_at_the_rate_asked_for(
    mosquitto: Mosquitto, qos: int, acknowledged: int | None
) -> None:
    status, figures = ended(
        start("--broker", mosquitto.url, "--rate", 250, "--duration", 2, "--qos", qos, "--batch", 4)
    )

    assert (status, figures["outcome"], figures["assets"]) == (0, "done", 10_000)
    assert (figures["messages"], figures["values"]) == (500, 500 * 4 * 6)
    assert (figures["acknowledged"], figures["refused"]) == (acknowledged, 0)


def stopped_while_publishing(broker: Mosquitto, *arguments: object) -> tuple[int, dict[str, Any]]:
    """Return how a load ends that is told to once its messages arrive."""
    with paho_client(broker.port) as listener:
        listener.subscribe_and_wait("plantroom/v1/load/#")
        process = start("--broker", broker.url, "--rate", 100, *arguments)
        wait_until(lambda: len(listener.got) > 20)
        process.send_signal(signal.SIGTERM)
        return ended(process)


def test_without_an_end_being_stopped_is_the_end(mosquitto: Mosquitto) -> None:
    status, figures = stopped_while_publishing(mosquitto)

    assert (status, figures["outcome"]) == (0, "done")
    assert figures["acknowledged"] == figures["messages"] > 0


def test_cut_short_it_says_so_and_what_was_acknowledged_till_then(mosquitto: Mosquitto) -> None:
    status, figures = stopped_while_publishing(mosquitto, "--duration", 3600)

    assert (status, figures["outcome"]) == (130, "interrupted")
    assert figures["acknowledged"] == figures["messages"] > 0


def test_a_broker_that_is_not_there_is_named(mosquitto: Mosquitto) -> None:
    mosquitto.stop()

    status, figures = ended(start("--broker", mosquitto.url, "--patience", 1, "--duration", 5))

    assert status == 1
    assert f"MQTT broker 127.0.0.1:{mosquitto.port} is away for 1 s" in figures["outcome"]
    assert (figures["messages"], figures["messages_per_s"]) == (0, None)


def test_what_the_pipeline_counted_comes_back(tmp_path: Path, launch: Launch) -> None:
    site = tmp_path / "load.yaml"
    subprocess.run([*PROGRAM, "--assets", "200", "--write-site", str(site)], check=True, capture_output=True)
    product = launch("up", "--site", str(site))
    product.wait_until_ready()
    where = ["--broker", f"mqtt://{product.mqtt}", "--api", product.url, "--api-token", ADMIN_TOKEN]

    status, figures = ended(start(*where, "--assets", 200, "--rate", 200, "--duration", 3, "--patience", 60))

    assert (status, figures["acknowledged"]) == (0, 600)
    assert figures["pipeline"]["messages"] == 600
    assert figures["pipeline"]["values"] == 3600
    assert (figures["pipeline"]["dead_letters"], figures["pipeline"]["unknown_device_messages"]) == (0, 0)
    assert product.items("/alarms") == []


def test_an_api_that_is_not_there_is_named_before_anything_is_published(mosquitto: Mosquitto) -> None:
    status, figures = ended(start("--broker", mosquitto.url, "--api", "http://127.0.0.1:1", "--duration", 5))

    assert (status, figures["messages"]) == (1, 0)
    assert "http://127.0.0.1:1/metrics" in figures["outcome"]
