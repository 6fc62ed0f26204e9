"""What a point should be at this load, weather, speed or set-point, and how far it is from that.

A robust ridge regression on smooth functions of the other points; the residual, smoothed, in healthy
standard deviations is the score. Rows count less the farther their inputs are from what was learnt.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from plantroom.domain import model as words
from plantroom.models import robust_ridge
from plantroom.models.design_matrix import DAY, Design, centre_and_scale, standardised
from plantroom.models.detector import Arrays, Contribution, NotFittable, Scores
from plantroom.models.expectation import (
    ENOUGH,
    MINUTE,
    Learnt,
    expect,
    judged,
    remembering,
    residuals,
    together,
)
from plantroom.models.frame import Floats, Frame, Mask, Members, Times
from plantroom.models.recent import Memory, Recent, held_against, recent, steady

SIDES: Final = {"high": (0.0, 1.0), "low": (1.0, 0.0), "both": (1.0, 1.0)}
"""How much a residual below and above nought counts."""
USUAL: Final = 0.999
"""Share of the healthy rows whose inputs are not far."""
SHRUNK: Final = 0.1
"""Variance added to each standardised input where distances are measured."""
MOST_ROWS: Final = 20_000
"""That the weights are learnt from, evenly spaced; more say no more."""
LEAST: Final = 1e-3
"""Share of the target's size that is one deviation at least, however exact the healthy rows were."""


class Expected:
    """Explains `target` by the other `points`."""

    kind: ClassVar[str] = "expected"

    def __init__(
        self,
        *,
        points: Sequence[str],
        target: str,
        degree: float = 2,
        hours: float = 0,
        memory: float = 0,
        smooth: float = 15,
        strength: float = 1e-3,
        side: str = "both",
        least: float = LEAST,
    ) -> None:
        """Take the settings.

        `degree` 1 is straight, 2 has squares and products, 3 cubes; `hours` harmonics of the day; `memory`
        minutes over which the machine remembers its inputs (0: it answers at once); `smooth` minutes of the
        residual; `strength` of the ridge; `side` on which a residual is bad: high, low or both; `least` share
        of the target's usual size that is one deviation, for what is read more exactly than it matters.

        Raises:
            ValueError: a setting is out of range, or `target` is not one of several `points`.
        """
        self.points = tuple(points)
        self.target = target
        inputs = len(self.points) - 1
        if self.points.count(target) != 1 or not inputs:
            raise ValueError(f"target must be one of several points: {target!r} in {self.points}")
        if side not in SIDES:
            raise ValueError(f"side must be high, low or both: {side!r}")
        if not (memory >= 0 and smooth > 0 and strength > 0 and least > 0):
            raise ValueError(
                f"memory, smooth, strength, least must be positive: {memory}, {smooth}, {strength}, {least}"
            )
        self.design = Design(inputs=inputs, degree=int(degree), hours=int(hours))
        self.memory, self.smooth, self.strength, self.side = (
            float(memory),
            float(smooth),
            float(strength),
            side,
        )
        self.least = float(least)
        self.derived: tuple[str, ...] = (words.expected(target), words.residual(target))
        self.learnt_: Learnt | None = None

    def fit(self, healthy: Frame) -> Self:
        """Learn from the live rows of `healthy`.

        Raises:
            NotFittable: they are too few, or the target stands still.
        """
        frame = healthy.columns(self.points)
        inputs, target = self.split(frame.values)
        known = frame.live & np.isfinite(frame.values).all(axis=1)
        self._refuse(frame.ts[known], target[known])
        centre, scale = centre_and_scale(inputs[known])
        places, columns = self._columns(frame, standardised(inputs, centre, scale))
        known &= np.isfinite(columns).all(axis=1)
        self._refuse(frame.ts[known], target[known])
        middle, whiten, usual = _surroundings(places[known])
        weights, spread = self._regress(frame.rows(known), columns[known], target[known])
        below, above = SIDES[self.side]
        self.learnt_ = Learnt(
            centre=centre[None],
            scale=scale[None],
            weights=weights[None],
            middle=middle[None],
            whiten=whiten[None],
            usual=np.array([usual]),
            spread=np.array([spread]),
            below=np.array([below]),
            above=np.array([above]),
            smooth=np.array([self.smooth * MINUTE]),
            memory=np.array([self.memory * MINUTE]),
            every=np.array([float(frame.every)]),
        )
        return self

    def score(self, frame: Frame) -> Scores:
        """Score rows, each from itself and those before it."""
        return self._judge(frame)[0]

    def explain(self, frame: Frame) -> tuple[Contribution, ...]:
        """Say what the target was and what was expected of it lately."""
        scores, expected, past = self._judge(frame)
        if not len(frame) or not np.isfinite(scores.raw[-1]):
            return ()
        return held_against(self.target, frame, expected, past, self.smooth * MINUTE)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the settings and what was learnt."""
        numbers = [
            self.design.degree,
            self.design.hours,
            self.memory,
            self.smooth,
            self.strength,
            self.least,
        ]
        kept = {each.name: getattr(self.learnt, each.name) for each in fields(Learnt)}
        texts = [self.target, self.side, *self.points]
        return {"numbers": np.array(numbers, float), "texts": np.array(texts), **kept}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the model that `to_arrays` kept.

        Raises:
            ValueError: `arrays` are none of this kind.
        """
        try:
            degree, hours, memory, smooth, strength, least = (float(each) for each in arrays["numbers"])
            target, side, *points = (str(each) for each in arrays["texts"])
            learnt = Learnt(**{each.name: np.asarray(arrays[each.name], float) for each in fields(Learnt)})
        except KeyError as error:
            raise ValueError(f"no expected-value model: {error} is missing") from error
        made = cls(
            points=points,
            target=target,
            degree=degree,
            hours=hours,
            memory=memory,
            smooth=smooth,
            strength=strength,
            side=side,
            least=least,
        )
        if learnt.weights.shape != (1, made.width):
            raise ValueError(f"no expected-value model: weights are of shape {learnt.weights.shape}")
        made.learnt_ = learnt
        return made

    @property
    def shape(self) -> tuple[int | str, ...]:
        """Target, points and what the columns are made of."""
        return (self.target, *self.points, self.design.degree, self.design.hours, int(self.memory > 0))

    @classmethod
    def bank(cls, detectors: Sequence[Self]) -> "ExpectedBank":
        """Return a bank of fitted `detectors` of one shape, an asset each."""
        return ExpectedBank(detectors)

    @property
    def width(self) -> int:
        """How many columns there are, those remembered included."""
        return 2 * self.design.width - 1 if self.memory else self.design.width

    @property
    def learnt(self) -> Learnt:
        """What was learnt; raises ValueError before `fit`."""
        if self.learnt_ is None:
            raise ValueError("the model is not fitted")
        return self.learnt_

    def split(self, values: Floats) -> tuple[Floats, Floats]:
        """Return inputs and target of rows."""
        place = self.points.index(self.target)
        return np.delete(values, place, axis=1), values[:, place]

    def _columns(self, frame: Frame, inputs: Floats) -> tuple[Floats, Floats]:
        columns = self.design.columns(inputs, frame.ts)
        if not self.memory:
            return inputs, columns
        known, memory = np.isfinite(columns).all(axis=1), self.memory * MINUTE
        past = recent(frame.ts, columns[:, 1:], known.astype(float), memory)
        return remembering(inputs, columns, past, past.weight >= ENOUGH * steady(frame.every, memory))

    def _refuse(self, ts: Times, target: Floats) -> None:
        least = max(60, 10 * self.width)
        if len(ts) < least:
            raise NotFittable(f"{len(ts)} known rows of the {least} that it takes to explain {self.target}")
        if self.design.hours and ts[-1] - ts[0] < 2 * DAY:
            raise NotFittable(f"{self.target} by the hour of the day needs two days")
        if np.ptp(target) <= 1e-9 * max(1.0, float(np.abs(target).max())):
            raise NotFittable(f"{self.target} stands still at {float(target[0]):g}")

    def _regress(self, frame: Frame, columns: Floats, target: Floats) -> tuple[Floats, float]:
        """Return the weights, and how far the residual, smoothed, strays on rows that were not learnt."""
        fold, every = robust_ridge.folds(len(target)), -(-len(target) // MOST_ROWS)
        fit = robust_ridge.fit(columns[::every], target[::every], fold[::every], self.strength)
        residual = target - np.einsum("ij,ij->i", columns, fit.without[fold])
        past = recent(frame.ts, residual[:, None], np.ones(len(target)), self.smooth * MINUTE)
        enough = past.weight >= ENOUGH * steady(frame.every, self.smooth * MINUTE)
        if not enough.any():
            raise NotFittable(f"never known for {self.smooth:g} minutes on end")
        smoothed = past.mean[enough, 0]
        middle = float(np.median(target))
        least = self.least * (abs(middle) + robust_ridge.deviation(target - middle))
        widest = float(np.quantile(np.abs(smoothed), 0.99)) / 2.576
        return fit.weights, max(robust_ridge.deviation(smoothed), widest, least, 1e-9)

    def _judge(self, frame: Frame) -> tuple[Scores, Floats, Recent]:
        frame, learnt = frame.columns(self.points), self.learnt
        inputs, target = self.split(frame.values)
        places, columns = self._columns(frame, standardised(inputs, learnt.centre, learnt.scale))
        expected, counts = expect(learnt, places, columns)
        residual, counts = residuals(learnt, target, expected, np.where(frame.live, counts, 0.0))
        past = recent(frame.ts, residual, counts, self.smooth * MINUTE)
        row = {"expected": expected, "counts": counts}
        return judged(learnt, self.derived, **row, live=frame.live, past=past), expected, past


class ExpectedBank:
    """Expected-value models of one shape, an asset each."""

    def __init__(self, detectors: Sequence[Expected]) -> None:
        self._one = detectors[0]
        self._learnt = together([each.learnt for each in detectors])
        self._residuals = Memory(len(detectors), 1)
        remembered = self._one.design.width - 1 if self._one.memory else 0
        self._columns = Memory(len(detectors), remembered)

    def push(self, member: Members, ts: Times, values: Floats, live: Mask) -> Scores:
        """Score the next row of each `member`."""
        learnt = self._learnt.of(member)
        inputs, target = self._one.split(values)
        inputs = standardised(inputs, learnt.centre, learnt.scale)
        places, columns = inputs, self._one.design.columns(inputs, ts)
        if self._one.memory:
            known = np.isfinite(columns).all(axis=1).astype(float)
            lately = self._columns.push(member, ts, columns[:, 1:], known, learnt.memory)
            enough = lately.weight >= ENOUGH * steady(learnt.every, learnt.memory)
            places, columns = remembering(inputs, columns, lately, enough)
        expected, counts = expect(learnt, places, columns)
        residual, counts = residuals(learnt, target, expected, np.where(live, counts, 0.0))
        past = self._residuals.push(member, ts, residual, counts, learnt.smooth)
        row = {"expected": expected, "counts": counts}
        return judged(learnt, self._one.derived, **row, live=live, past=past)

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return what it remembers."""
        return {**self._residuals.snapshot("residuals"), **self._columns.snapshot("columns")}

    def restore(self, arrays: Arrays) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: it is none of a bank of this shape.
        """
        self._residuals.restore("residuals", arrays)
        self._columns.restore("columns", arrays)


def _surroundings(places: Floats) -> tuple[Floats, Floats, float]:
    """Return the middle of `places`, what makes them independent, and the usual distance from the middle."""
    middle = places.mean(axis=0)
    cloud = np.atleast_2d(np.cov(places, rowvar=False)) + SHRUNK * np.eye(places.shape[1])
    whiten = np.linalg.inv(np.linalg.cholesky(cloud))
    distance = np.linalg.norm((places - middle) @ whiten.T, axis=1)
    return middle, whiten, max(float(np.quantile(distance, USUAL)), 1.0)
