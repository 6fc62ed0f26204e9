"""Mappings of a small site, and what comes of messages."""

from pathlib import Path

from plantroom.domain.points import PointTable
from plantroom.ingest.intake import Intake, Taken
from plantroom.mqtt.message import Received
from plantroom_testing.files import loaded
from plantroom_testing.telemetry import NOW

SITE = """
site: riverside
timezone: Asia/Shanghai
assets:
  - {id: P-1, class: pump, points: {mode: {states: [off, auto, hand]}, torque: {unit: Nm}}}
  - {id: P-2, class: pump, clock: arrival}
  - {id: P-3, class: pump}
mappings:
"""


def mapped_table(folder: Path, mappings: str) -> PointTable:
    """Return the points of P-1, P-2 and P-3 with `mappings`, the lines of a YAML list."""
    lines = "".join(f"  {line}\n" for line in mappings.strip("\n").splitlines())
    return loaded(folder, SITE + lines).table


def message(topic: str, payload: str | bytes, *, arrived: int = NOW, retain: bool = False) -> Received:
    """Return a message; a text is sent as UTF-8."""
    return Received(topic, payload.encode() if isinstance(payload, str) else payload, arrived, retain=retain)


def values_of(table: PointTable, taken: Taken) -> dict[str, float]:
    """Return the good samples' values by `asset/point`."""
    batch = taken.batch
    rows = zip(batch.point.tolist(), batch.value.tolist(), batch.quality.tolist(), strict=True)
    return {"/".join(table.keys[point]): value for point, value, quality in rows if quality == 0}


def reasons_of(taken: Taken) -> list[str]:
    """Return why things could not be used."""
    return [letter.reason for letter in taken.letters]


def take(table: PointTable, topic: str, payload: str | bytes) -> tuple[dict[str, float], list[str]]:
    """Return the good values of one message by `asset/point`, and why others could not be used."""
    taken = Intake(table).take([message(topic, payload)])
    return values_of(table, taken), reasons_of(taken)
