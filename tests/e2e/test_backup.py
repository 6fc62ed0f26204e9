"""The original is destroyed; what was backed up while it ran is all there."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from plantroom_testing.counting import TOPIC, Publisher, now_ms, stored, telemetry
from plantroom_testing.files import options_of
from plantroom_testing.influx import InfluxServer
from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.mqtt import publish_burst
from plantroom_testing.postgres import PostgresServer
from plantroom_testing.product import ADMIN_TOKEN, Launch, Product, wait_for

SITE = """
site: riverside
assets:
  - {id: P-101, class: pump}
  - {id: P-102, class: pump}
  - {id: P-103, class: pump}
"""
RULES = """
- {id: vibration-high, class: pump, when: vibration > 4.0, severity: warning, title: {en: High},
   work_order: {priority: high, skill: mechanical}}
- {id: hot, class: pump, when: bearing_temp > 80, severity: major, title: {en: Hot}}
"""
PATHS = ("/alarms", "/work-orders", "/rule-overrides", "/dead-letters")


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return options_of(tmp_path, SITE, RULES)


@pytest.fixture
def influx(tmp_path: Path) -> Iterator[InfluxServer]:
    server = InfluxServer(tmp_path / "influx")
    server.start()
    yield server
    server.kill()


def plantroom(*arguments: str | Path, status: int = 0) -> str:
    """Run the command to its end and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "plantroom", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PLANTROOM_ADMIN_TOKEN": ADMIN_TOKEN},
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What happened before the backup, and what people then saw."""

    token: str
    seen: dict[str, Any]
    sent: list[tuple[int, float]]


def seen_by_people(api: Product) -> dict[str, Any]:
    """Return what people see, but not whether a condition is unknown: readings go stale with time."""
    lists: dict[str, Any] = {path: api.get(path)["items"] for path in PATHS}
    for alarm in lists["/alarms"]:
        del alarm["reason"], alarm["unknown_since"]
    return lists


def live_through(api: Product, pipeline: Product, mosquitto: Mosquitto, *where: str | Path) -> Past:
    """Let things happen; all of it is accepted and reported on return."""
    token = plantroom("token", "create", "--role", "operator", "--name", "Li Wei", *where).strip()
    httpx.put(
        f"{api.url}/api/v1/assets/P-103/rules/hot",
        json={"enabled": False, "reason": "being replaced"},
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
    ).raise_for_status()
    publish_burst(mosquitto.port, [telemetry(now_ms(), vibration=5.5, bearing_temp=95.0)])
    publish_burst(mosquitto.port, [(TOPIC.format(asset="P-101"), b"no json")])
    wait_for(lambda: len(api.items("/alarms")) == 2, what="alarms", log=pipeline.log)
    wait_for(lambda: api.items("/work-orders"), what="order", log=api.log)
    wait_for(lambda: api.items("/dead-letters"), what="dead letter", log=api.log)
    hot = next(alarm for alarm in api.items("/alarms") if alarm["rule"] == "hot")
    api.post(f"/alarms/{hot['id']}/ack", {"comment": "on my way"})
    publisher = Publisher(mosquitto.port, rate=1_000, asset="P-102")
    publisher.start()
    time.sleep(2)
    sent = publisher.end()
    wait_for(lambda: accepted(pipeline) >= len(sent) + 2, what="all accepted", log=pipeline.log)
    return Past(token=token, seen=seen_by_people(api), sent=sent)


def accepted(pipeline: Product) -> int:
    return int(pipeline.metric("plantroom_messages_total"))


def backed_up_under_load(
    pipeline: Product, mosquitto: Mosquitto, archive: Path, *where: str | Path
) -> tuple[int, list[tuple[int, float]]]:
    """Back up while readings come; return how many of them were accepted before, and all there were."""
    others = accepted(pipeline)
    publisher = Publisher(mosquitto.port, rate=500, asset="P-103")
    publisher.start()
    wait_for(lambda: accepted(pipeline) > others + 200, what="load", log=pipeline.log)
    before = accepted(pipeline) - others
    plantroom("backup", archive, *where)
    wait_for(lambda: accepted(pipeline) > others + before + 500, what="load goes on", log=pipeline.log)
    sent = publisher.end()
    wait_for(lambda: accepted(pipeline) >= others + len(sent), what="all accepted", log=pipeline.log)
    return before, sent


def assert_all_is_there(
    api: Product, past: Past, *, before: int, under_load: list[tuple[int, float]]
) -> None:
    me = httpx.get(f"{api.url}/api/v1/session", headers={"Authorization": f"Bearer {past.token}"}).json()
    wait_for(
        lambda: len(stored(api, asset="P-102")) >= len(past.sent), what="samples", log=api.log, patience=120
    )
    wait_for(lambda: len(stored(api, asset="P-103")) >= before, what="samples under load", log=api.log)
    time.sleep(1)
    meanwhile = stored(api, asset="P-103")

    assert me["name"] == "Li Wei"
    for path, items in seen_by_people(api).items():
        assert items == past.seen[path]
    assert stored(api, asset="P-102") == past.sent
    assert meanwhile == under_load[: len(meanwhile)]
    assert before <= len(meanwhile) < len(under_load)


def assert_the_engine_goes_on(api: Product, past: Past, mosquitto: Mosquitto) -> None:
    """What was active is known to be: it clears, and is no alarm anew."""
    publish_burst(mosquitto.port, [telemetry(now_ms(), vibration=5.6, bearing_temp=50.0)])
    wait_for(lambda: any(alarm["cleared_at"] for alarm in api.items("/alarms")), what="cleared", log=api.log)
    ids = {alarm["rule"]: alarm["id"] for alarm in past.seen["/alarms"]}

    found = {(alarm["rule"], alarm["id"], alarm["active"]) for alarm in api.items("/alarms")}

    assert found == {("hot", ids["hot"], False), ("vibration-high", ids["vibration-high"], True)}
    assert [alarm["activations"] for alarm in api.items("/alarms")] == [1, 1]
    assert len(api.items("/work-orders")) == len(past.seen["/work-orders"])


def test_an_embedded_product_that_was_destroyed_is_as_it_was(
    launch: Launch, files: list[str], mosquitto: Mosquitto, tmp_path: Path
) -> None:
    data, archive = tmp_path / "data", tmp_path / "plant.tar.gz"
    product = launch("up", *files, "--broker", mosquitto.url)
    past = live_through(product, product, mosquitto, "--data", data)
    before, under_load = backed_up_under_load(product, mosquitto, archive, "--data", data)
    refused = plantroom("restore", archive, "--data", data, "--force", status=1)
    product.kill()
    shutil.rmtree(data)

    told = json.loads(plantroom("restore", archive, "--data", data, "--json"))
    again = launch("up", *files, "--broker", mosquitto.url)

    assert "in use by process" in refused
    assert (told["counts"]["alarms"], told["counts"]["work_orders"], told["before"]) == (2, 1, [])
    assert told["counts"]["sample_rows"] > 0
    assert_all_is_there(again, past, before=before, under_load=under_load)
    assert_the_engine_goes_on(again, past, mosquitto)
    assert again.terminate() < 5


@pytest.fixture
def deployed(
    launch: Launch, files: list[str], mosquitto: Mosquitto, influx: InfluxServer
) -> Callable[[str], tuple[Product, Product]]:
    """Run the API and the pipeline as processes of their own, the records at a URL."""

    def run(database: str) -> tuple[Product, Product]:
        at = ["--influx", f"{influx.url}/plantroom"]
        api = launch("api", *files, *at, "--database", database)
        pipeline = launch(
            "ingest",
            *[*files, *at, "--broker", mosquitto.url, "--api", api.url],
            environment={"PLANTROOM_API_TOKEN": ADMIN_TOKEN},
        )
        return api, pipeline

    return run


def test_a_deployed_product_that_was_destroyed_is_as_it_was(
    deployed: Callable[[str], tuple[Product, Product]],
    mosquitto: Mosquitto,
    influx: InfluxServer,
    postgres: PostgresServer,
    tmp_path: Path,
) -> None:
    data, archive = tmp_path / "data", tmp_path / "plant.tar.gz"
    first, second = (postgres.create_database() for _ in range(2))
    samples: list[str | Path] = ["--data", data, "--influx", f"{influx.url}/plantroom"]
    plantroom("influx", "setup", "--influx", f"{influx.url}/plantroom")
    api, pipeline = deployed(postgres.url(first))
    records = ["--database", postgres.url(first)]
    past = live_through(api, pipeline, mosquitto, *records)
    before, under_load = backed_up_under_load(pipeline, mosquitto, archive, *samples, *records)
    pipeline.kill()
    refused = plantroom("restore", archive, *samples, *records, "--force", status=1)
    api.kill()
    postgres.drop_database(first)
    influx.query("DROP DATABASE plantroom")
    shutil.rmtree(data)
    plantroom("influx", "setup", "--influx", f"{influx.url}/plantroom")

    plantroom("restore", archive, *samples, "--database", postgres.url(second))
    api, pipeline = deployed(postgres.url(second))

    assert "in use by process" in refused
    assert_all_is_there(api, past, before=before, under_load=under_load)
    assert_the_engine_goes_on(api, past, mosquitto)


def test_a_backup_onto_a_full_disk_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "target"
    plantroom("token", "create", "--role", "viewer", "--data", data)
    target.mkdir()
    script = (
        f"mount -t tmpfs -o size=256k tmpfs {target}; "
        f"{sys.executable} -m plantroom backup {target}/plant.tar.gz --data {data}; "
        f"echo status $?; ls -A {target}"
    )

    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.stdout == "status 1\n"
    assert "records.sqlite cannot be copied to a disk with " in done.stderr
