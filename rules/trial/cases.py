"""A case is played to the engine, and what happened is held against what should have."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher
from enum import Enum
from typing import Final

import numpy as np

from plantroom.domain.alarm import Transition
from plantroom.domain.rule_case import CaseSeries, ExpectedTransition, RuleCase
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.rules.segments import Floats, Mask, Times
from plantroom.rules.trial.needs import lacking
from plantroom.rules.trial.watching import Watching

_MS: Final = timedelta(milliseconds=1)
_TICK_MS: Final = 60_000
"""How often time passes of itself. What happens is the same whatever it is: deadlines are exact."""
_TOLERANCE: Final = 1e-3
"""Of the values that a case expects, relative."""


class Told(Enum):
    """How one transition of a case compares."""

    RIGHT = "right"
    """Expected, and it happened."""
    MISSING = "missing"
    """Expected, and it did not happen."""
    UNEXPECTED = "unexpected"
    """It happened, and nobody expected it."""
    OTHERWISE = "otherwise"
    """Expected, and it happened at another value, or with people told who should not be, or not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One transition of a case, expected, happened or both."""

    told: Told
    expected: ExpectedTransition | None = None
    happened: Transition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What came of one case."""

    case: RuleCase
    faults: tuple[str, ...]
    """What is wrong with its rules."""
    idle: tuple[str, ...]
    """Why rules watch nothing: a hint where something was expected."""
    compared: tuple[Comparison, ...]
    """All transitions, in order of time."""

    @property
    def passed(self) -> bool:
        """Whether all happened as expected, and nothing else."""
        return not self.faults and all(each.told is Told.RIGHT for each in self.compared)


def try_case(case: RuleCase) -> CaseResult:
    """Return what comes of `case`."""
    watching = Watching(case.installation)
    told = [each for batch, until in _feed(case) for each in watching.take(batch, until=until)]
    return CaseResult(
        case=case,
        faults=watching.faults,
        idle=tuple(lacking(case.installation)),
        compared=tuple(_compare(case, told)),
    )


def _feed(case: RuleCase) -> Iterator[tuple[SampleBatch, int]]:
    """Yield the samples of a case piece by piece, each with the time at which the next begins."""
    samples, ends = samples_of(case), case.started + round(case.until / _MS)
    for begin in range(case.started, ends + 1, _TICK_MS):
        end = min(begin + _TICK_MS, ends + 1)
        first, last = np.searchsorted(samples.ts, (begin, end))
        yield samples.take(np.arange(first, last)), end


def samples_of(case: RuleCase) -> SampleBatch:
    """Return all that the points of `case` show, by time, a message for each asset and time."""
    table = case.installation.table
    parts = [(each.point, *_shown(each, case)) for each in case.series]
    point = np.repeat([number for number, _, _ in parts], [len(ts) for _, ts, _ in parts]).astype(np.int32)
    ts = np.concatenate([np.empty(0, np.int64), *(ts for _, ts, _ in parts)])
    value = np.concatenate([np.empty(0), *(value for _, _, value in parts)])
    order = np.lexsort((point, ts))
    point, ts, value = point[order], ts[order] + case.started, value[order]
    turns = (np.diff(ts) != 0) | (np.diff(table.asset_of[point]) != 0)
    low = np.array([each.low for each in table.points])[point]
    high = np.array([each.high for each in table.points])[point]
    quality = np.where((value < low) | (value > high), Quality.RANGE, Quality.GOOD)
    quality[np.isnan(value)] = Quality.NOT_A_NUMBER
    return SampleBatch(
        point=point,
        ts=ts,
        value=value,
        quality=quality.astype(np.uint8),
        arrived=ts.copy(),
        message=np.concatenate([np.zeros(min(1, len(ts))), np.cumsum(turns)]).astype(np.int32),
    )


def _shown(series: CaseSeries, case: RuleCase) -> tuple[Times, Floats]:
    """Return when a point is read, ms after the start, and what it shows; what is gone is left out."""
    every = round(case.installation.table.points[series.point].every / _MS)
    ts = np.arange(0, round(case.until / _MS) + 1, every, dtype=np.int64)
    value = np.empty(len(ts))
    arrives = np.ones(len(ts), np.bool_)
    for step, following in zip(series.steps, [*series.steps[1:], None], strict=True):
        begin = round(step.at / _MS)
        since = ts >= begin
        value[since], arrives[since] = step.value, step.value is not None
        if following is not None and following.ramp and following.value is not None:
            _climb(ts, value, since, begin, round(following.at / _MS), following.value)
    return ts[arrives], value[arrives]


def _climb(ts: Times, value: Floats, since: Mask, begin: int, end: int, target: float) -> None:
    share = (ts[since] - begin) / (end - begin)
    value[since] += (target - value[since]) * share


def _compare(case: RuleCase, told: list[Transition]) -> Iterator[Comparison]:
    """Yield expected and happened transitions side by side."""
    expected = sorted(case.expect, key=lambda each: (each.at, each.asset, each.rule))
    happened = sorted(told, key=lambda each: (each.at, each.asset, each.rule))
    mine = [(case.started + round(e.at / _MS), e.asset, e.rule, e.kind) for e in expected]
    theirs = [(each.at, each.asset, each.rule, each.kind) for each in happened]
    for _, i, j, k, m in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if j - i == m - k and mine[i:j] == theirs[k:m]:
            yield from (_side_by_side(e, h) for e, h in zip(expected[i:j], happened[k:m], strict=True))
            continue
        yield from (Comparison(told=Told.MISSING, expected=each) for each in expected[i:j])
        yield from (Comparison(told=Told.UNEXPECTED, happened=each) for each in happened[k:m])


def _side_by_side(expected: ExpectedTransition, happened: Transition) -> Comparison:
    alike = expected.value is None or (
        happened.value is not None and math.isclose(expected.value, happened.value, rel_tol=_TOLERANCE)
    )
    alike = alike and expected.suppressed == happened.suppressed
    told = Told.RIGHT if alike else Told.OTHERWISE
    return Comparison(told=told, expected=expected, happened=happened)
