"""The load generator beside a bare publisher of packets encoded beforehand, on the same Mosquitto.

Run as `python benchmarks/bench_load.py [--json] [--seconds S] [--rounds N]`. Both speak MQTT 5 to a broker
without subscribers, from 10,000 assets, with as many values in each message; `ratio` is the generator's
messages a second to the bare one's, and the best of the rounds counts for both, since others use the machine
too.
`cpu_us` is what a message costs us in processor time.
"""

import argparse
import asyncio
import json
import time
from itertools import count, islice
from typing import Any, Final, cast

import uvloop
from brokers import PUBLISHER, mosquitto

from plantroom.mqtt import packets
from plantroom.mqtt.client import Client
from plantroom.mqtt.packets import Version
from plantroom.simulators.load import Load, Sent, messages, run
from plantroom.simulators.publishing import SystemClock

SLICE: Final = 250
Row = dict[str, Any]


class Bare(asyncio.Protocol):
    """Writes packets that are there already, as fast as the broker takes them."""

    def __init__(self, encoded: list[bytes], *, qos: int) -> None:
        self.sent = 0
        self._encoded = encoded
        self._qos = qos
        self._window = 0
        self._acknowledged = 0
        self._writable = asyncio.Event()
        self._accepted = asyncio.Event()
        self._transport: asyncio.Transport
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say CONNECT."""
        self._transport = cast("asyncio.Transport", transport)
        self._writable.set()
        self._transport.write(
            packets.connect(
                version=Version.V5,
                client_id="bare",
                keepalive=60,
                clean_start=True,
                session_expiry=0,
                receive_maximum=65535,
            )
        )

    def data_received(self, data: bytes) -> None:
        """Take CONNACK, then count the PUBACKs: of four bytes, or five or six with a reason."""
        if not self._accepted.is_set():
            answer = packets.read_connack(Version.V5, data[2 : 2 + data[1]])
            self._window = answer.receive_maximum
            self._accepted.set()
            return
        data = self._pending + data
        at = 0
        while len(data) - at >= 2 and len(data) - at >= 2 + data[at + 1]:
            self._acknowledged += data[at] == packets.PUBACK
            at += 2 + data[at + 1]
        self._pending = data[at:]
        self._fill()

    def pause_writing(self) -> None:
        """Note that the broker does not read as fast."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Note that it has caught up."""
        self._writable.set()

    async def publish(self, seconds: float) -> float:
        """Publish for so long, and return the messages a second."""
        await self._accepted.wait()
        began = time.perf_counter()
        if self._qos:
            self._fill()
            await asyncio.sleep(seconds)
            done = self._acknowledged
        else:
            while time.perf_counter() - began < seconds:
                await self._writable.wait()
                self._write(SLICE)
                await asyncio.sleep(0)
            done = self.sent
        rate = done / (time.perf_counter() - began)
        self._transport.abort()
        return rate

    def _fill(self) -> None:
        room = self._window - (self.sent - self._acknowledged)
        if self._qos and room > 0 and not self._transport.is_closing():
            self._write(room)

    def _write(self, number: int) -> None:
        start = self.sent % len(self._encoded)
        piece = self._encoded[start : start + number]
        self._transport.write(b"".join(piece))
        self.sent += len(piece)


def encode(load: Load) -> list[bytes]:
    """Return one packet for each asset."""
    return [
        packets.publish(
            Version.V5,
            topic,
            payload,
            flags=packets.QOS_1 if load.qos else 0,
            packet_id=number if load.qos else 0,
        )
        for number, (topic, payload) in zip(
            count(1), islice(messages(load, SystemClock()), load.assets), strict=False
        )
    ]


async def measure_bare(port: int, load: Load) -> float:
    """Return the messages a second of the bare publisher."""
    loop = asyncio.get_running_loop()
    bare = Bare(encode(load), qos=load.qos)
    await loop.create_connection(lambda: bare, "127.0.0.1", port)
    return await bare.publish(load.seconds)


async def measure_load(port: int, load: Load) -> float:
    """Return the messages a second of the load generator."""
    client = Client(f"mqtt://127.0.0.1:{port}", client_id="load", settings=PUBLISHER)
    await client.start()
    while not client.connected:  # noqa: ASYNC110 - once, before the measurement
        await asyncio.sleep(0.01)
    sent = Sent()
    await run(load, client, clock=SystemClock(), sent=sent)
    rate = (sent.messages - client.in_flight) / sent.seconds
    await client.stop()
    return rate


def measure(seconds: float, rounds: int) -> list[Row]:
    """Return one row for each quality of service and batch."""
    return [
        measure_one(Load(qos=qos, batch=batch, seconds=seconds), rounds)
        for qos, batch in ((0, 1), (1, 1), (1, 10))
    ]


def measure_one(load: Load, rounds: int) -> Row:
    """Let both publish in turn, and return the best of each."""
    bare, ours, cost = 0.0, 0.0, float("inf")
    with mosquitto() as (port, _):
        for _ in range(rounds):
            bare = max(bare, uvloop.run(measure_bare(port, load)))
            cpu = time.process_time()
            rate = uvloop.run(measure_load(port, load))
            cost = min(cost, 1e6 * (time.process_time() - cpu) / (rate * load.seconds))
            ours = max(ours, rate)
    return {
        "qos": load.qos,
        "batch": load.batch,
        "bare_per_s": round(bare),
        "load_per_s": round(ours),
        "values_per_s": round(ours * load.batch * load.values),
        "cpu_us": round(cost, 2),
        "ratio": round(ours / bare, 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = measure(options.seconds, options.rounds)
    if options.json:
        print(json.dumps({"load": rows}))
        return
    print(" | ".join(rows[0]))
    for row in rows:
        print(" | ".join(str(value) for value in row.values()))


if __name__ == "__main__":
    main()
