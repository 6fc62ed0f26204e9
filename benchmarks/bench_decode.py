"""From payload bytes to qualified columns, beside parsing alone.

Run as `python benchmarks/bench_decode.py [--json]`. Times are medians of CPU time on one core; every ratio is
of messages per second to those of parsing the same payloads and nothing else: by `msgspec` to typed objects,
by `json` where they are mapped, by protobuf where they are Sparkplug's.
"""

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from plantroom.domain.mapping import MappedPoint, PayloadMapping, TimeField, TimeForm
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset, Point, Site
from plantroom.domain.sparkplug import Sparkplug
from plantroom.domain.topic_pattern import TopicPattern
from plantroom.domain.topics import telemetry
from plantroom.ingest.decode import decode_strictly
from plantroom.ingest.intake import Intake
from plantroom.ingest.sparkplug.host import Host
from plantroom.mqtt.message import Received
from plantroom.mqtt.sparkplug.payload import DataType, Metric, Payload, encode
from plantroom.mqtt.sparkplug.schema import PayloadMessage
from plantroom.mqtt.sparkplug.topics import Kind, NodeId, Topic

ASSETS = 5_000
MESSAGES = 60_000
PER_BATCH = 2_000
DEVICES = 100
"""Of each edge node."""
START = 1_763_750_000_000
POINTS = tuple(
    Point(name=name, low=0, high=500) for name in ("flow", "pressure", "current", "vibration", "bearing_temp")
)


GATEWAY = PayloadMapping(
    name="gateway",
    topic=TopicPattern.parse("gw/+/modbus/{asset}"),
    time=TimeField(path="ts", form=TimeForm.MILLISECONDS),
    points=(
        MappedPoint(name="pressure", path="values.pressure", scale=0.1),
        *(
            MappedPoint(name=point.name, path=f"values.{point.name}")
            for point in POINTS
            if point.name != "pressure"
        ),
    ),
)


def table() -> PointTable:
    """Return one site of pumps, and a mapping of what gateways say of them."""
    pumps = tuple(Asset(id=f"P-{number}", asset_class="pump", points=POINTS) for number in range(ASSETS))
    return PointTable(
        (Site(id="bench", assets=pumps, sparkplug=Sparkplug(groups=("bench",)), mappings=(GATEWAY,)),)
    )


def message(number: int, payload: str) -> Received:
    """Return the `number`-th message; the assets report in turn."""
    topic = telemetry(site="bench", asset=f"P-{number % ASSETS}")
    return Received(topic, payload.encode(), START + number + 20)


def good(number: int) -> Received:
    """Return a message of five good values."""
    steady = '"current":41.5,"vibration":1.7,"bearing_temp":54.3'
    values = f'"flow":{number % 500}.25,"pressure":3.{number % 90},{steady}'
    return message(number, f'{{"ts":{START + number},"values":{{{values}}}}}')


def mapped(number: int) -> Received:
    """Return the same five good values as a gateway sends them."""
    return good(number)._replace(topic=f"gw/{number % ASSETS % 7}/modbus/P-{number % ASSETS}")


def with_nan(number: int) -> Received:
    """Return a message whose JSON is none because one of its five values is NaN."""
    received = good(number)
    return received._replace(payload=received.payload.replace(b"41.5", b"NaN"))


def garbage(number: int) -> Received:
    """Return a message that cannot be read."""
    return message(number, f"flow={number}")


def edge_nodes() -> tuple[list[Received], list[list[Received]]]:
    """Return the births of edge nodes of 100 devices each, and batches of their data: five aliases each."""
    seq = [0] * (ASSETS // DEVICES)
    births, data = [], []
    for node in range(len(seq)):
        births.append(said(Kind.NBIRTH, node, "", [], seq))
        for device in range(node * DEVICES, (node + 1) * DEVICES):
            metrics = [
                Metric(each.name, alias, 1.0, START, DataType.DOUBLE) for alias, each in enumerate(POINTS)
            ]
            births.append(said(Kind.DBIRTH, node, f"P-{device}", metrics, seq))
    for number in range(MESSAGES):
        device = number % ASSETS
        metrics = [Metric(None, alias, number % 500 + 0.25, START + number) for alias in range(len(POINTS))]
        metrics = [metric._replace(datatype=DataType.DOUBLE) for metric in metrics]
        data.append(said(Kind.DDATA, device // DEVICES, f"P-{device}", metrics, seq, number=number))
    return births, [data[at : at + PER_BATCH] for at in range(0, MESSAGES, PER_BATCH)]


def said(
    kind: Kind, node: int, device: str, metrics: list[Metric], seq: list[int], *, number: int = 0
) -> Received:
    """Return what an edge node says next."""
    payload = encode(Payload(metrics, ts=START + number, seq=seq[node]))
    seq[node] = (seq[node] + 1) % 256
    return Received(str(Topic(kind, NodeId("bench", f"n{node}"), device)), payload, START + number + 20)


def host_of(births: Sequence[Received]) -> Host:
    """Return a host application that knows the edge nodes."""
    host = Host(table(), reorder=2000)
    for birth in births:
        host.take(birth)
    return host


def read(host: Host, given: Sequence[Sequence[Received]]) -> list[list[Received]]:
    """Have every message read by the host application."""
    return [[each for received in batch for each in host.take(received)] for batch in given]


def batches(make: Callable[[int], Received], *, first: int = 0) -> list[list[Received]]:
    """Return the messages from `first` on, in batches."""
    numbers = range(first, first + MESSAGES)
    return [[make(number) for number in numbers[at : at + PER_BATCH]] for at in range(0, MESSAGES, PER_BATCH)]


def seconds(run: Callable[[], object]) -> float:
    """Return the CPU time of `run`."""
    gc.collect()
    start = time.process_time()
    run()
    return time.process_time() - start


def parse(given: Sequence[Sequence[Received]], decode: Callable[[bytes], object]) -> None:
    """Decode every payload and forget it."""
    for batch in given:
        for received in batch:
            decode(received.payload)


def take(intake: Intake, given: Sequence[Sequence[Received]]) -> None:
    """Take every batch."""
    for batch in given:
        intake.take(batch)


def measure(repeats: int) -> dict[str, dict[str, float]]:
    """Return messages and values per second and the ratio to parsing alone, by case."""
    ordinary, nan, bad, foreign = batches(good), batches(with_nan), batches(garbage), batches(mapped)
    births, spoken = edge_nodes()
    times: dict[str, list[float]] = {}
    for _ in range(repeats):
        host, other_host, other_intake = host_of(births), host_of(births), Intake(table())
        intake = Intake(table())
        cases: dict[str, Callable[[], object]] = {
            "msgspec alone": lambda: parse(ordinary, decode_strictly),
            "json alone": lambda: parse(ordinary, json.loads),
            "taken": lambda intake=intake: take(intake, ordinary),  # type: ignore[misc]
            "taken again": lambda intake=intake: take(intake, ordinary),  # type: ignore[misc]
            "with NaN": lambda: take(Intake(table()), nan),
            "garbage": lambda: take(Intake(table()), bad),
            "mapped": lambda: take(Intake(table()), foreign),
            "protobuf alone": lambda: parse(spoken, PayloadMessage.FromString),
            "sparkplug read": lambda host=host: read(host, spoken),  # type: ignore[misc]
            "sparkplug taken": lambda host=other_host, intake=other_intake: take(  # type: ignore[misc]
                intake, read(host, spoken)
            ),
        }
        for name, run in cases.items():
            times.setdefault(name, []).append(seconds(run))
    medians = {name: statistics.median(measured) for name, measured in times.items()}
    return {name: figures(taken, medians[baseline_of(name)]) for name, taken in medians.items()}


def baseline_of(name: str) -> str:
    """Return the case that a case is compared with."""
    if name == "mapped":
        return "json alone"
    return "protobuf alone" if name.startswith(("protobuf", "sparkplug")) else "msgspec alone"


def figures(taken: float, alone: float) -> dict[str, float]:
    """Return the figures of one case from its CPU time and that of parsing alone."""
    return {
        "messages_per_s": round(MESSAGES / taken),
        "values_per_s": round(MESSAGES * len(POINTS) / taken),
        "ratio": round(alone / taken, 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    cases = measure(arguments.repeats)
    if arguments.json:
        document: dict[str, Any] = {"benchmark": "decode", "messages": MESSAGES, "cases": cases}
        print(json.dumps(document, indent=2))
        return
    for name, case in cases.items():
        print(
            f"{name:16} {case['messages_per_s']:>9,} messages/s {case['values_per_s']:>10,} values/s", end=""
        )
        print(f"  {case['ratio']:.2f} of {baseline_of(name)}")


if __name__ == "__main__":
    main()
