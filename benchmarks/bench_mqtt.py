"""Our MQTT client beside others, and the embedded broker beside Mosquitto.

Run as `python benchmarks/bench_mqtt.py [--json] [--broker NAME=mqtt://HOST:PORT ...]`; `--broker` adds one
that runs already. Every client receives the same messages, queued at a Mosquitto of its own, and acknowledges
them in batches; `ratio` is to ours. Every broker carries the same messages between our clients; `ratio` is to
Mosquitto.
"""

import argparse
import asyncio
import importlib.util
import json
import logging
import struct
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import uvloop
from brokers import PUBLISHER, mosquitto
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from plantroom.mqtt.broker import Broker
from plantroom.mqtt.client import Client
from plantroom.mqtt.message import Received

MESSAGES = 40_000
CONNECTIONS = 1_000
ROUND_TRIPS = 200
BATCH_S = 0.01
FILTER = "plantroom/v1/+/+/telemetry"
PAYLOAD = json.dumps(
    {
        "ts": 1763750000000,
        "values": {"flow": 12.3, "pressure": 3.2, "current": 20.1, "vibration": 1.2, "bearing_temp": 44.0},
    }
).encode()
Receive = Callable[[int], Coroutine[Any, Any, float]]
Row = dict[str, Any]


def telemetry(number: int) -> str:
    """Return the topic of the `number`-th message."""
    return f"plantroom/v1/bench/P-{number % 1000}/telemetry"


async def fill(port: int) -> float:
    """Publish all messages, and return how many a second the broker took."""
    publisher = Client(f"mqtt://127.0.0.1:{port}", client_id="publisher", settings=PUBLISHER)
    await publisher.start()
    began = time.perf_counter()
    for number in range(MESSAGES):
        await publisher.send(telemetry(number), PAYLOAD)
    await publisher.flush()
    seconds = time.perf_counter() - began
    await publisher.stop()
    return MESSAGES / seconds


async def until(holds: Callable[[], bool]) -> None:
    """Return when `holds`."""
    while not holds():  # noqa: ASYNC110 - a benchmark of other people's clients
        await asyncio.sleep(0.005)


async def acknowledge_all(got: list[Any], acknowledge: Callable[[list[Any]], object]) -> None:
    """Acknowledge what comes in, in batches, until all came."""
    count = 0
    while count < MESSAGES:
        await asyncio.sleep(BATCH_S)
        batch = got[:]
        got.clear()
        acknowledge(batch)
        count += len(batch)


async def receive_by_ours(port: int) -> float:
    """Subscribe, go away, have the queue filled, and return the CPU seconds that receiving it took."""
    got: list[Received] = []
    client = Client(f"mqtt://127.0.0.1:{port}", client_id="bench", filters=[FILTER], on_message=got.append)
    await client.start()
    await until(lambda: client.connected)
    await asyncio.sleep(0.2)
    await client.stop()
    await fill(port)
    began = time.process_time()
    await client.start()
    await acknowledge_all(got, client.acknowledge)
    used = time.process_time() - began
    await client.stop()
    return used


async def receive_by_paho(port: int) -> float:
    """Do the same by paho, which runs on our event loop and acknowledges by hand."""
    loop = asyncio.get_running_loop()
    got: list[paho.MQTTMessage] = []

    def connect() -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2, "bench", protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True
        )
        client.on_socket_open = lambda c, _, sock: loop.add_reader(sock, c.loop_read)
        client.on_socket_close = lambda _, __, sock: (loop.remove_reader(sock), None)[1]
        client.on_socket_register_write = lambda c, _, sock: loop.add_writer(sock, c.loop_write)
        client.on_socket_unregister_write = lambda _, __, sock: (loop.remove_writer(sock), None)[1]
        client.on_message = lambda _, __, message: got.append(message)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval, properties.ReceiveMaximum = 3600, 65535
        client.connect("127.0.0.1", port, clean_start=False, properties=properties)
        return client

    client = connect()
    await asyncio.sleep(0.2)
    client.subscribe(FILTER, 1)
    await asyncio.sleep(0.2)
    client.disconnect()
    await asyncio.sleep(0.2)
    await fill(port)
    began = time.process_time()
    client = connect()
    await acknowledge_all(got, lambda batch: [client.ack(message.mid, 1) for message in batch])
    used = time.process_time() - began
    client.disconnect()
    return used


async def receive_by_gmqtt(port: int) -> float:
    """Do the same by gmqtt, which acknowledges when a coroutine, one for each message, returns."""
    import gmqtt

    logging.getLogger("gmqtt").setLevel(logging.CRITICAL)
    got: list[asyncio.Future[int]] = []

    async def on_message(*_: object) -> int:
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        got.append(answer)
        return await answer

    def create() -> Any:
        client = gmqtt.Client(
            "bench",
            clean_session=False,
            optimistic_acknowledgement=False,
            session_expiry_interval=3600,
            receive_maximum=65535,
        )
        client.on_message = on_message
        return client

    client = create()
    await client.connect("127.0.0.1", port)
    client.subscribe(FILTER, qos=1)
    await asyncio.sleep(0.2)
    await client.disconnect()
    await fill(port)
    began = time.process_time()
    client = create()
    await client.connect("127.0.0.1", port)
    await acknowledge_all(got, lambda batch: [answer.set_result(0) for answer in batch])
    used = time.process_time() - began
    await client.disconnect()
    return used


def measure_clients() -> list[Row]:
    """Return one row for each client; on one core CPU seconds say how many messages a second it can take."""
    clients: dict[str, Receive] = {"ours": receive_by_ours, "paho": receive_by_paho}
    if importlib.util.find_spec("gmqtt"):
        clients["gmqtt"] = receive_by_gmqtt
    rows: list[Row] = []
    for name, receive in clients.items():
        with mosquitto() as (port, _):
            used = uvloop.run(receive(port))
        rate = MESSAGES / used
        rows.append(
            {
                "client": name,
                "messages_per_cpu_s": round(rate),
                "cpu_s_per_million": round(1e6 / rate, 2),
                "ratio": round(rate / rows[0]["messages_per_cpu_s"], 3) if rows else 1.0,
            }
        )
    return rows


async def measure_broker(name: str, port: int, pid: int | None) -> Row:
    """Carry all messages from one client to another, then one at a time, then take many connections."""
    got: list[Received] = []
    arrived = asyncio.Event()

    def take(message: Received) -> None:
        got.append(message)
        arrived.set()

    url = f"mqtt://127.0.0.1:{port}"
    client = Client(url, client_id="subscriber", filters=[FILTER], on_message=take)
    await client.start()
    await until(lambda: client.connected)
    await asyncio.sleep(0.2)
    began = time.perf_counter()
    filling = asyncio.create_task(fill(port))
    await acknowledge_all(got, client.acknowledge)
    through = MESSAGES / (time.perf_counter() - began)
    published = await filling
    trips = []
    for _ in range(ROUND_TRIPS):
        arrived.clear()
        began = time.perf_counter()
        await client.publish(telemetry(0), PAYLOAD)
        await arrived.wait()
        trips.append((time.perf_counter() - began) * 1000)
        client.acknowledge(got)
        got.clear()
    await client.stop()
    trips.sort()
    return {
        "broker": name,
        "through_per_s": round(through),
        "published_per_s": round(published),
        "round_trip_ms_p50": round(trips[ROUND_TRIPS // 2], 2),
        "round_trip_ms_p99": round(trips[ROUND_TRIPS * 99 // 100], 2),
        "connect_1000_s": round(await connect_many(port), 2),
        "memory_mib": None if pid is None else resident_mib(pid),
    }


async def connect_many(port: int) -> float:
    """Return the seconds until many clients at once are accepted."""
    began = time.perf_counter()
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    for number, (_, writer) in enumerate(streams):
        identity = b"c%04d" % number
        writer.write(b"\x10\x11\x00\x04MQTT\x04\x02\x00\x3c" + struct.pack(">H", len(identity)) + identity)
    for reader, _ in streams:
        assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
    seconds = time.perf_counter() - began
    for _, writer in streams:
        writer.close()
    return seconds


def resident_mib(pid: int) -> int:
    """Return the memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


async def measure_embedded() -> Row:
    """Measure the embedded broker."""
    async with Broker(port=0) as broker:
        process = broker._process  # noqa: SLF001 - its memory is measured from outside
        return await measure_broker("embedded", broker.port, process.pid if process else None)


def measure_brokers(others: dict[str, str]) -> list[Row]:
    """Return one row for each broker, Mosquitto first."""
    with mosquitto() as (port, pid):
        rows = [uvloop.run(measure_broker("mosquitto", port, pid))]
    rows.append(uvloop.run(measure_embedded()))
    for name, url in others.items():
        rows.append(uvloop.run(measure_broker(name, int(url.rsplit(":", 1)[1]), None)))
    for row in rows:
        row["ratio"] = round(row["through_per_s"] / rows[0]["through_per_s"], 3)
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--broker", action="append", default=[], metavar="NAME=URL")
    options = parser.parse_args()
    result = {
        "clients": measure_clients(),
        "brokers": measure_brokers(dict(entry.split("=", 1) for entry in options.broker)),
    }
    if options.json:
        print(json.dumps(result))
        return
    for rows in result.values():
        print(" | ".join(rows[0]))
        for row in rows:
            print(" | ".join(str(value) for value in row.values()))
        print()


if __name__ == "__main__":
    main()
