"""When a reading of a foreign payload was measured."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from plantroom.domain.json_path import FAILURES, compile_path
from plantroom.domain.mapping import TimeField, TimeForm
from plantroom.ingest.decode import Unreadable, instant, of_this_age
from plantroom.ingest.mapping.values import number
from plantroom.ingest.pile import AT_ARRIVAL

When: TypeAlias = Callable[[Any], int]
"""Returns the time of a document, ms since the epoch, or `AT_ARRIVAL`; raises `Unreadable`."""

_MS_PER: Final = {TimeForm.MILLISECONDS: 1, TimeForm.SECONDS: 1000, TimeForm.AUTO: 1}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def timer(field: TimeField | None) -> When:
    """Return what reads the times that `field` describes."""
    if field is None:
        return lambda _document: AT_ARRIVAL
    path, read, text = compile_path(field.path), _reader(field), field.path

    def when(document: Any) -> int:
        try:
            raw = path(document)
        except FAILURES:
            raise Unreadable(f"time: {text} does not fit the payload") from None
        if raw is not None:
            return read(raw)
        if field.may_be_missing:
            return AT_ARRIVAL
        raise Unreadable(f"time: nothing at {text}")

    return when


def _reader(field: TimeField) -> Callable[[Any], int]:
    if field.pattern:
        return _by_pattern(field)
    if field.form is TimeForm.RFC_3339:
        return _of_text
    factor = _MS_PER[field.form]
    if field.form is TimeForm.AUTO:
        return lambda raw: _of_text(raw) if isinstance(raw, str) else _of_number(raw, factor)
    return lambda raw: _of_number(raw, factor)


def _of_text(raw: Any) -> int:
    if not isinstance(raw, str):
        raise Unreadable("time: expected RFC 3339 text with an offset")
    return instant(raw)


def _of_number(raw: Any, factor: int) -> int:
    value = number(raw)
    if value.__class__ is not float or not math.isfinite(value * factor):
        raise Unreadable("time: expected a number")
    # Of 1736603810.49 s a product in binary keeps 1736603810489.9999 ms.
    return of_this_age(math.floor(round(value * factor, 3)))


def _by_pattern(field: TimeField) -> Callable[[Any], int]:
    pattern, zone = field.pattern, field.timezone

    def read(raw: Any) -> int:
        try:
            moment = datetime.strptime(raw, pattern)  # noqa: DTZ007 - the zone follows
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=zone)
            elapsed = moment - _EPOCH
        except (TypeError, ValueError, OverflowError):
            raise Unreadable(f"time: expected text as {pattern}") from None
        return of_this_age(elapsed.days * 86_400_000 + elapsed.seconds * 1000 + elapsed.microseconds // 1000)

    return read
