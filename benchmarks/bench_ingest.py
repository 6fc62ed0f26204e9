"""The whole way in, beside a bare subscriber of the same client on the same broker.

Run as `python benchmarks/bench_ingest.py [--json] [--messages N] [--assets N]`. A Mosquitto holds messages
(5 values each) for the session; both drain it. Bare: receive and acknowledge in the same batches, the payload
unread. Ours: decode, qualify, journal with fsync, acknowledge, 10 rules an asset, DuckDB commit; the
clock stops when every sample is in DuckDB.
"""

import argparse
import asyncio
import gc
import json
import resource
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import httpx
import uvloop
from brokers import PUBLISHER, mosquitto
from loads import POINTS, site_file

from plantroom.domain import topics
from plantroom.domain.installation import Installation
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.health import Health
from plantroom.ingest.pipeline import Pace, Pipeline
from plantroom.ingest.store_writer import StoreWriter
from plantroom.ingest.stream import Stream
from plantroom.mqtt.client import Client
from plantroom.mqtt.message import Received
from plantroom.storage.files import load_installation
from plantroom.storage.series.duckdb_store import DuckDbStore

VALUES: Final = 5
RULES: Final = 10
CLIENT_ID: Final = "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement."""

    qos: int
    who: str
    messages_per_s: float
    values_per_s: float
    cpu_s_per_million: float
    """CPU seconds of the subscribing process per million messages."""
    ratio: float
    """Of the rate to the bare subscriber's."""


def installation_of(assets: int, folder: Path) -> Installation:
    """Return a site of so many machines with ten rules, none of which the messages trigger."""
    rules = [
        f"- {{id: rule-{n}, class: machine, when: {POINTS[n % VALUES]} > {90 + n} and {POINTS[n // 2]} > 1,"
        f" for: 10s, severity: warning, title: {{en: Rule}}}}"
        for n in range(RULES)
    ]
    (folder / "site.yaml").write_text(site_file(f"P-{number}" for number in range(assets)))
    (folder / "rules").mkdir()
    (folder / "rules" / "rules.yaml").write_text("\n".join(rules))
    return load_installation(sites=[folder / "site.yaml"], rules=[folder / "rules"])


def messages_of(count: int, assets: int) -> list[tuple[str, bytes]]:
    """Return telemetry of all assets in turn, a second apart, ending now."""
    begin = time.time_ns() // 1_000_000 - count // assets * 1_000
    found = []
    for number in range(count):
        values = {point: 10.0 + (number + shift) % 17 / 10 for shift, point in enumerate(POINTS)}
        document = {"ts": begin + number // assets * 1_000, "values": values}
        found.append((f"plantroom/v1/bench/P-{number % assets}/telemetry", json.dumps(document).encode()))
    return found


async def fill(port: int, messages: list[tuple[str, bytes]], *, qos: int) -> None:
    """Leave `messages` with the broker for a session that exists already."""
    publisher = Client(f"mqtt://127.0.0.1:{port}", client_id="publisher", settings=PUBLISHER)
    await publisher.start()
    await until(lambda: publisher.connected)
    for topic, payload in messages:
        if qos:
            await publisher.send(topic, payload)
        else:
            await publisher.publish(topic, payload, qos=0)
    await publisher.flush()
    await publisher.publish("bench/end", b"", qos=1)
    await publisher.stop()


async def subscribe_once(port: int) -> None:
    """Make the session that the broker keeps messages for."""
    client = Client(f"mqtt://127.0.0.1:{port}", client_id=CLIENT_ID, filters=[topics.TELEMETRY_FILTER])
    await client.start()
    await until(lambda: client.connected)
    await asyncio.sleep(0.2)
    await client.stop()


async def until(holds: Callable[[], bool]) -> None:
    """Return when `holds`."""
    while not holds():  # noqa: ASYNC110 - coarse on purpose: it must not take part in what is measured
        await asyncio.sleep(0.005)


async def drain_bare(port: int, count: int) -> tuple[float, float]:
    """Receive and acknowledge `count` messages unread; return seconds and CPU seconds."""
    waiting: list[Received] = []
    client = Client(
        f"mqtt://127.0.0.1:{port}",
        client_id=CLIENT_ID,
        filters=[topics.TELEMETRY_FILTER],
        on_message=waiting.append,
    )
    began, cpu = time.perf_counter(), time.process_time()
    await client.start()
    done = 0
    while done < count:
        await asyncio.sleep(Pace().batch)
        batch, waiting[:] = waiting[:], []
        client.acknowledge(batch)
        done += len(batch)
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    await client.stop()
    return seconds, used


async def drain_ours(port: int, count: int, installation: Installation, folder: Path) -> tuple[float, float]:
    """Bring `count` messages into DuckDB through the pipeline; return seconds and CPU seconds."""
    stream = Stream(installation=installation, folder=folder / "ingest")
    with closing(DuckDbStore(folder / "samples.duckdb", installation.table)) as store:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"rejected": []}))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as api:
            writer = StoreWriter(
                journal=stream.journal,
                store=store,
                cursor=folder / "stored",
                on_rejected=lambda *_: None,
            )
            pipeline = Pipeline(
                stream=stream, store_writer=writer, delivery=Delivery(stream.outbox, api), health=Health()
            )
            client = Client(
                f"mqtt://127.0.0.1:{port}",
                client_id=CLIENT_ID,
                filters=[topics.TELEMETRY_FILTER],
                on_message=pipeline.receive,
                on_state=pipeline.connection_changed,
            )
            began, cpu = time.perf_counter(), time.process_time()
            running = asyncio.create_task(pipeline.run(client))
            await until(lambda: writer.samples >= count * VALUES)
            seconds, used = time.perf_counter() - began, time.process_time() - cpu
            pipeline.stop()
            await running
    return seconds, used


async def measure(qos: int, *, count: int, assets: int) -> list[Row]:
    """Drain the same messages bare and by the pipeline."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installation = installation_of(assets, folder)
        messages = messages_of(count, assets)
        gc.collect()
        gc.freeze()  # what is prepared here is no garbage for those who are measured to look through
        for who in ("bare", "ours"):
            with mosquitto() as (port, _):
                await subscribe_once(port)
                await fill(port, messages, qos=qos)
                if who == "bare":
                    seconds, cpu = await drain_bare(port, count)
                else:
                    seconds, cpu = await drain_ours(port, count, installation, folder)
            rate = count / seconds
            bare = rows[0].messages_per_s if rows else rate
            rows.append(
                Row(
                    qos=qos,
                    who=who,
                    messages_per_s=round(rate),
                    values_per_s=round(rate * VALUES),
                    cpu_s_per_million=round(cpu / count * 1e6, 1),
                    ratio=round(rate / bare, 2),
                )
            )
    gc.unfreeze()
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--assets", type=int, default=1_000)
    given = parser.parse_args()
    rows: list[Row] = []
    for qos in (1, 0):
        rows += uvloop.run(measure(qos, count=given.messages, assets=given.assets))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if given.json:
        print(json.dumps({"benchmark": "ingest", "rows": [asdict(row) for row in rows], "peak_mib": peak}))
        return
    print(f"{'QoS':>3} {'who':>5} {'messages/s':>11} {'values/s':>10} {'CPU s/million':>14} {'ratio':>6}")
    for row in rows:
        print(
            f"{row.qos:>3} {row.who:>5} {row.messages_per_s:>11,.0f} {row.values_per_s:>10,.0f}"
            f" {row.cpu_s_per_million:>14} {row.ratio:>6}"
        )
    print(f"peak memory {peak} MiB (with {given.messages:,} prepared messages)")


if __name__ == "__main__":
    main()
