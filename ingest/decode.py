"""Payloads of contract 4.1: bytes to readings, one per JSON object."""

import json
import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from plantroom.domain.report import from_rfc3339

EARLIEST: Final = 946_684_800_000
"""2000-01-01; an older time is the time of no device, ms since the epoch."""
LATEST: Final = 4_102_444_800_000
"""2100-01-01; this or a newer time is the time of no device, ms since the epoch."""

# What `fromisoformat` takes beyond RFC 3339 changes from one Python to the next.
_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_LEAP_SECOND: Final = ":60"
_NO_TIME: Final = "ts: expected integer milliseconds or RFC 3339 text with an offset"

_Instant = Annotated[int, msgspec.Meta(ge=EARLIEST, lt=LATEST)]


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What one object of a payload says."""

    values: dict[str, float | bool | str | None]
    """By point name; out of the tolerant decoder also lists and dicts."""
    ts: _Instant | str | None = None
    """When it was measured, ms since the epoch or RFC 3339 text; None: when it arrives."""
    historical: bool = False


decode_strictly: Final = msgspec.json.Decoder(Reading | list[Reading]).decode
"""Decode what follows the contract to the letter; all else raises one of `REFUSALS`."""

REFUSALS: Final = (msgspec.MsgspecError, ValueError, RecursionError)


class Unreadable(ValueError):
    """A payload, or one object of it, that says nothing; the message is a dead letter's reason."""


def decode_tolerantly(payload: bytes, *, by_arrival: bool = False) -> tuple[list[Reading], list[str]]:
    """Return what can be made of a payload that the strict decoder refused, and why the rest cannot.

    Takes NaN, Infinity, numbers beyond float64, a byte order mark, `ts` as a float, and values that are
    no value of any point; `by_arrival` ignores the `ts` of live readings, whatever it is. Never raises.
    """
    try:
        document = parse(payload)
    except Unreadable as error:
        return [], [str(error)]
    readings: list[Reading] = []
    reasons: list[str] = []
    for item in document if isinstance(document, list) else [document]:
        try:
            readings.append(_reading(item, by_arrival=by_arrival))
        except Unreadable as error:
            reasons.append(str(error))
    return readings, reasons


def instant(ts: str) -> int:
    """Return RFC 3339 text as ms since the epoch.

    Raises:
        Unreadable: it is none, or of another age.
    """
    text = ts.strip().upper()
    if _RFC_3339.fullmatch(text) is None:
        raise Unreadable(_NO_TIME)
    if text[16:19] == _LEAP_SECOND:
        return instant(f"{text[:16]}:59{text[19:]}") + 1000
    try:
        ms = from_rfc3339(text)
    except (ValueError, OverflowError):
        raise Unreadable(_NO_TIME) from None
    return of_this_age(ms)


def parse(payload: bytes) -> Any:
    """Return the JSON document of a payload, which may have NaN, Infinity and a byte order mark.

    Raises:
        Unreadable: it has none.
    """
    if not payload.strip():
        raise Unreadable("payload is empty")
    try:
        return json.loads(payload.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("payload is not UTF-8") from None
    except ValueError:
        raise Unreadable("payload is not JSON") from None
    except RecursionError:
        raise Unreadable("payload is nested too deeply") from None


def _reading(item: object, *, by_arrival: bool) -> Reading:
    if not isinstance(item, dict):
        raise Unreadable(f"expected an object or an array of objects, got {_what(item)}")
    values = item.get("values")
    if not isinstance(values, dict):
        what = f"expected an object, got {_what(values)}" if "values" in item else "missing"
        raise Unreadable(f"values: {what}")
    historical = _historical(item.get("historical"))
    return Reading(
        values={name: _value(value) for name, value in values.items()},
        ts=None if by_arrival and not historical else _ts(item.get("ts")),
        historical=historical,
    )


def _value(value: Any) -> Any:
    if type(value) is not int:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _ts(ts: object) -> int | str | None:
    if ts is None or isinstance(ts, str):
        return ts
    if isinstance(ts, bool) or not isinstance(ts, int | float) or not math.isfinite(_value(ts)):
        raise Unreadable(_NO_TIME)
    return of_this_age(math.floor(ts))


def of_this_age(ms: int) -> int:
    """Return a time, ms since the epoch.

    Raises:
        Unreadable: no device can mean it.
    """
    if ms < EARLIEST:
        raise Unreadable("ts: before the year 2000 (seconds instead of milliseconds?)")
    if ms >= LATEST:
        raise Unreadable("ts: after the year 2099 (not milliseconds?)")
    return ms


def _historical(flag: object) -> bool:
    if flag is None or isinstance(flag, bool):
        return bool(flag)
    raise Unreadable(f"historical: expected true or false, got {_what(flag)}")


_WORDS: Final[Sequence[tuple[type, str]]] = (
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (str, "text"),
    (list, "array"),
    (dict, "object"),
)


def _what(value: object) -> str:
    return next((word for kind, word in _WORDS if isinstance(value, kind)), "null")
