"""From a reading's publication to its work order in the event stream, beside a bare publish and receive.

Run as `python benchmarks/bench_latency.py [--json] [--rate N] [--triggers N]`. A process of its own publishes
`rate` harmless messages/s through a Mosquitto to `plantroom up`; meanwhile readings that open a work order,
each on an asset of its own, are timed until the event stream shows the order. Bare: the same readings on a
topic that a second client is subscribed to, under the same load. Milliseconds.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import uvloop
from brokers import PUBLISHER, mosquitto
from loads import TOKEN, payload, publish_load, site_file, topic

from plantroom.ingest.pipeline import Pace
from plantroom.mqtt.client import Client
from plantroom.mqtt.message import Received

LOADED_ASSETS: Final = 500
EVERY: Final = 0.1
RULES: Final = """
- {id: hot, class: machine, when: bearing_temp > 80, severity: major, title: {en: Hot},
   work_order: {priority: high}}
"""


@asynccontextmanager
async def product(port: int, triggers: int) -> AsyncIterator[str]:
    """Run `plantroom up` on the broker and give its URL."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        assets = [f"L-{n}" for n in range(LOADED_ASSETS)] + [f"T-{n}" for n in range(triggers)]
        (folder / "site.yaml").write_text(site_file(assets))
        (folder / "rules").mkdir()
        (folder / "rules" / "rules.yaml").write_text(RULES)
        command = [sys.executable, "-m", "plantroom", "up", "--site", str(folder / "site.yaml")]
        command += ["--rules", str(folder / "rules"), "--data", str(folder / "data"), "--port", "0"]
        command += ["--broker", f"mqtt://127.0.0.1:{port}", "--log-level", "error"]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=subprocess.PIPE,
            env={**os.environ, "PLANTROOM_ADMIN_TOKEN": TOKEN},
        )
        assert process.stdout is not None
        while not (line := (await process.stdout.readline()).decode()).startswith("ready: "):
            assert line, "plantroom up ended"
        yield line.removeprefix("ready: ").strip()
        process.terminate()
        await process.wait()


async def orders(url: str, seen: dict[str, float], opened: asyncio.Event) -> None:
    """Note when the event stream first shows a work order of each asset."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        httpx.AsyncClient(timeout=None, headers=headers) as client,
        client.stream("GET", f"{url}/api/v1/events?events=work_order") as events,
    ):
        opened.set()
        kind = ""
        async for line in events.aiter_lines():
            if line.startswith("event:"):
                kind = line.removeprefix("event:").strip()
            elif line.startswith("data:") and kind == "work_order":
                document = json.loads(line.removeprefix("data:"))
                seen.setdefault(document["asset"], time.perf_counter())


async def time_orders(port: int, url: str, triggers: int) -> list[float]:
    """Trigger one work order after another and return how long each took to be seen, ms."""
    seen: dict[str, float] = {}
    opened = asyncio.Event()
    watching = asyncio.create_task(orders(url, seen, opened))
    await opened.wait()
    sent = await _trigger(port, triggers)
    async with asyncio.timeout(60):
        while len(seen) < triggers:  # noqa: ASYNC110 - after the measurement
            await asyncio.sleep(0.05)
    watching.cancel()
    return [(seen[asset] - at) * 1000 for asset, at in sent.items()]


async def time_bare(port: int, triggers: int) -> list[float]:
    """Return how long the same readings take from one client to another, ms."""
    seen: dict[str, float] = {}

    def note(message: Received) -> None:
        seen.setdefault(message.topic.split("/")[4], time.perf_counter())

    subscriber = Client(
        f"mqtt://127.0.0.1:{port}", client_id="bare", filters=[f"bare/{topic('+')}"], on_message=note
    )
    await subscriber.start()
    await asyncio.sleep(0.5)
    sent = await _trigger(port, triggers, prefix="bare/")
    await asyncio.sleep(1)
    await subscriber.stop()
    return [(seen[asset] - at) * 1000 for asset, at in sent.items() if asset in seen]


async def _trigger(port: int, triggers: int, *, prefix: str = "") -> dict[str, float]:
    client = Client(f"mqtt://127.0.0.1:{port}", client_id=f"trigger{len(prefix)}", settings=PUBLISHER)
    await client.start()
    while not client.connected:  # noqa: ASYNC110 - before the measurement
        await asyncio.sleep(0.01)
    sent: dict[str, float] = {}
    for number in range(triggers):
        asset = f"T-{number}"
        sent[asset] = time.perf_counter()
        await client.send(f"{prefix}{topic(asset)}", payload(95.0))
        await asyncio.sleep(EVERY)
    await client.stop()
    return sent


def describe(values: list[float]) -> dict[str, float]:
    """Return the percentiles of times in ms."""
    percentiles = statistics.quantiles(values, n=100)
    return {"p50": round(percentiles[49], 1), "p99": round(percentiles[98], 1), "max": round(max(values), 1)}


async def measure(rate: float, triggers: int) -> dict[str, Any]:
    """Measure both under load."""
    with mosquitto() as (port, _):
        load = await asyncio.create_subprocess_exec(
            sys.executable, __file__, "--load", str(port), "--rate", str(rate)
        )
        async with product(port, triggers) as url:
            await asyncio.sleep(3)
            ours = describe(await time_orders(port, url, triggers))
            bare = describe(await time_bare(port, triggers))
        load.kill()
        await load.wait()
    ratio = round(ours["p99"] / bare["p99"], 1)
    return {"rate": rate, "batch_ms": Pace().batch * 1000, "ours": ours, "bare": bare, "ratio_p99": ratio}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rate", type=float, default=2_000)
    parser.add_argument("--triggers", type=int, default=200)
    parser.add_argument("--load", type=int, metavar="PORT", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        uvloop.run(publish_load(given.load, given.rate, assets=LOADED_ASSETS))
        return
    found = uvloop.run(measure(given.rate, given.triggers))
    if given.json:
        print(json.dumps({"benchmark": "latency", **found}))
        return
    print(f"at {found['rate']:,.0f} messages/s, batches of {found['batch_ms']:.0f} ms; milliseconds")
    print(f"{'':>28} {'p50':>7} {'p99':>7} {'max':>7}")
    for name, label in (("bare", "publish to receive, bare"), ("ours", "publish to work order seen")):
        row = found[name]
        print(f"{label:>28} {row['p50']:>7} {row['p99']:>7} {row['max']:>7}")
    print(f"ratio of p99: {found['ratio_p99']}")


if __name__ == "__main__":
    main()
