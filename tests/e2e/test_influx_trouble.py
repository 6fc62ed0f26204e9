"""InfluxDB killed, full, slow, refusing: in the end it has all, and we were never restarted."""

import itertools
import json
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from plantroom_testing.influx import InfluxServer
from plantroom_testing.influx_proxy import NONE, InfluxProxy, Trouble
from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.mqtt import paho_client, publish_burst
from plantroom_testing.product import ADMIN_TOKEN, Launch, Product, wait_for

ASSETS: Final = tuple(f"P-{number}" for number in range(1, 9))
SITE: Final = "site: riverside\nassets:\n" + "".join(
    f"  - {{id: {asset}, class: pump}}\n" for asset in ASSETS
)
ROWS: Final = 50
"""Samples of one point in a message."""
MOST_GROWTH_MIB: Final = 200
DISK_MIB: Final = 24

StartInflux = Callable[..., InfluxServer]
StartProxy = Callable[[str], InfluxProxy]
Stored = dict[tuple[str, int], float]
Run = Callable[[str], Product]


class Plant(threading.Thread):
    """Publishes batches of readings of all assets, some of them again with another value, until ended."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._ended = threading.Event()
        self._chance = random.Random(5)
        self.expected: Stored = {}
        """The value last sent of each asset and time."""

    def run(self) -> None:
        begin = time.time_ns() // 1_000_000
        with paho_client(self._port) as client:
            sent = []
            for number in itertools.count():
                if self._ended.is_set():
                    break
                asset = ASSETS[number % len(ASSETS)]
                first = begin + number // len(ASSETS) * ROWS
                again = first - ROWS if number >= len(ASSETS) and self._chance.random() < 0.2 else None
                for start, value in [(first, 1.0), *([(again, 2.0)] if again else [])]:
                    topic, payload = self._message(asset, start, value + number % 100)
                    sent.append(client.publish(topic, payload, 1))
                time.sleep(0.02)
            for message in sent:
                message.wait_for_publish(60)
                assert message.is_published()

    def _message(self, asset: str, start: int, value: float) -> tuple[str, bytes]:
        rows = range(start, start + ROWS)
        self.expected |= {(asset, ts): value for ts in rows}
        readings = [{"ts": ts, "values": {"flow": value, "pressure": 4.0}} for ts in rows]
        return f"plantroom/v1/riverside/{asset}/telemetry", json.dumps(readings).encode()

    def end(self) -> Stored:
        """Stop, wait until the broker has everything, and return what was sent."""
        self._ended.set()
        self.join(120)
        assert not self.is_alive()
        return self.expected


@pytest.fixture
def pipeline(launch: Launch, tmp_path: Path, mosquitto: Mosquitto) -> Run:
    """Run the pipeline on an InfluxDB at a URL; its API is away."""
    (tmp_path / "site.yaml").write_text(SITE)

    def run(url: str, api: str = "http://127.0.0.1:9") -> Product:
        return launch(
            "ingest",
            *("--site", str(tmp_path / "site.yaml"), "--broker", mosquitto.url),
            *("--influx", f"{url}/plantroom", "--api", api),
            environment={"PLANTROOM_API_TOKEN": ADMIN_TOKEN},
        )

    return run


@pytest.fixture
def plant(mosquitto: Mosquitto) -> Iterator[Plant]:
    plant = Plant(mosquitto.port)
    yield plant
    plant.end()


def stored(server: InfluxServer, field: str = "flow") -> Stored:
    (result,) = server.query(f"SELECT {field} FROM pump GROUP BY asset", database="plantroom")
    return {
        (series["tags"]["asset"], ts): value
        for series in result.get("series", [])
        for ts, value in series["values"]
    }


def assert_all_arrives(product: Product, server: InfluxServer, sent: Stored) -> None:
    wait_for(
        lambda: (
            product.metric("plantroom_store_away") == 0 and product.metric("plantroom_spool_lag_records") == 0
        ),
        what="all written",
        log=product.log,
        patience=120,
    )
    wait_for(lambda: stored(server) == sent, what=f"{len(sent)} samples", log=product.log)
    assert len(stored(server, "pressure")) == len(sent)
    assert product.process.poll() is None


def peak_mib(product: Product) -> float:
    """Return the most memory that the process has had."""
    status = Path(f"/proc/{product.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def away(product: Product) -> bool:
    return product.metric("plantroom_store_away") == 1


def test_all_is_there_after_influxdb_was_killed_again_and_again_under_load(
    start_influx: StartInflux, pipeline: Run, plant: Plant
) -> None:
    server = start_influx()
    product = pipeline(server.url)
    before = peak_mib(product)
    plant.start()

    for pause in (1.0, 4.0, 0.2):
        time.sleep(1.5)
        server.kill()
        wait_for(lambda: away(product), what="store away", log=product.log)
        time.sleep(pause)
        server.start()
        wait_for(lambda: not away(product), what="store back", log=product.log)
    sent = plant.end()

    assert_all_arrives(product, server, sent)
    assert peak_mib(product) - before < MOST_GROWTH_MIB


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, list[str]]]:
    """Give a small disk as we reach it, and what makes a program see it at `tmp_path / "disk"`."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size={DISK_MIB}m tmpfs {disk} && echo mounted && exec sleep infinity"
    holder = subprocess.Popen(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", mount], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "mounted\n"
    enter = ["nsenter", "--target", str(holder.pid), "--user", "--mount", "--preserve-credentials", "--"]
    yield Path(f"/proc/{holder.pid}/root{disk}"), enter
    holder.kill()
    holder.wait(60)
    holder.stdout.close()


def fill(disk: Path) -> Path:
    """Fill `disk` with a file of somebody else's."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while (free := shutil.disk_usage(disk).free) > 0:
            file.write(b"\0" * min(free, 1024 * 1024))
    return ballast


def test_all_is_there_after_the_disk_of_influxdb_was_full(
    start_influx: StartInflux, pipeline: Run, plant: Plant, small_disk: tuple[Path, list[str]], tmp_path: Path
) -> None:
    disk, enter = small_disk
    server = start_influx(files=tmp_path / "disk", prefix=enter)
    product = pipeline(server.url)
    plant.start()
    wait_for(lambda: stored(server), what="first samples", log=product.log)

    ballast = fill(disk)
    wait_for(lambda: away(product), what="store away", log=product.log)
    ready = product.get_root("/health/ready")
    time.sleep(3)
    ballast.unlink()
    # InfluxDB 1.x goes on refusing: its operator has to restart it after making room.
    server.kill()
    server.start()
    sent = plant.end()

    assert ready.status_code == 200
    assert "no space left on device" in product.log.read_text()
    assert_all_arrives(product, server, sent)


def troubles(chance: random.Random) -> Callable[[str, bytes], Trouble]:
    """Return what does something else to most requests, each time."""
    kinds = [
        NONE,
        NONE,
        *(Trouble(status=status, body='{"error":"timeout"}') for status in (500, 502, 503, 504)),
        Trouble(status=503, body="busy", headers={"Retry-After": "1"}),
        Trouble(status=429, body='{"code":"too many requests"}', headers={"Retry-After": "1"}),
        *(Trouble(status=status, body="<html>no</html>") for status in (400, 401, 403, 404, 408, 413, 422)),
        Trouble(status=200, body="<html>sign in</html>"),
        Trouble(lose_request=True),
        Trouble(lose_answer=True),
        Trouble(delay=1.5),
        Trouble(delay=0.5, lose_answer=True),
    ]
    return lambda _path, _lines: chance.choice(kinds)


def first_times(written: list[bytes]) -> dict[str, list[int]]:
    """Return for each asset its times in the order in which they were first written."""
    times: dict[str, dict[int, None]] = {}
    for line in b"".join(written).decode().splitlines():
        if line.startswith("pump,"):
            head, _, ts = line.split(" ")
            times.setdefault(head, {})[int(ts)] = None
    return {head: list(each) for head, each in times.items()}


def test_all_is_there_in_order_after_slow_lost_and_failing_answers(
    start_influx: StartInflux, influx_proxy: StartProxy, pipeline: Run, plant: Plant
) -> None:
    server = start_influx()
    proxy = influx_proxy(server.url)
    product = pipeline(proxy.url)
    before = peak_mib(product)
    plant.start()
    wait_for(lambda: stored(server), what="first samples", log=product.log)

    proxy.trouble = troubles(random.Random(9))
    time.sleep(20)
    in_trouble = proxy.writes
    proxy.trouble = lambda _path, _lines: NONE
    sent = plant.end()

    assert_all_arrives(product, server, sent)
    assert in_trouble > 10
    assert all(times == sorted(times) for times in first_times(proxy.written).values())
    assert peak_mib(product) - before < MOST_GROWTH_MIB


def test_all_that_waited_is_written_in_order_and_in_little_memory(
    start_influx: StartInflux, influx_proxy: StartProxy, pipeline: Run, mosquitto: Mosquitto
) -> None:
    server = start_influx()
    proxy = influx_proxy(server.url)
    proxy.trouble = lambda _path, _lines: Trouble(status=503)
    product = pipeline(proxy.url)
    before = peak_mib(product)
    begin = time.time_ns() // 1_000_000
    sent = {(asset, begin + row): float(row % 100) for row in range(25_000) for asset in ASSETS}

    publish_burst(mosquitto.port, backlog(begin, rows=25_000))
    wait_for(lambda: product.metric("plantroom_values_total") == 2 * len(sent), what="kept", log=product.log)
    proxy.trouble = lambda _path, _lines: Trouble(delay=0.05)

    assert_all_arrives(product, server, sent)
    assert proxy.most_at_once > 1
    assert all(times == sorted(times) for times in first_times(proxy.written).values())
    assert peak_mib(product) - before < MOST_GROWTH_MIB


def test_a_stop_while_influxdb_hangs_takes_no_longer_and_loses_nothing(
    start_influx: StartInflux, pipeline: Run, mosquitto: Mosquitto
) -> None:
    server = start_influx()
    product = pipeline(server.url)
    begin = time.time_ns() // 1_000_000
    sent = {(asset, begin + row): float(row % 100) for row in range(1000) for asset in ASSETS}
    server.hang()
    publish_burst(mosquitto.port, backlog(begin, rows=1000))
    wait_for(lambda: product.metric("plantroom_values_total") == 2 * len(sent), what="kept", log=product.log)

    seconds = product.terminate()
    server.resume()

    assert seconds < 5.0
    assert product.process.returncode == 0
    assert_all_arrives(pipeline(server.url), server, sent)


def backlog(begin: int, *, rows: int, in_one: int = 500) -> Iterator[tuple[str, bytes]]:
    """Give messages of `rows` readings of each asset."""
    for first in range(0, rows, in_one):
        for asset in ASSETS:
            readings = [
                {"ts": begin + row, "values": {"flow": float(row % 100), "pressure": 4.0}}
                for row in range(first, first + in_one)
            ]
            yield f"plantroom/v1/riverside/{asset}/telemetry", json.dumps(readings).encode()


def test_a_field_whose_type_changed_upstream_goes_to_the_dead_letters_and_poisons_nothing(
    start_influx: StartInflux,
    influx_proxy: StartProxy,
    launch: Launch,
    pipeline: Callable[[str, str], Product],
    mosquitto: Mosquitto,
    tmp_path: Path,
) -> None:
    server = start_influx()
    proxy = influx_proxy(server.url)
    begin = time.time_ns() // 1_000_000
    server.query("CREATE DATABASE plantroom")
    server.write(f'pump,asset=other,site=elsewhere flow="12.3 m3/h" {begin}', database="plantroom")
    (tmp_path / "site.yaml").write_text(SITE)
    api = launch("api", "--site", str(tmp_path / "site.yaml"), "--influx", f"{server.url}/plantroom")
    product = pipeline(proxy.url, api.url)

    for number in range(5):
        publish_burst(mosquitto.port, backlog(begin + 1000 * number, rows=100, in_one=100))
        wait_for(
            lambda: len(stored(server, "pressure")) == (number + 1) * 100 * len(ASSETS),  # noqa: B023 - asked at once
            what="pressures",
            log=product.log,
        )
    letters: list[Any] = wait_for(
        lambda: (
            len(found := api.items("/dead-letters")) == len(ASSETS)
            and sum(each["count"] for each in found) == 500 * len(ASSETS)
            and found
        ),
        what="dead letters",
        log=product.log,
    )

    assert {letter["topic"] for letter in letters} == {
        f"plantroom/v1/riverside/{asset}/telemetry" for asset in ASSETS
    }
    assert all("flow: refused by the time-series store" in letter["reason"] for letter in letters)
    assert all("field type conflict" in letter["reason"] for letter in letters)
    assert all(letter["excerpt"].startswith("flow=") for letter in letters)
    assert product.metric("plantroom_store_away") == 0
    assert product.metric("plantroom_stored_samples_total") == 500 * len(ASSETS)
