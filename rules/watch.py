"""Rules made ready to be evaluated on columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from plantroom.domain.alarm import AlarmText
from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.rule import Rule
from plantroom.rules.cell import Verdict
from plantroom.rules.evaluation import Condition, compile_condition
from plantroom.rules.segments import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A rule over the columns of its cohort."""

    rule: Rule
    text: AlarmText
    when: Condition | None
    """None: the rule is wrong, its condition can never be told."""
    clear: Condition | None
    hold: int
    """ms"""
    keep: int
    """ms"""
    columns: tuple[int, ...]
    """Columns of the points it needs, those of `when` first."""
    subject: str = ""
    """Name of the point whose value its reports tell."""
    subject_column: int = -1
    fault: str = ""
    """What is wrong with the rule."""

    @classmethod
    def of(cls, rule: Rule, points: Sequence[str]) -> "Watch":
        """Return `rule` ready to be evaluated on columns that hold `points`."""
        columns = {point: column for column, point in enumerate(points)}
        when, clear, fault = None, None, ""
        try:
            when = compile_condition(rule.when, columns)
            clear = compile_condition(rule.clear, columns) if rule.clear else None
        except ExpressionInvalid as error:
            when, fault = None, str(error)
        return cls(
            rule=rule,
            text=AlarmText.of(rule),
            when=when,
            clear=clear,
            hold=rule.hold // timedelta(milliseconds=1),
            keep=rule.keep // timedelta(milliseconds=1),
            columns=tuple(columns[point] for point in points_of(rule)),
            subject=rule.when.subject,
            subject_column=columns.get(rule.when.subject, -1),
            fault=fault,
        )

    def judge(self, held: Floats, verdicts: npt.NDArray[np.uint8]) -> None:
        """Write a verdict for each row of `held`, shape (points, rows), into `verdicts`, shape (rows,)."""
        if self.when is None:
            verdicts[:] = Verdict.UNTOLD
            return
        holds, fails = self.when(held)
        if self.clear is None:
            gone, stays = fails, holds
        else:
            gone, stays = self.clear(held)
        verdicts[:] = gone
        verdicts *= np.uint8(Verdict.GONE)
        if self.clear is not None:
            verdicts += np.multiply(stays, np.uint8(Verdict.STAYS))
        np.copyto(verdicts, np.uint8(Verdict.HOLDS), where=holds)


def points_of(rule: Rule) -> tuple[str, ...]:
    """Return the names of the points that `rule` needs, those of `when` first, each once."""
    clear = rule.clear.points if rule.clear else ()
    return tuple(dict.fromkeys(rule.when.points + clear))
