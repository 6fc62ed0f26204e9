"""One point alone, held against the windows of its own past that are most like its latest."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from plantroom.models.detector import Arrays, Contribution, NotFittable, Scores, check_snapshot
from plantroom.models.frame import Floats, Frame, Mask, Members, Times
from plantroom.models.nearest import KEPT, WINDOW, Series

LEAST_ROWS = 10 * WINDOW


class SingleSeries:
    """Watches one point; it goes on learning, so that it is for shapes that are rare, not for what lasts.

    Each asset costs some ten kilobytes and fifty microseconds a row: for a few points that matter.
    """

    kind: ClassVar[str] = "single_series"
    derived: tuple[str, ...] = ()

    def __init__(self, *, points: Sequence[str]) -> None:
        """Take the point.

        Raises:
            ValueError: it is not one.
        """
        self.points = tuple(points)
        if len(self.points) != 1:
            raise ValueError(f"single_series is of one point: {self.points}")
        self.past_: Floats = np.zeros(0)
        """As `Series.to_array`."""
        self.every_ = 0

    def fit(self, healthy: Frame) -> Self:
        """Learn what windows are usual.

        Raises:
            NotFittable: there are too few rows, or the point stands still.
        """
        frame = healthy.columns(self.points)
        known = frame.values[frame.live & np.isfinite(frame.values[:, 0]), 0]
        if len(known) < LEAST_ROWS:
            raise NotFittable(f"{len(known)} rows of {self.points[0]}, at least {LEAST_ROWS} are needed")
        if np.ptp(known) == 0:
            raise NotFittable(f"{self.points[0]} stands still at {known[0]:g}")
        self.every_ = frame.every
        series = Series()
        _Watched(series, every=frame.every).go_through(frame)
        self.past_ = series.to_array()
        return self

    def score(self, frame: Frame) -> Scores:
        """Score rows, each from itself and those before it."""
        return Scores(raw=self.watched().go_through(frame.columns(self.points)))

    def explain(self, frame: Frame) -> tuple[Contribution, ...]:
        """Say what was read last and what the windows most like it ended with."""
        frame = frame.columns(self.points)
        watched = self.watched()
        raw = watched.go_through(frame)
        if not len(raw) or np.isnan(raw[-1]):
            return ()
        value, expected = float(frame.values[-1, 0]), watched.series.expected
        return (Contribution(point=self.points[0], share=1.0, value=value, expected=expected),)

    def watched(self) -> "_Watched":
        """Return the series as it was after the healthy past."""
        return _Watched(Series.from_array(self.past_), every=self.every_)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what was learnt."""
        return {"points": np.array(self.points), "past": self.past_, "every": np.array(self.every_)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the model that `to_arrays` kept.

        Raises:
            ValueError: `arrays` are none of this kind.
        """
        try:
            made = cls(points=[str(each) for each in arrays["points"]])
            made.past_, made.every_ = np.asarray(arrays["past"], float), int(arrays["every"])
        except KeyError as error:
            raise ValueError(f"no single series: {error} is missing") from error
        Series.from_array(made.past_)
        return made

    @property
    def shape(self) -> tuple[int | str, ...]:
        """All share a bank."""
        return ()

    @classmethod
    def bank(cls, detectors: Sequence[Self]) -> "SeriesBank":
        """Return a bank of fitted `detectors`, an asset each."""
        return SeriesBank([detector.watched() for detector in detectors])


class _Watched:
    """A series with its times: after the healthy past, and wherever rows are missing, is a gap."""

    def __init__(self, series: Series, *, every: int) -> None:
        self.series, self.every = series, every
        self.last = 0

    def push(self, ts: int, value: float) -> float:
        if ts - self.last > 1.5 * self.every:
            self.series.push(np.nan)
        self.last = ts
        return self.series.push(value)

    def go_through(self, frame: Frame) -> Floats:
        values = np.where(frame.live, frame.values[:, 0], np.nan)
        pairs = zip(frame.ts.tolist(), values.tolist(), strict=True)
        return np.array([self.push(ts, value) for ts, value in pairs], float)


class SeriesBank:
    """The series of many assets."""

    def __init__(self, watched: Sequence[_Watched]) -> None:
        self._watched = list(watched)

    def push(self, member: Members, ts: Times, values: Floats, live: Mask) -> Scores:
        """Score the next row of each `member`."""
        known = np.where(live, values[:, 0], np.nan)
        rows = zip(member.tolist(), ts.tolist(), known.tolist(), strict=True)
        raw = [self._watched[each].push(at, value) for each, at, value in rows]
        return Scores(raw=np.array(raw, float))

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return each asset's past."""
        past = [each.series.to_array() for each in self._watched]
        return {
            "past": np.array(past).reshape(len(past), 4 + KEPT),
            "last": np.array([each.last for each in self._watched], np.int64),
        }

    def restore(self, arrays: Arrays) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: it is none of a bank of this shape.
        """
        check_snapshot(arrays, self.snapshot())
        for watched, past, last in zip(self._watched, arrays["past"], arrays["last"], strict=True):
            watched.series, watched.last = Series.from_array(past.astype(float)), int(last)
