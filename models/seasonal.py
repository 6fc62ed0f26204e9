"""What a point usually is at this time of the week, and how far it is from that.

Medians by the quarter of an hour and the day of the week; the residual in healthy deviations of its time of
the week, smoothed, is the score.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from plantroom.domain import model as words
from plantroom.models.detector import Arrays, Contribution, NotFittable, Scores
from plantroom.models.expectation import ENOUGH, MINUTE, MOST
from plantroom.models.expected import LEAST, SIDES
from plantroom.models.frame import Floats, Frame, Mask, Members, Times
from plantroom.models.recent import Memory, Recent, held_against, recent, steady
from plantroom.models.robust_ridge import FOLDS, deviation
from plantroom.models.week import DAY, PER_WEEK, Week, between, days_of, moment, week_of

HOUR: Final = 3_600_000.0
LEAST_DAYS: Final = 10
"""Of which something must be known."""
GREATEST: Final = 1e30
_KEPT: Final = ("usual", "deviation", "spread", "every")


class Seasonal:
    """Knows one point by the time of the week."""

    kind: ClassVar[str] = "seasonal"

    def __init__(
        self,
        *,
        points: Sequence[str],
        utc_offset: float = 0,
        holidays: str = "",
        smooth: float = 60,
        side: str = "both",
    ) -> None:
        """Take the settings.

        `utc_offset` of the local clock in hours; `holidays` as ISO dates with commas between, on which all is
        as on Sundays; `smooth` minutes of the residual; `side` on which it is bad: high, low or both.

        Raises:
            ValueError: a setting is out of range, or there is not one point.
        """
        self.points = tuple(points)
        if len(self.points) != 1:
            raise ValueError(f"a seasonal model has one point: {self.points}")
        if side not in SIDES:
            raise ValueError(f"side must be high, low or both: {side!r}")
        if not (smooth > 0 and abs(utc_offset) <= 14):
            raise ValueError(f"smooth must be positive, utc_offset in -14..14: {smooth}, {utc_offset}")
        self.utc_offset, self.smooth, self.side = float(utc_offset), float(smooth), side
        self.holidays = holidays
        self.free = days_of(holidays)
        self.derived: tuple[str, ...] = (words.expected(self.points[0]), words.residual(self.points[0]))
        self.learnt_: dict[str, Floats] | None = None

    def fit(self, healthy: Frame) -> Self:
        """Learn from the live rows of `healthy`.

        Raises:
            NotFittable: they are of too few days, or stand still.
        """
        frame = healthy.columns(self.points)
        values = _bounded(frame.values[:, 0])
        known = frame.live & np.isfinite(values)
        ts, values = frame.ts[known], values[known]
        day = (ts - 1 + int(self.utc_offset * HOUR)) // DAY
        days = len(np.unique(day))
        if days < LEAST_DAYS:
            raise NotFittable(f"{self.points[0]} is known on {days} days, of which {LEAST_DAYS} are needed")
        if np.ptp(values) <= 1e-9 * max(1.0, float(np.abs(values).max())):
            raise NotFittable(f"{self.points[0]} stands still at {float(values[0]):g}")
        at = moment(ts, self.utc_offset * HOUR, self.free)
        week = self._week(at, day, values)
        spread = self._spread(frame.every, ts, at, day, values)
        self.learnt_ = {
            "usual": week.usual[None],
            "deviation": week.deviation[None],
            "spread": np.array([spread]),
            "every": np.array([float(frame.every)]),
        }
        return self

    def score(self, frame: Frame) -> Scores:
        """Score rows, each from itself and those before it."""
        return self._judge(frame)[0]

    def explain(self, frame: Frame) -> tuple[Contribution, ...]:
        """Say what the point was and what was usual lately."""
        scores, expected, past = self._judge(frame)
        if not len(frame) or not np.isfinite(scores.raw[-1]):
            return ()
        return held_against(self.points[0], frame, expected, past, self.smooth * MINUTE)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the settings and what was learnt."""
        texts = np.array([self.points[0], self.side, self.holidays])
        return {"numbers": np.array([self.utc_offset, self.smooth]), "texts": texts, **self.learnt}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the model that `to_arrays` kept.

        Raises:
            ValueError: `arrays` are none of this kind.
        """
        try:
            utc_offset, smooth = (float(each) for each in arrays["numbers"])
            point, side, holidays = (str(each) for each in arrays["texts"])
            learnt = {name: np.asarray(arrays[name], float) for name in _KEPT}
        except KeyError as error:
            raise ValueError(f"no seasonal model: {error} is missing") from error
        if learnt["usual"].shape != (1, PER_WEEK) or learnt["deviation"].shape != (1, PER_WEEK):
            raise ValueError(f"no seasonal model: a week of shape {learnt['usual'].shape}")
        made = cls(points=(point,), utc_offset=utc_offset, holidays=holidays, smooth=smooth, side=side)
        made.learnt_ = learnt
        return made

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The point."""
        return self.points

    @classmethod
    def bank(cls, detectors: Sequence[Self]) -> "SeasonalBank":
        """Return a bank of fitted `detectors` of one shape, an asset each."""
        return SeasonalBank(detectors)

    @property
    def learnt(self) -> dict[str, Floats]:
        """What was learnt; raises ValueError before `fit`."""
        if self.learnt_ is None:
            raise ValueError("the model is not fitted")
        return self.learnt_

    def _week(self, at: Floats, day: npt.NDArray[np.int64], values: Floats) -> Week:
        week = week_of(at, day, values)
        middle = float(np.median(values))
        least = max(LEAST * (abs(middle) + deviation(values - middle)), 1e-9)
        return Week(usual=week.usual, deviation=np.fmax(week.deviation, least))

    def _spread(self, every: int, ts: Times, at: Floats, day: npt.NDArray[np.int64], values: Floats) -> float:
        """Return how far the residual, in deviations and smoothed, strays on days that were not learnt."""
        away, fold = np.full(len(values), np.nan), day % FOLDS
        for one in np.unique(fold):
            mine = fold == one
            week = self._week(at[~mine], day[~mine], values[~mine])
            usual, wide = between(week.usual[None], 0, at[mine]), between(week.deviation[None], 0, at[mine])
            away[mine] = (values[mine] - usual) / wide
        known = np.isfinite(away)
        past = recent(ts, away[:, None], known.astype(float), self.smooth * MINUTE)
        enough = known & (past.weight >= ENOUGH * steady(every, self.smooth * MINUTE))
        if not enough.any():
            raise NotFittable(f"{self.points[0]} is seldom known at the same time of two days")
        smoothed = past.mean[enough, 0]
        return max(deviation(smoothed), float(np.quantile(np.abs(smoothed), 0.99)) / 2.576, 0.05)

    def _judge(self, frame: Frame) -> tuple[Scores, Floats, Recent]:
        frame = frame.columns(self.points)
        at = moment(frame.ts, self.utc_offset * HOUR, self.free)
        usual, residuals, counts = away_from(self.learnt, 0, at, frame.values[:, 0], frame.live)
        past = recent(frame.ts, residuals, counts, self.smooth * MINUTE)
        smooth = np.array([self.smooth * MINUTE])
        below, above = (np.array([each]) for each in SIDES[self.side])
        row = {"usual": usual, "counts": counts, "below": below, "above": above}
        return said(self.learnt, self.derived, past, smooth=smooth, live=frame.live, **row), usual, past


def _bounded(values: Floats) -> Floats:
    return np.where(np.abs(values) <= GREATEST, values, np.nan)


def away_from(
    learnt: dict[str, Floats], row: Members | int, at: Floats, values: Floats, live: Mask
) -> tuple[Floats, Floats, Floats]:
    """Return what `row`s of the learnt say is usual, residuals in unit and deviations, whether they count."""
    usual, wide = between(learnt["usual"], row, at), between(learnt["deviation"], row, at)
    residual = _bounded(values) - usual
    known = np.isfinite(residual) & np.isfinite(wide) & live
    times = np.clip(np.where(known, residual / wide, 0.0), -MOST, MOST)
    return usual, np.stack((times * np.where(known, wide, 0.0), times), axis=1), known.astype(float)


def said(
    learnt: dict[str, Floats],
    derived: tuple[str, ...],
    past: Recent,
    *,
    usual: Floats,
    counts: Floats,
    live: Mask,
    smooth: Floats,
    below: Floats,
    above: Floats,
) -> Scores:
    """Return the scores of rows of which what `counts` is smoothed in `past`."""
    enough = (counts > 0) & (past.weight >= ENOUGH * steady(learnt["every"], smooth))
    residual, times = np.where(enough[:, None], past.mean, np.nan).T
    raw = np.where(times < 0, below, above) * np.abs(times) / learnt["spread"]
    told = (np.where(live, usual, np.nan), residual)
    return Scores(raw=raw, derived=dict(zip(derived, told, strict=True)))


class SeasonalBank:
    """Seasonal models of one point, an asset each."""

    def __init__(self, detectors: Sequence[Seasonal]) -> None:
        self._derived = detectors[0].derived
        self._learnt = {name: np.concatenate([each.learnt[name] for each in detectors]) for name in _KEPT}
        self._offset = np.array([each.utc_offset * HOUR for each in detectors])
        self._smooth = np.array([each.smooth * MINUTE for each in detectors])
        self._sides = np.array([SIDES[each.side] for each in detectors])
        most = max(1, *(len(each.free) for each in detectors))
        self._free = np.full((len(detectors), most), -1, np.int64)
        for row, each in zip(self._free, detectors, strict=True):
            row[: len(each.free)] = each.free
        self._memory = Memory(len(detectors), 2)

    def push(self, member: Members, ts: Times, values: Floats, live: Mask) -> Scores:
        """Score the next row of each `member`."""
        at = moment(ts, self._offset[member], self._free[member])
        usual, residuals, counts = away_from(self._learnt, member, at, values[:, 0], live)
        smooth = self._smooth[member]
        past = self._memory.push(member, ts, residuals, counts, smooth)
        below, above = self._sides[member].T
        row = {"usual": usual, "counts": counts, "below": below, "above": above}
        learnt = {name: self._learnt[name][member] for name in ("every", "spread")}
        return said(learnt, self._derived, past, smooth=smooth, live=live, **row)

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return what it remembers."""
        return self._memory.snapshot("residuals")

    def restore(self, arrays: Arrays) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: it is none of a bank of this shape.
        """
        self._memory.restore("residuals", arrays)
