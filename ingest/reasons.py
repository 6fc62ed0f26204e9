"""Dead letters of single values: one per topic, point and fault, however many values there are."""

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.ingest.dead_letters import EXCERPT_BYTES, LetterKind, Tray, excerpt
from plantroom.ingest.qualify import Measures
from plantroom.ingest.read import UNKNOWN, Readings
from plantroom.mqtt.message import Received

_NAME_BYTES: Final = 64
_TEXT_BYTES: Final = 100

Rows = npt.NDArray[np.intp]


def report_unknown(readings: Readings, messages: Sequence[Received], tray: Tray) -> None:
    """Put a letter in the tray for each value whose point its asset does not have."""
    for row in np.flatnonzero(readings.point == UNKNOWN).tolist():
        reading = readings.reading[row]
        message = messages[readings.source[reading]]
        tray.add(
            message.topic,
            f'unknown point "{excerpt(readings.names[row], _NAME_BYTES)}"',
            content=message.payload,
            kind=LetterKind.VALUE,
            first=message.arrived,
        )


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
    kinds = (readings.point[rows].astype(np.int64) << 16) | (quality.astype(np.int64) << 8) | form
    _, where, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    for kind, count in enumerate(counts.tolist()):
        members = np.flatnonzero(where == kind)
        last = members[-1]
        row = rows[last]
        arrived = readings.arrived[readings.reading[rows[members]]]
        message = messages[readings.source[readings.reading[row]]]
        tray.add(
            message.topic,
            measures.reason(int(readings.point[row]), int(quality[last]), int(form[last])),
            content=_content(message.payload, readings.names[row], readings.raw[row]),
            kind=LetterKind.VALUE,
            first=int(arrived.min()),
            last=int(arrived.max()),
            count=count,
        )


def _content(payload: bytes, name: str, raw: Any) -> bytes | str:
    """Return a payload that is small enough to be shown, or else the one value in question."""
    if len(payload) <= EXCERPT_BYTES:
        return payload
    if isinstance(raw, str):
        raw = excerpt(raw, _TEXT_BYTES)
    elif isinstance(raw, list | dict):
        raw = "[...]" if isinstance(raw, list) else "{...}"
    return json.dumps({"values": {name: raw}}, ensure_ascii=False)
