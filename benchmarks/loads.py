"""Harmless telemetry at a steady rate, published by a process of its own."""

import asyncio
import json
import time
from collections.abc import Iterable
from typing import Final

from brokers import PUBLISHER

from plantroom.mqtt.client import Client

TOKEN: Final = "pr_benchmark-token-0123456789abcdef0123456789abcdef"


POINTS: Final = ("flow", "pressure", "current", "vibration", "bearing_temp")


def site_file(assets: Iterable[str]) -> str:
    """Return a site file of machines with the five points that are published."""
    points = ", ".join(f"{point}: {{every: 10s}}" for point in POINTS)
    machines = [f"  - {{id: {asset}, class: machine}}" for asset in assets]
    return "\n".join(
        ["site: bench", "classes:", f"  machine: {{points: {{{points}}}}}", "assets:", *machines]
    )


def payload(bearing_temp: float) -> bytes:
    """Return telemetry of now."""
    now = time.time_ns() // 1_000_000
    values = {
        "flow": 10.0,
        "pressure": 3.0,
        "current": 20.0,
        "vibration": 1.2,
        "bearing_temp": bearing_temp,
    }
    return json.dumps({"ts": now, "values": values}).encode()


def topic(asset: str) -> str:
    """Return the telemetry topic of `asset`."""
    return f"plantroom/v1/bench/{asset}/telemetry"


async def publish_load(port: int, rate: float, *, assets: int) -> None:
    """Publish messages of assets `L-0`, `L-1`... in turn at `rate` a second until killed."""
    client = Client(f"mqtt://127.0.0.1:{port}", client_id="load", settings=PUBLISHER)
    await client.start()
    began, number = time.perf_counter(), 0
    while True:
        due = int((time.perf_counter() - began) * rate)
        while number < due:
            await client.send(topic(f"L-{number % assets}"), payload(40.0))
            number += 1
        await asyncio.sleep(0.01)
