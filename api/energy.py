"""What a site, a system or an asset has consumed, worked out of its stored readings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from plantroom.api.problems import needed
from plantroom.domain.calendar import HOUR_MS, Calendar
from plantroom.domain.consumption import (
    Amounts,
    Consumption,
    by_bucket,
    by_quarter,
    counted,
    integrated,
    together,
)
from plantroom.domain.metering import Meter, Quantity, meters_of, outermost
from plantroom.domain.samples import FIRST_BAD, Quality
from plantroom.domain.site import Asset
from plantroom.storage.series.port import Series, TimeSeriesStore

_PIECE: Final = 100_000
"""Samples that are asked for at once."""
_LEAST_MARGIN_MS: Final = HOUR_MS
"""How far before and after the calendar, at least, a reading is looked for that reaches into it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """What meters say of a calendar."""

    quantity: Quantity
    meters: tuple[Meter, ...]
    consumption: Consumption


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    meter: Meter
    amounts: Amounts


def read_energy(
    store: TimeSeriesStore | None, *, assets: Sequence[Asset], calendar: Calendar
) -> tuple[Metered, ...]:
    """Return the consumption of each quantity that `assets` have readings of.

    Several assets are added up without counting anything twice: only the outermost ones count.

    Raises:
        Problem: there is no store.
        StoreUnavailable: the store does not answer.
    """
    store = needed(store)
    found = []
    for quantity in Quantity:
        readings = list(outermost(assets, _reader(store, quantity, calendar)))
        if readings:
            amounts = together([reading.amounts for reading in readings])
            meters = tuple(reading.meter for reading in readings)
            consumption = by_bucket(amounts, calendar)
            found.append(Metered(quantity=quantity, meters=meters, consumption=consumption))
    return tuple(found)


def _reader(
    store: TimeSeriesStore, quantity: Quantity, calendar: Calendar
) -> Callable[[Asset], _Reading | None]:
    def read(asset: Asset) -> _Reading | None:
        for meter in meters_of(asset, quantity):
            amounts = _amounts(store, meter, calendar)
            if amounts is not None:
                return _Reading(meter=meter, amounts=amounts)
        return None

    return read


def _amounts(store: TimeSeriesStore, meter: Meter, calendar: Calendar) -> Amounts | None:
    """Return what a meter says of the calendar, None where it has no two usable readings."""
    gap = round(meter.point.stale_after.total_seconds() * 1000)
    margin = max(_LEAST_MARGIN_MS, gap)
    series = _usable(
        _all_samples(
            store, meter, start=int(calendar.edges[0]) - margin, end=int(calendar.edges[-1]) + margin
        )
    )
    if len(series) < 2:
        return None
    value = series.value * meter.scale
    if not meter.counts:
        return by_quarter(integrated(series.ts, value, gap=gap), calendar)
    wraps_at = meter.point.wraps_at
    scaled = None if wraps_at is None else wraps_at * meter.scale
    return by_quarter(counted(series.ts, value, wraps_at=scaled, gap=gap), calendar)


def _all_samples(store: TimeSeriesStore, meter: Meter, *, start: int, end: int) -> Series:
    pieces: list[Series] = []
    while start < end:
        piece = store.read(asset=meter.asset, point=meter.point.name, start=start, end=end, limit=_PIECE)
        pieces.append(piece)
        if len(piece) < _PIECE:
            break
        start = int(piece.ts[-1]) + 1
    return Series(
        ts=np.concatenate([piece.ts for piece in pieces]),
        value=np.concatenate([piece.value for piece in pieces]),
        quality=np.concatenate([piece.quality for piece in pieces]),
    )


def _usable(series: Series) -> Series:
    """Return the samples whose value and time can be relied on."""
    rows = (series.quality < FIRST_BAD) & (series.quality != Quality.CLOCK) & np.isfinite(series.value)
    return Series(ts=series.ts[rows], value=series.value[rows], quality=series.quality[rows])
