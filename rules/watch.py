"""Rules made ready to be evaluated on columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from plantroom.domain.alarm import AlarmText
from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.tree import Given, Node, PointValue, Window, within
from plantroom.domain.rule import Rule
from plantroom.rules.cell import Verdict
from plantroom.rules.evaluation import Condition, compile_condition
from plantroom.rules.segments import Floats
from plantroom.rules.windows.expand import feeder_point, points_in


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
    columns: tuple[tuple[int, str], ...]
    """Columns of the points it needs, those of `when` first, with their names."""
    inner: tuple[tuple[int, str], ...]
    """Columns of the other things that it needs, with what they are."""
    subject: str = ""
    """Name of the point whose value its reports tell."""
    subject_column: int = -1
    fault: str = ""
    """What is wrong with the rule."""

    @classmethod
    def of(cls, rule: Rule, roots: Sequence[Node], columns: Mapping[Node, int]) -> "Watch":
        """Return `rule`, whose `when` and `clear` are `roots` here, ready to be evaluated on `columns`."""
        when, clear, fault = None, None, ""
        try:
            when = compile_condition(roots[0], columns)
            clear = compile_condition(roots[1], columns) if rule.clear else None
        except ExpressionInvalid as error:
            when, fault = None, f"cannot be compiled: {rule.when.text!r}: {error.__cause__!r}"
        subject = rule.when.subject
        if subject.startswith("fed_by."):
            subject = feeder_point(0, subject.removeprefix("fed_by."))
        return cls(
            rule=rule,
            text=AlarmText.of(rule),
            when=when,
            clear=clear,
            hold=rule.hold // timedelta(milliseconds=1),
            keep=rule.keep // timedelta(milliseconds=1),
            columns=tuple((columns[PointValue(point)], point) for point in points_in(roots)),
            inner=_inner(roots, columns),
            subject=subject,
            subject_column=columns.get(PointValue(subject), -1),
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


def _inner(roots: Sequence[Node], columns: Mapping[Node, int]) -> tuple[tuple[int, str], ...]:
    named = {}
    for node in (node for root in roots for node in within(root)):
        if isinstance(node, Given) and node in columns:
            named[columns[node]] = f"{node.name} is not given"
        if isinstance(node, Window) and node in columns:
            about = ", ".join(points_in([node.operand]))
            named[columns[node]] = f"{node.function.value} of {about} is not known for long enough"
    return tuple(named.items())
