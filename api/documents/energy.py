"""Consumption as documents."""

import math

import numpy as np
import numpy.typing as npt

from plantroom.api.documents.common import Out, TimeOut
from plantroom.api.energy import Metered
from plantroom.domain.calendar import Every
from plantroom.domain.consumption import Consumption
from plantroom.domain.metering import Quantity
from plantroom.domain.report import to_rfc3339


class MeterDocument(Out):
    """A point that was added up."""

    asset: str
    point: str


class PeakDocument(Out):
    """The greatest demand."""

    value: float
    """Mean over a quarter-hour, in `demand_unit`."""
    at: TimeOut
    """When that quarter-hour begins."""


class ConsumptionDocument(Out):
    """What passed in a time."""

    total: float | None
    """null: nothing is known of it."""
    day: float | None
    night: float | None
    measured: float
    """Share of the time, 0 to 1, in which readings were close enough together."""
    peak: PeakDocument | None


class BucketDocument(ConsumptionDocument):
    """What passed in an hour or a day."""

    ts: TimeOut
    """When it begins."""


class QuantityDocument(ConsumptionDocument):
    """What passed of a quantity, in all and in each hour or day."""

    quantity: Quantity
    unit: str
    demand_unit: str
    meters: list[MeterDocument]
    items: list[BucketDocument]

    @classmethod
    def of(cls, metered: Metered) -> "QuantityDocument":
        """Return the document of what meters say."""
        consumption = metered.consumption
        return cls(
            quantity=metered.quantity,
            unit=metered.quantity.unit,
            demand_unit=metered.quantity.demand_unit,
            meters=[MeterDocument(asset=meter.asset, point=meter.point.name) for meter in metered.meters],
            items=_items(consumption),
            total=_sum(consumption.total),
            night=_sum(consumption.night),
            day=_sum(consumption.total - consumption.night),
            measured=float(np.mean(consumption.measured)),
            peak=_greatest(consumption),
        )


class EnergyDocument(Out):
    """What a site, a system or an asset consumed."""

    site: str
    system: str | None
    asset: str | None
    every: Every
    timezone: str
    night: str
    """The hours of the site's clock that are night."""
    start: TimeOut
    end: TimeOut
    quantities: list[QuantityDocument]
    """Those that there are readings of."""


def _items(consumption: Consumption) -> list[BucketDocument]:
    columns = zip(
        consumption.ts.tolist(),
        consumption.total.tolist(),
        consumption.night.tolist(),
        consumption.measured.tolist(),
        consumption.peak.tolist(),
        consumption.peak_at.tolist(),
        strict=True,
    )
    return [
        BucketDocument(
            ts=to_rfc3339(ts),
            total=_number(total),
            day=_number(total - night),
            night=_number(night),
            measured=measured,
            peak=_peak(peak, peak_at),
        )
        for ts, total, night, measured, peak, peak_at in columns
    ]


def _greatest(consumption: Consumption) -> PeakDocument | None:
    if np.isnan(consumption.peak).all():
        return None
    row = int(np.nanargmax(consumption.peak))
    return _peak(float(consumption.peak[row]), int(consumption.peak_at[row]))


def _peak(value: float, at: int) -> PeakDocument | None:
    return None if math.isnan(value) else PeakDocument(value=_rounded(value), at=to_rfc3339(at))


def _sum(column: npt.NDArray[np.float64]) -> float | None:
    return None if np.isnan(column).all() else _rounded(float(np.nansum(column)))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else _rounded(value)


def _rounded(value: float) -> float:
    # What is below a millionth of a unit is rounding of the sums.
    return round(value, 6) + 0.0
