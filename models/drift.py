"""Whether a model still knows what its machine does: is it to be retrained, or the machine looked at.

A model that adapted by itself would in time take a fault for normal. So its inputs and its score are held
against those that it learnt. If only the inputs moved, as by another season, set-point or tenant, the model
asks to be trained anew. If the score moved too, the machine is to be looked at first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from plantroom.domain.text import Text
from plantroom.models.detector import Arrays, NotFittable
from plantroom.models.frame import Floats, Frame, Times

DAY: Final = 86_400_000
QUANTILES: Final = (0.001, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.999)
"""Of what was learnt, between which readings are counted; the outermost bounds are what was learnt at all."""
MOVED: Final = 0.25
"""Population stability index from which a distribution is held to be another. Source: Siddiqi 2006."""
MARGIN: Final = 1.5
"""Times what the learnt days differ among themselves."""
OUTSIDE: Final = 0.05
"""Share of recent rows outside all that was learnt below which a model still knows where it works."""
LEAST_ROWS: Final = 240
"""Fewer, learnt or recent, say nothing."""
SLACK: Final = 0.5
RAISED: Final = 20.0
"""Of `page_hinkley`, in deviations: a shift by one deviation is seen after forty rows."""
SCORE: Final = "score"


class State(StrEnum):
    """How what is stands to what was learnt."""

    KNOWN = "known"
    """As learnt."""
    MOVED = "moved"
    """The machine works where the model has not learnt, and does there what it should: retrain."""
    CHANGED = "changed"
    """At what was learnt, the machine does something else: look at it, do not retrain."""
    UNCLEAR = "unclear"
    """Both: retrain only once the machine is known to be healthy."""
    UNTOLD = "untold"
    """Too few readings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How one column has moved."""

    point: str
    index: float
    """Population stability index; `MOVED` is much."""
    limit: float
    before: float
    now: float
    """Medians."""
    outside: float
    """Share of the recent rows outside all that was learnt."""

    @property
    def moved(self) -> bool:
        """Whether it is more than the learnt days differ among themselves, and beyond what they reached."""
        return self.index > self.limit and self.outside >= OUTSIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be done about a model."""

    state: State
    shifts: tuple[Shift, ...]
    """Of inputs, the greatest first."""
    score: Shift | None
    since: int | None
    """When the score rose, ms since the epoch, if it did."""
    reason: Text

    @property
    def retrain(self) -> bool:
        """Whether the model asks to be trained anew."""
        return self.state is State.MOVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the columns were like that a model learnt, the last of them its score."""

    points: tuple[str, ...]
    edges: Floats
    """Shape (points, quantiles)."""
    counts: Floats
    """Rows of each learnt day between edges, shape (days, points, quantiles + 1)."""

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return plain arrays."""
        return {"points": np.array(self.points), "edges": self.edges, "counts": self.counts}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return what `to_arrays` gave.

        Raises:
            ValueError: it is none.
        """
        try:
            points = tuple(str(each) for each in arrays["points"])
            return cls(points=points, edges=np.asarray(arrays["edges"]), counts=np.asarray(arrays["counts"]))
        except KeyError as error:
            raise ValueError(f"nothing to hold recent readings against: {error} is missing") from error


def reference_of(inputs: Frame, raw: Floats) -> Reference:
    """Return what the live rows of `inputs` and their scores are like.

    Raises:
        NotFittable: they are too few.
    """
    ts, values = _live(inputs, raw)
    if len(ts) < LEAST_ROWS:
        raise NotFittable(
            f"{len(ts)} rows, of which {LEAST_ROWS} are needed to tell when others are different"
        )
    edges = np.stack([_quantiles(column) for column in values.T])
    day = (ts - 1) // DAY
    counts = np.stack([_counts(edges, values[day == one]) for one in np.unique(day)])
    return Reference(points=(*inputs.points, SCORE), edges=edges, counts=counts)


def drift(
    learnt: Reference, inputs: Frame, raw: Floats, *, labels: Mapping[str, Text] | None = None
) -> Verdict:
    """Hold recent rows, of the same points, and their scores against what was learnt."""
    ts, values = _live(inputs.columns(learnt.points[:-1]), raw)
    if np.isfinite(values[:, :-1]).any(axis=1).sum() < LEAST_ROWS:
        return Verdict(state=State.UNTOLD, shifts=(), score=None, since=None, reason=_FEW)
    days = len(np.unique((ts - 1) // DAY))
    now = _counts(learnt.edges, values)
    moved = [_shift(learnt, number, now[number], values[:, number], days) for number in range(len(now))]
    shifts, score = sorted(moved[:-1], key=lambda each: (-each.moved, -each.index / each.limit)), moved[-1]
    state = _STATES[shifts[0].moved, score.index > score.limit and score.now > score.before]
    return Verdict(
        state=state,
        shifts=tuple(shifts),
        score=score,
        since=_risen(learnt, ts, values[:, -1]) if state in (State.CHANGED, State.UNCLEAR) else None,
        reason=_reason(state, shifts[0], labels or {}),
    )


def page_hinkley(deviations: Floats, *, slack: float = SLACK, raised: float = RAISED) -> int | None:
    """Return the row at which a rise began that has added up to more than `raised`; none: there is none.

    `deviations` from what is usual, in standard deviations; NaN says nothing.
    Source: Page, Continuous inspection schemes, Biometrika 41 (1954).
    """
    sums = np.cumsum(np.where(np.isnan(deviations), 0.0, deviations - slack))
    lowest = np.minimum.accumulate(np.minimum(sums, 0.0))
    over = np.flatnonzero(sums - lowest > raised)
    if not len(over):
        return None
    before = sums[: over[0] + 1]
    return int(np.argmin(before)) + 1 if before.min() < 0 else 0


def stability_index(before: Floats, now: Floats) -> float:
    """Return the population stability index of two rows of counts, each with half a count added."""
    share = [(each + 0.5) / (each.sum() + 0.5 * len(each)) for each in (before, now)]
    return float(((share[1] - share[0]) * np.log(share[1] / share[0])).sum())


def _live(inputs: Frame, raw: Floats) -> tuple[Times, Floats]:
    values = np.column_stack((inputs.values, raw))[inputs.live]
    return inputs.ts[inputs.live], np.where(np.isfinite(values), values, np.nan)


def _quantiles(column: Floats) -> Floats:
    known = column[np.isfinite(column)]
    return np.quantile(known, QUANTILES) if len(known) else np.zeros(len(QUANTILES))


def _counts(edges: Floats, values: Floats) -> Floats:
    """Return how many of `values` (rows, points) lie between edges, shape (points, edges + 1).

    A value on an edge is inside of it, so that a point that stood still is known where it stood.
    """
    made = np.zeros((len(edges), edges.shape[1] + 1))
    middle = edges.shape[1] // 2
    for number, (own, column) in enumerate(zip(edges, values.T, strict=True)):
        known = column[np.isfinite(column)]
        below = np.searchsorted(own, known, side="right")
        upper = np.searchsorted(own, known, side="left")
        place = np.where(below <= middle, below, np.maximum(upper, np.minimum(below, middle)))
        made[number] = np.bincount(place, minlength=len(own) + 1)
    return made


def _shift(learnt: Reference, number: int, now: Floats, column: Floats, days: int) -> Shift:
    counts = learnt.counts[:, number]
    whole = counts.sum(axis=0)
    known = column[np.isfinite(column)]
    return Shift(
        point=learnt.points[number],
        index=stability_index(whole, now) if len(known) else 0.0,
        limit=max(MOVED, MARGIN * _usual(counts, days)),
        before=float(learnt.edges[number, len(QUANTILES) // 2]),
        now=float(np.median(known)) if len(known) else float("nan"),
        outside=float((now[0] + now[-1]) / max(now.sum(), 1.0)),
    )


def _usual(counts: Floats, days: int) -> float:
    """Return the most that as many learnt days on end differ from the others."""
    length = max(1, min(days, len(counts) // 2))
    if len(counts) < 2:
        return 0.0
    runs = sliding_window_view(counts, length, axis=0).sum(axis=-1)
    whole = counts.sum(axis=0)
    return max(stability_index(whole - run, run) for run in runs if run.sum() and (whole - run).sum())


def _risen(learnt: Reference, ts: Times, score: Floats) -> int | None:
    """Return since when the score has been high."""
    own = learnt.edges[-1]
    wide = max(float(own[-2] - own[len(own) // 2]), 1e-9)
    row = page_hinkley(np.clip((score - own[len(own) // 2]) / wide - 1, -3, 3))
    return None if row is None else int(ts[row])


_STATES: Final = {
    (False, False): State.KNOWN,
    (True, False): State.MOVED,
    (False, True): State.CHANGED,
    (True, True): State.UNCLEAR,
}
_FEW: Final = Text(en="Too few recent readings to tell.", zh="近期数据太少，无法判断。")
_WORDS: Final = {
    State.KNOWN: Text(
        en="Works as it did when the model was trained.",
        zh="运行状况与模型训练时一致。",
    ),
    State.MOVED: Text(
        en="{point} is now about {now}, {before} when the model was trained ({outside} of the time outside "
        "of all it has seen), and nothing else is unusual: train it anew.",
        zh="{point}目前约为{now}，训练时约为{before}（{outside}的时间超出训练范围），其余无异常：建议重新训练。",
    ),
    State.CHANGED: Text(
        en="Works at the same load as when the model was trained, but differently: look at the machine. "
        "Training anew would hide it.",
        zh="运行条件与训练时相同而表现不同：请检查设备，重新训练会掩盖问题。",
    ),
    State.UNCLEAR: Text(
        en="{point} is now about {now}, {before} when the model was trained, and the machine behaves "
        "unusually too: train anew only once it is known to be healthy.",
        zh="{point}目前约为{now}，训练时约为{before}，且设备表现异常：确认设备正常后再重新训练。",
    ),
}


def _reason(state: State, greatest: Shift, labels: Mapping[str, Text]) -> Text:
    label = labels.get(greatest.point, Text())
    filled = {
        "now": f"{greatest.now:.3g}",
        "before": f"{greatest.before:.3g}",
        "outside": f"{greatest.outside:.0%}",
    }
    words = _WORDS[state]
    return Text(
        en=words.en.format(point=label.en or greatest.point, **filled),
        zh=words.zh.format(point=label.zh or label.en or greatest.point, **filled),
    )
