"""What changes when one set of rules takes the place of another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from plantroom.domain.expression.tree import Expression
from plantroom.domain.rule import Rule
from plantroom.rules.trial.alarms import Raised


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field of a rule that is another."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """What became of a rule that both sets have; the fields by the names of rule files."""

    rule: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Rules of two sets; ids in the order of the sets."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[RuleChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsChange:
    """What a rule does otherwise on an asset: alarms of the old rules that are missing, and so on."""

    rule: str
    asset: str
    old: int
    new: int
    fewer: int
    """Alarms of the old rules that the new ones do not raise."""
    more: int
    """Alarms of the new rules that the old ones did not raise."""
    earlier: tuple[int, ...]
    """By how much alarms of both come earlier now, ms."""
    later: tuple[int, ...]
    """By how much alarms of both come later now, ms."""


_NAMES: Final = {"asset_class": "class", "hold": "for"}


def difference(old: Sequence[Rule], new: Sequence[Rule]) -> Difference:
    """Return what is other in `new`."""
    before, after = {rule.id: rule for rule in old}, {rule.id: rule for rule in new}
    changes = (
        RuleChange(rule=name, changes=tuple(_changes(before[name], rule)))
        for name, rule in after.items()
        if name in before
    )
    return Difference(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(each for each in changes if each.changes),
    )


def _changes(old: Rule, new: Rule) -> Iterator[FieldChange]:
    for field in fields(Rule):
        before, after = _said(getattr(old, field.name)), _said(getattr(new, field.name))
        if before != after:
            yield FieldChange(field=_NAMES.get(field.name, field.name), old=before, new=after)


def _said(value: Any) -> Any:
    """Return an expression as it is written, spaces aside."""
    return " ".join(value.text.split()) if isinstance(value, Expression) else value


def compare_alarms(old: Sequence[Raised], new: Sequence[Raised], *, end: int) -> tuple[AlarmsChange, ...]:
    """Return where the alarms up to `end` differ; two are the same if they are active at the same time."""
    before, after = _grouped(old), _grouped(new)
    found = (_compare(key, before.get(key, []), after.get(key, []), end) for key in sorted({*before, *after}))
    return tuple(each for each in found if each.fewer or each.more or each.earlier or each.later)


def _grouped(alarms: Sequence[Raised]) -> Mapping[tuple[str, str], list[Raised]]:
    found: dict[tuple[str, str], list[Raised]] = {}
    for alarm in alarms:
        found.setdefault((alarm.rule, alarm.asset), []).append(alarm)
    return found


def _compare(key: tuple[str, str], old: Sequence[Raised], new: Sequence[Raised], end: int) -> AlarmsChange:
    partner: dict[int, Raised] = {}
    waiting = list(new)
    for number, alarm in enumerate(old):
        same = next((each for each in waiting if meet(alarm, each, end)), None)
        if same is not None:
            partner[number] = same
            waiting.remove(same)
    moved = [partner[number].at - alarm.at for number, alarm in enumerate(old) if number in partner]
    return AlarmsChange(
        rule=key[0],
        asset=key[1],
        old=len(old),
        new=len(new),
        fewer=len(old) - len(partner),
        more=len(waiting),
        earlier=tuple(-by for by in moved if by < 0),
        later=tuple(by for by in moved if by > 0),
    )


def meet(old: Raised, new: Raised, end: int) -> bool:
    """Return whether both are active at some time up to `end`, ms."""
    return old.at <= (new.until or end) and new.at <= (old.until or end)
