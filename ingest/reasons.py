"""Dead letters of single values: one per topic, point and fault, however many values there are."""

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.ingest.dead_letters import EXCERPT_BYTES, LetterKind, Tray, excerpt
from plantroom.ingest.pile import UNKNOWN, Readings
from plantroom.ingest.qualify import Measures, Misfit
from plantroom.mqtt.message import Received

_NAME_BYTES: Final = 64
_TEXT_BYTES: Final = 100

Rows = npt.NDArray[np.intp]


def report_unknown(
    readings: Readings, messages: Sequence[Received], tray: Tray, *, table: PointTable
) -> None:
    """Put a letter in the tray for each value whose point its asset does not have, or models derive."""
    for row in np.flatnonzero(readings.point == UNKNOWN).tolist():
        reading = readings.reading[row]
        message = messages[readings.source[reading]]
        tray.add(
            message.topic,
            _by(readings.mapping(row)) + _why_unknown(readings, row, table),
            content=message.payload,
            kind=LetterKind.VALUE,
            first=message.arrived,
            mapping=readings.mapping(row),
        )


def _why_unknown(readings: Readings, row: int, table: PointTable) -> str:
    asset = table.assets[readings.asset[readings.reading[row]]].id
    if (asset, readings.name(row)) in table.number:
        return f"{readings.name(row)}: derived by models here, never taken from a device"
    return f'unknown point "{excerpt(readings.name(row), _NAME_BYTES)}"'


def report_bad(
    readings: Readings,
    messages: Sequence[Received],
    tray: Tray,
    *,
    measures: Measures,
    rows: Rows,
    faults: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]],
) -> None:
    """Put a letter in the tray for each kind of fault among the values at `rows` of the readings.

    `faults` are quality and form of each of them.
    """
    quality, form = faults
    what = (readings.point[rows].astype(np.int64) << 16) | (quality.astype(np.int64) << 8) | form
    # A point of our own JSON has one topic; one of mappings may have several.
    kinds = np.stack((readings.origin[readings.reading[rows]].astype(np.int64), what))
    _, where, counts = np.unique(kinds, axis=1, return_inverse=True, return_counts=True)
    where = where.reshape(-1)
    order = np.argsort(where, kind="stable")
    ends = np.cumsum(counts)
    arrived = readings.arrived[readings.reading[rows[order]]]
    first = np.minimum.reduceat(arrived, ends - counts).tolist()
    last = np.maximum.reduceat(arrived, ends - counts).tolist()
    for group, member in enumerate(order[ends - 1].tolist()):
        row = int(rows[member])
        message = messages[readings.source[readings.reading[row]]]
        tray.add(
            message.topic,
            _by(readings.mapping(row)) + _reason(readings, row, measures, quality[member], form[member]),
            content=_content(message, readings.name(row), readings.raw[row]),
            kind=LetterKind.VALUE,
            first=first[group],
            last=last[group],
            count=int(counts[group]),
            mapping=readings.mapping(row),
        )


def _reason(readings: Readings, row: int, measures: Measures, quality: np.uint8, form: np.uint8) -> str:
    raw = readings.raw[row]
    if isinstance(raw, Misfit):
        return f"{readings.name(row)}: {raw.why}"
    return measures.reason(int(readings.point[row]), int(quality), int(form))


def _by(mapping: str) -> str:
    """Return what a reason begins with, to name the mapping."""
    return f"mapping {mapping}: " if mapping else ""


def _content(message: Received, name: str, raw: Any) -> bytes | str:
    """Return a payload that is text and small enough to be shown, or else the one value in question."""
    if message.content is None and len(message.payload) <= EXCERPT_BYTES:
        return message.payload
    if isinstance(raw, Misfit):
        raw = raw.raw
    if isinstance(raw, str):
        raw = excerpt(raw, _TEXT_BYTES)
    elif isinstance(raw, list | dict):
        raw = "[...]" if isinstance(raw, list) else "{...}"
    return json.dumps({"values": {name: raw}}, ensure_ascii=False)
