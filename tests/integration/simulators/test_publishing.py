"""`plantroom simulate` and `plantroom replay` against a real broker."""

import gzip
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from plantroom_testing.mosquitto import Mosquitto, pick_port, wait_until

TIMEOUT = 60.0
PROGRAM = [sys.executable, "-c", "from plantroom.cli.main import main; main()"]


class Subscriber:
    """Everything that is published under `plantroom/v1`."""

    def __init__(self, client: paho.Client) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self._client = client
        client.on_message = self._take

    def _take(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        self.messages.append((message.topic, bytes(message.payload)))

    def documents(self, asset: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for topic, payload in list(self.messages):
            if topic.endswith(f"/{asset}/telemetry"):
                document = json.loads(payload)
                found += document if isinstance(document, list) else [document]
        return found

    def statuses(self, asset: str) -> list[bytes]:
        return [payload for topic, payload in list(self.messages) if topic.endswith(f"/{asset}/status")]


@contextmanager
def subscribed(broker: Mosquitto) -> Iterator[Subscriber]:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False)
    subscriber, ready = Subscriber(client), []
    client.on_subscribe = lambda *_: ready.append(True)
    client.connect("127.0.0.1", broker.port)
    client.subscribe("plantroom/v1/#", qos=1)
    client.loop_start()
    wait_until(lambda: bool(ready))
    yield subscriber
    client.disconnect()
    client.loop_stop()


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def replay(*arguments: str) -> tuple[int, dict[str, Any], str]:
    process = start("replay", *arguments, "--json")
    output, errors = process.communicate(timeout=TIMEOUT)
    return process.returncode, json.loads(output), errors


@pytest.fixture
def loop_recording(tmp_path: Path) -> Path:
    """Return a recording shaped like that of a water loop whose valve is closed half-way through."""
    file = tmp_path / "loop.csv.gz"
    lines = ["datetime;Accelerometer1RMS;Current;Volume Flow RateRMS;anomaly"]
    for second in range(300):
        flow, closed = (32.0, 0) if second < 150 else (8.0, 1)
        time_of_day = f"10:{second // 60:02}:{second % 60:02}"
        lines.append(f"2020-03-09 {time_of_day};0.026;1.33;{flow};{closed}.0")
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    return file


@pytest.fixture
def loop_site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text("site: lab\nassets:\n  - {id: P-LOOP, class: pump}\n", "utf-8")
    return file


def options_of(broker: str, site: Path) -> list[str]:
    mapped = ["--map", "Volume Flow RateRMS=flow*0.06", "--map", "Current=current", "--set", "running=true"]
    where = ["--asset", "P-LOOP", "--site", str(site), "--broker", broker]
    return [*where, "--separator", ";", "--time-column", "datetime", *mapped]


def test_a_recording_arrives_as_readings_of_now(
    mosquitto: Mosquitto, loop_recording: Path, loop_site: Path
) -> None:
    with subscribed(mosquitto) as subscriber:
        before = time.time() * 1000
        status, summary, _ = replay(
            str(loop_recording), *options_of(mosquitto.url, loop_site), "--speed", "100"
        )
        wait_until(lambda: len(subscriber.documents("P-LOOP")) == 300)

    documents = subscriber.documents("P-LOOP")
    assert (status, summary["acknowledged"], summary["sent"], summary["problems"]) == (0, True, 300, 0)
    assert documents[0]["values"] == {"running": True, "flow": pytest.approx(1.92), "current": 1.33}
    assert documents[-1]["values"]["flow"] == pytest.approx(0.48)
    stamps = [document["ts"] for document in documents]
    assert stamps == sorted(set(stamps))
    assert stamps[0] >= before
    assert stamps[-1] - stamps[0] == 2990
    assert not any("historical" in document for document in documents)


def test_a_recording_arrives_as_history(mosquitto: Mosquitto, loop_recording: Path, loop_site: Path) -> None:
    with subscribed(mosquitto) as subscriber:
        status, summary, _ = replay(
            str(loop_recording), *options_of(mosquitto.url, loop_site), "--time", "keep"
        )
        wait_until(lambda: len(subscriber.documents("P-LOOP")) == 300)

    documents = subscriber.documents("P-LOOP")
    assert (status, summary["messages"]) == (0, 3)
    assert documents[0]["ts"] == 1_583_748_000_000
    assert all(document["historical"] is True for document in documents)


def test_a_bad_file_is_named_and_its_good_rows_arrive(mosquitto: Mosquitto, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("ts,flow\nyesterday,1\n2020-03-09 10:14:33,2\n2020-03-09 10:14:34,#REF!\n", "utf-8")
    options = [str(file), "--asset", "P-1", "--site-id", "lab", "--broker", mosquitto.url]
    with subscribed(mosquitto) as subscriber:
        status, summary, errors = replay(*options)
        strict, _, _ = replay(*options, "--strict")
        wait_until(lambda: len(subscriber.documents("P-1")) == 2)

    assert (status, strict) == (0, 1)
    assert summary["problems"] == 2
    assert f"{file}:2: time is no ISO 8601 time: 'yesterday'" in errors
    assert f"{file}:4: flow is no number: '#REF!'" in errors


def test_a_broker_that_is_away_is_an_error_after_some_time(loop_recording: Path, loop_site: Path) -> None:
    url = f"mqtt://127.0.0.1:{pick_port()}"

    status, summary, errors = replay(
        str(loop_recording), *options_of(url, loop_site), "--speed", "max", "--patience", "1"
    )

    assert status == 1
    assert summary["acknowledged"] is False
    assert "is away for 1 s" in errors


def test_a_broker_that_comes_back_gets_every_row_in_order(
    mosquitto: Mosquitto, loop_recording: Path, loop_site: Path
) -> None:
    process = start(
        "replay", str(loop_recording), *options_of(mosquitto.url, loop_site), "--speed", "50", "--json"
    )
    with subscribed(mosquitto) as subscriber:
        wait_until(lambda: len(subscriber.documents("P-LOOP")) > 20)
        mosquitto.restart()
        output, errors = process.communicate(timeout=TIMEOUT)
        wait_until(lambda: len({document["ts"] for document in subscriber.documents("P-LOOP")}) == 300)

    assert process.returncode == 0, errors
    assert json.loads(output)["acknowledged"] is True
    first_seen = list(dict.fromkeys(document["ts"] for document in subscriber.documents("P-LOOP")))
    assert first_seen == sorted(first_seen)


def test_interrupted_it_says_so_and_ends(mosquitto: Mosquitto, loop_recording: Path, loop_site: Path) -> None:
    process = start("replay", str(loop_recording), *options_of(mosquitto.url, loop_site), "--json")
    with subscribed(mosquitto) as subscriber:
        wait_until(lambda: len(subscriber.documents("P-LOOP")) >= 2)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=TIMEOUT)

    assert process.returncode == 130
    assert json.loads(output)["outcome"] == "interrupted"
    assert "Traceback" not in errors


def test_the_demo_building_says_hello_reads_and_says_goodbye(mosquitto: Mosquitto) -> None:
    with subscribed(mosquitto) as subscriber:
        process = start("simulate", "--broker", mosquitto.url, "--seed", "3")
        wait_until(lambda: len(subscriber.documents("P-101")) >= 2)
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=TIMEOUT)
        took = time.monotonic() - told
        wait_until(lambda: subscriber.statuses("P-101")[-1] == b"offline")

    assert process.returncode == 0, errors
    assert took < 5
    assert subscriber.statuses("P-101") == [b"online", b"offline"]
    assert set(subscriber.documents("P-101")[0]["values"]) >= {"running", "vibration", "bearing_temp"}
    assert {topic.split("/")[2] for topic, _ in subscriber.messages} == {"riverside"}


def test_a_site_of_ones_own_is_simulated_for_a_while(mosquitto: Mosquitto, loop_site: Path) -> None:
    with subscribed(mosquitto) as subscriber:
        process = start("simulate", "--broker", mosquitto.url, "--site", str(loop_site), "--duration", "1")
        _, errors = process.communicate(timeout=TIMEOUT)
        wait_until(lambda: subscriber.statuses("P-LOOP")[-1:] == [b"offline"])

    assert process.returncode == 0, errors
    assert len(subscriber.documents("P-LOOP")) == 1


def test_simulating_waits_for_a_broker_that_is_not_there_yet(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    process = start("simulate", "--broker", mosquitto.url, "--duration", "1")
    assert process.stderr is not None
    assert str(mosquitto.port) in process.stderr.readline()

    mosquitto.start()

    _, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, errors
