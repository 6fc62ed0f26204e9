"""A few assets with models that a test can foresee, and readings for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from plantroom.domain.model import Gate
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Asset, Point, PointKind, Site, ValueType
from plantroom.models.bundle import Bundle, Fitted
from plantroom.models.detector import Arrays, Contribution, Scores
from plantroom.models.frame import Floats, Frame, Mask, Members, Times

T0 = 1_763_750_040_000
"""The beginning of a minute, ms since the epoch."""
MEASURED = (
    Point(name="running", value_type=ValueType.BOOLEAN, kind=PointKind.STATUS),
    Point(name="flow", unit="m3/h"),
    Point(name="current", unit="A"),
)
DERIVED = tuple(
    Point(name=name, kind=PointKind.DERIVED, every=timedelta(minutes=1))
    for name in (
        "anomaly",
        "anomaly_confirmed",
        "expected_flow",
        "days_to_limit",
        "days_to_limit_low",
        "days_to_limit_high",
    )
)


class Running:
    """Says the sum of all it was ever told of its first point, or fails as `fails` says."""

    kind: ClassVar[str] = "running_sum"

    def __init__(
        self,
        *points: str,
        derived: tuple[str, ...] = (),
        fails: Callable[[Floats], Floats] | None = None,
        makes_bank: bool = True,
    ) -> None:
        self.points, self.derived = points, derived
        self.fails, self.makes_bank = fails, makes_bank

    def fit(self, healthy: Frame) -> Self:
        return self

    def score(self, frame: Frame) -> Scores:
        return Scores(raw=np.nancumsum(frame.columns(self.points).values[:, 0]))

    def explain(self, frame: Frame) -> tuple[Contribution, ...]:
        return ()

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"points": np.array(self.points)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(*arrays["points"].tolist())

    @property
    def shape(self) -> tuple[int | str, ...]:
        return (len(self.points),)

    @classmethod
    def bank(cls, detectors: Sequence[Self]) -> "RunningBank":
        if not all(each.makes_bank for each in detectors):
            raise RuntimeError("no bank of these")
        return RunningBank(detectors)


class RunningBank:
    """The sums of many assets."""

    def __init__(self, detectors: Sequence[Running]) -> None:
        self._detectors = tuple(detectors)
        self._total = np.zeros(len(detectors))

    def push(self, member: Members, ts: Times, values: Floats, live: Mask) -> Scores:
        for number, row in zip(member.tolist(), values, strict=True):
            fails = self._detectors[number].fails
            if fails is not None:
                values = np.where(member[:, None] == number, fails(row), values)
        self._total[member] += np.nan_to_num(values[:, 0], nan=0.0, posinf=0.0)
        known = np.where(np.isinf(values[:, 0]), np.inf, self._total[member])
        derived = {
            name: self._total[member] + number for number, name in enumerate(self._detectors[0].derived)
        }
        return Scores(raw=known, derived=derived)

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        return {"total": self._total}

    def restore(self, arrays: Arrays) -> None:
        if arrays["total"].shape != self._total.shape:
            raise ValueError("no snapshot of this bank")
        self._total = np.array(arrays["total"])


def table(*assets: Asset) -> PointTable:
    return PointTable((Site(id="s", assets=assets),))


def asset(name: str, *points: Point, parent: str | None = None) -> Asset:
    return Asset(id=name, asset_class="pump", points=points or (*MEASURED, *DERIVED), parent=parent)


def bundle(
    name: str, *models: Fitted, version: int = 1, gates: Sequence[Gate] = (), confirmed: bool = False
) -> Bundle:
    return Bundle(
        asset=name,
        version=version,
        gates=tuple(gates),
        settle=timedelta(0),
        models=models,
        confirmed=confirmed,
    )


def fitted(detector: Any, *, name: str = "whole", limit: float = 10.0) -> Fitted:
    return Fitted(id=name, detector=detector, limit=limit)


def batch(points: PointTable, *messages: tuple[str, int, Mapping[str, float]]) -> SampleBatch:
    """Return messages: asset, ms since T0, and values; each arrives a second after it was measured."""
    rows = [
        (points.number[name, point], T0 + at, value, number)
        for number, (name, at, values) in enumerate(messages)
        for point, value in values.items()
    ]
    point, ts, value, message = zip(*rows, strict=True) if rows else ((), (), (), ())
    made = SampleBatch(
        point=np.array(point, np.int32),
        ts=np.array(ts, np.int64),
        value=np.array(value, float),
        quality=np.zeros(len(rows), np.uint8),
        arrived=np.array(ts, np.int64) + 1000,
        message=np.array(message, np.int32),
    )
    return replace(made)


def said(points: PointTable, samples: SampleBatch) -> list[tuple[str, str, int, float, int]]:
    """Return what a batch says: asset, point, ms since T0, value and message."""
    return [
        (*points.keys[point], int(ts) - T0, float(value), int(message))
        for point, ts, value, message in zip(
            samples.point, samples.ts, samples.value, samples.message, strict=True
        )
    ]
