"""What rules found of faults that are known: found, missed, false, and after how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from plantroom.domain.points import PointTable
from plantroom.rules.trial.alarms import Raised

AFTERMATH_MS: Final = 3_600_000
"""An alarm this long after a repair still belongs to the fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A fault that was there."""

    asset: str
    fault: str
    point: str | None
    start: int
    end: int | None
    """None: it was not repaired."""
    severity: float


class Where(Enum):
    """Where an alarm is, seen from a fault."""

    ON_IT = "on_it"
    """On the faulty asset itself."""
    NEAR_IT = "near_it"
    """On its parent, on its parts, on what feeds it or it feeds, or what speaks through it."""
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that was raised because of a fault."""

    rule: str
    asset: str
    where: Where
    after: int
    """ms after the fault began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of one fault."""

    truth: Truth
    findings: tuple[Finding, ...]
    """The first alarm of each rule on each asset on it or near it, in order of time."""

    @property
    def found(self) -> bool:
        """Whether a rule was raised, on the faulty asset or near it."""
        return bool(self.findings)

    @property
    def after(self) -> int | None:
        """How long it took until the first alarm, on the asset itself if there was one, ms."""
        own = (each.after for each in self.findings if each.where is Where.ON_IT)
        return next(own, self.findings[0].after if self.findings else None)


def judge(
    alarms: Sequence[Raised], truths: Sequence[Truth], table: PointTable
) -> tuple[tuple[Judgement, ...], tuple[Raised, ...]]:
    """Return what became of each of `truths`, and the alarms that none of them explains."""
    near = {truth.asset: neighbours(truth.asset, table) for truth in truths}
    judgements = tuple(
        Judgement(truth=truth, findings=tuple(_findings(alarms, truth, near[truth.asset])))
        for truth in truths
    )
    false = tuple(
        alarm
        for alarm in alarms
        if not any(_of(alarm, truth, near[truth.asset]) is not Where.ELSEWHERE for truth in truths)
    )
    return judgements, false


def _findings(alarms: Sequence[Raised], truth: Truth, near: frozenset[str]) -> Sequence[Finding]:
    found: dict[tuple[str, str], Finding] = {}
    for alarm in alarms:
        where = _of(alarm, truth, near)
        if where is not Where.ELSEWHERE:
            finding = Finding(rule=alarm.rule, asset=alarm.asset, where=where, after=alarm.at - truth.start)
            found.setdefault((alarm.asset, alarm.rule), finding)
    return tuple(found.values())


def _of(alarm: Raised, truth: Truth, near: frozenset[str]) -> Where:
    during = truth.start <= alarm.at and (truth.end is None or alarm.at <= truth.end + AFTERMATH_MS)
    if not during:
        return Where.ELSEWHERE
    if alarm.asset == truth.asset:
        return Where.ON_IT
    return Where.NEAR_IT if alarm.asset in near else Where.ELSEWHERE


def neighbours(asset: str, table: PointTable) -> frozenset[str]:
    """Return what an asset's fault may show on: all that depends on it, and what it depends on itself."""
    number = table.asset_number.get(asset)
    if number is None:
        return frozenset()
    own = table.assets[number]
    found = {own.parent, own.gateway, *own.fed_by} - {None}
    reached, frontier = {asset}, {asset}
    while frontier:
        frontier = {
            each.id
            for each in table.assets
            if each.id not in reached and frontier & {each.parent, each.gateway, *each.fed_by}
        }
        reached |= frontier
    siblings = {each.id for each in table.assets if own.parent and each.parent == own.parent}
    return frozenset(str(each) for each in found | reached | siblings) - {asset}
