"""What detectors over several points at once share: one scale, recent rows, smoothing, explanation, banks."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from plantroom.models.bank_of_rows import Measure, Pace, RowsBank, Who
from plantroom.models.detector import Arrays, Contribution, NotFittable, Scores
from plantroom.models.frame import Floats, Frame, Times
from plantroom.models.smoothing import blocks, smoothed
from plantroom.models.stacking import run_starts, stacked
from plantroom.models.standardising import LEAST_ROWS, Standard

_PIECE: Final = 4096
_WARM_UP: Final = 20
_TAIL: Final = 400
_FORGET: Final = 1440
"""Rows without any after which what was smoothed is forgotten: a day of minutes."""
_LEAST_UNIT: Final = 0.01
"""Standard deviations: less is noise of the arithmetic, however exact the healthy rows were."""


class Multivariate(ABC):
    """Scores how far the last rows together are from what was normal, smoothed.

    Rows that are not live or mostly unknown are passed over: their score is NaN. After a pause of more than
    `pause` rows the stack starts anew as if it had been as the first row before; what was smoothed stays, so
    that what shows in short runs adds up. A raw score of 1 is what 99 % of the healthy rows stay below.
    """

    kind: ClassVar[str]
    numbers: ClassVar[tuple[str, ...]] = ("depth", "weight", "pause")
    """Settings that are numbers."""

    def __init__(
        self, *, points: Sequence[str], depth: float = 1, weight: float = 0.1, pause: float = 5
    ) -> None:
        if not points or depth < 1 or not 0 < weight <= 1 or pause < 1:
            raise ValueError(f"must have points, depth >= 1, 0 < weight <= 1: {depth}, {weight}, {pause}")
        self.points = tuple(points)
        self.derived: tuple[str, ...] = ()
        self.depth, self.weight, self.pause = int(depth), float(weight), float(pause)
        self.standard_: Standard
        self.every_: int
        self.unit_: float

    def fit(self, healthy: Frame) -> Self:
        """Learn from the live rows.

        Raises:
            NotFittable: they are too few, constant or unknown throughout.
        """
        rows = healthy.columns(self.points)
        rows = rows.rows(rows.live)
        self.standard_ = Standard.of(rows.values)
        self.every_ = rows.every
        z, told = self.standard_.apply(rows.values)
        ts, z = rows.ts[told], z[told]
        starts = run_starts(ts, self.pause * self.every_)
        whole = np.flatnonzero(np.arange(len(ts)) - starts >= self.depth - 1)
        if len(whole) < LEAST_ROWS:
            raise NotFittable(
                f"{len(whole)} times {self.depth} rows on end, at least {LEAST_ROWS} are needed"
            )
        pieces = [whole[start:stop] for start, stop in blocks(len(whole), _PIECE)]
        self._learn(stacked(z, starts, piece, depth=self.depth) for piece in pieces)
        self._weigh(self._smoothed(ts, z))
        sizes = np.concatenate([self._size(means) for means in self._smoothed(ts, z)])
        self.unit_ = max(float(np.quantile(sizes[_WARM_UP:], 0.99)), _LEAST_UNIT)
        return self

    def score(self, frame: Frame) -> Scores:
        """Score rows, each from itself and those before it."""
        raw = np.full(len(frame), np.nan)
        rows = frame.columns(self.points)
        z, told = self.standard_.apply(rows.values)
        used = np.flatnonzero(rows.live & told)
        place = 0
        for means in self._smoothed(rows.ts[used], z[used]):
            raw[used[place : place + len(means)]] = self._size(means) / self.unit_
            place += len(means)
        return Scores(raw=raw)

    def explain(self, frame: Frame) -> tuple[Contribution, ...]:
        """Say which points made the score of the last row.

        A point's share is by how much the score falls if its readings are replaced by those that fit the
        others best, and these are what is expected of it.
        Source: Alcala and Qin, Reconstruction-based contribution for process monitoring, Automatica 45.
        """
        rows = frame.columns(self.points).rows(slice(-_TAIL, None))
        z, told = self.standard_.apply(rows.values)
        used = rows.live & told
        if not used.any() or not used[-1]:
            return ()
        ts, z = rows.ts[used], z[used]
        read = np.where(np.isfinite(rows.values[used]), rows.values[used], self.standard_.restored(z))
        offset = self._recent(ts, z)
        fall, deviation = self._replaced(offset.reshape(-1))
        value = self._recent(ts, read).mean(axis=0)
        expected = self.standard_.restored((offset - deviation.reshape(offset.shape)).mean(axis=0))
        shares = fall / fall.sum() if fall.sum() > 0 else fall
        return tuple(
            Contribution(
                point=self.points[column],
                share=float(shares[column]),
                value=float(value[column]),
                expected=float(expected[column]),
            )
            for column in np.argsort(-shares, kind="stable")
            if shares[column] > 0
        )

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what was learnt, and the settings."""
        settings = {name: np.array(getattr(self, name)) for name in self.numbers}
        learnt = {"every": np.array(self.every_), "unit": np.array(self.unit_)}
        return {
            "points": np.array(self.points),
            **settings,
            **learnt,
            **self.standard_.to_arrays(),
            **self._kept(),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the model that `to_arrays` kept.

        Raises:
            ValueError: `arrays` are none of this kind.
        """
        try:
            numbers: dict[str, Any] = {name: float(arrays[name]) for name in cls.numbers}
            detector = cls(points=[str(point) for point in arrays["points"]], **numbers)
            detector.standard_ = Standard.from_arrays(arrays)
            detector.every_, detector.unit_ = int(arrays["every"]), float(arrays["unit"])
            detector._take(arrays)
        except (KeyError, TypeError) as error:
            raise ValueError(f"no {cls.kind} model in it: {error!r}") from error
        return detector

    @property
    def shape(self) -> tuple[int | str, ...]:
        """What detectors must have in common to share a bank."""
        return self.kind, len(self.points), self.depth, repr(self.weight)

    @classmethod
    def bank(cls, detectors: Sequence[Self]) -> RowsBank:
        """Return a bank of fitted `detectors` of one shape."""
        first = detectors[0]
        every = np.array([each.every_ for each in detectors], float)
        pause = np.array([each.pause for each in detectors])
        return RowsBank(
            Standard.of_many([each.standard_ for each in detectors]),
            Pace(depth=first.depth, weight=first.weight, pause=pause * every, forget=_FORGET * every),
            cls._measure(detectors, np.array([each.unit_ for each in detectors])),
        )

    @abstractmethod
    def _learn(self, pieces: Iterable[Floats]) -> None:
        """Learn what is normal of stacked rows."""

    @abstractmethod
    def deviations(self, stacks: Floats) -> Floats:
        """Return how far stacked rows are from normal, in several directions: shape (rows, width)."""

    def _weigh(self, pieces: Iterable[Floats]) -> None:  # noqa: B027 - most kinds do without
        """Learn what smoothed deviations are usual."""

    @abstractmethod
    def _replaced(self, offset: Floats) -> tuple[Floats, Floats]:
        """Return by how much a stack's score falls if each point's part is replaced, and what is taken off.

        Shapes (points,) and (depth * points,).
        """

    @abstractmethod
    def _kept(self) -> dict[str, npt.NDArray[Any]]:
        """Return what the kind learnt besides, as plain arrays."""

    @abstractmethod
    def _take(self, arrays: Arrays) -> None:
        """Take over what `_kept` gave."""

    @classmethod
    def _measure(cls, detectors: Sequence[Self], unit: Floats) -> Measure:
        """Return how a bank measures, by default one asset after the other."""

        def deviations(who: Who, stacks: Floats) -> Floats:
            chosen = np.arange(len(detectors))[who]
            each = [detectors[one].deviations(row[None]) for one, row in zip(chosen, stacks, strict=True)]
            return np.concatenate(each)

        width = detectors[0].deviations(np.zeros((1, detectors[0].depth * len(detectors[0].points)))).shape[1]
        return Measure(deviations=deviations, width=width, size=cls._size, unit=unit)

    @staticmethod
    def _size(means: Floats) -> Floats:
        """Return one number for smoothed deviations, by default their root mean square."""
        size: Floats = np.sqrt(np.einsum("nd,nd->n", means, means) / means.shape[1])
        return size

    def _smoothed(self, ts: Times, z: Floats) -> Iterator[Floats]:
        """Yield smoothed deviations of rows, piece after piece."""
        starts = run_starts(ts, self.pause * self.every_)
        anew = np.flatnonzero(np.diff(ts) > _FORGET * self.every_) + 1
        for first, end in zip([0, *anew], [*anew, len(ts)], strict=True):
            before: Floats | None = None
            for start, stop in blocks(end - first, _PIECE):
                piece = slice(first + start, first + stop)
                deviations = self.deviations(stacked(z, starts, piece, depth=self.depth))
                means = smoothed(deviations, weight=self.weight, before=before)
                before = means[-1]
                yield means

    def _recent(self, ts: Times, rows: Floats) -> Floats:
        """Return the stack of the last row, smoothed as scores are: shape (depth, points)."""
        starts = run_starts(ts, self.pause * self.every_)
        stacks = stacked(rows, starts, slice(None), depth=self.depth)
        weights = self.weight * (1 - self.weight) ** np.arange(len(rows) - 1, -1, -1)
        recent: Floats = (weights @ stacks / weights.sum()).reshape(self.depth, -1)
        return recent
