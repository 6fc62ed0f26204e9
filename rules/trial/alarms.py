"""Transitions to alarms, each with its beginning and end, and to the work orders that they would open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind


@dataclass(slots=True, kw_only=True)
class Raised:
    """One activation of a rule on an asset; times in ms since the epoch."""

    site: str
    asset: str
    rule: str
    at: int
    text: AlarmText
    value: float | None
    point: str
    unit: str
    until: int | None = None
    """None: still active at the end."""
    shown: int | None = None
    """When people were first shown it; None: suppressed all the time."""
    suppressed_by: str = ""
    unknown: int = 0
    """For how long it could not be told, ms."""


@dataclass(slots=True, kw_only=True)
class Order:
    """A work order that would have been opened."""

    site: str
    asset: str
    group: str
    at: int
    alarms: list[Raised] = field(default_factory=list)
    reopened: int = 0


def alarms_of(transitions: Iterable[Transition], *, end: int) -> tuple[Raised, ...]:
    """Return the alarms that `transitions` tell of, up to `end`, in the order of their beginning."""
    found: dict[tuple[str, str, str, int], Raised] = {}
    dark: dict[tuple[str, str, str, int], int] = {}
    for each in transitions:
        key = each.site, each.asset, each.rule, each.activated_at
        if each.kind is TransitionKind.ACTIVATED:
            found.setdefault(key, _begun(each))
            continue
        alarm = found.get(key)
        if alarm is None:
            continue
        match each.kind:
            case TransitionKind.UNKNOWN:
                dark[key] = each.at
            case TransitionKind.RELEASED if alarm.shown is None:
                alarm.shown = each.at
            case TransitionKind.CLEARED | TransitionKind.WITHDRAWN:
                alarm.until = each.at
        if each.kind is not TransitionKind.UNKNOWN and key in dark:
            alarm.unknown += each.at - dark.pop(key)
    for key, since in dark.items():
        found[key].unknown += end - since
    return tuple(sorted(found.values(), key=lambda alarm: (alarm.at, alarm.asset, alarm.rule)))


def _begun(activation: Transition) -> Raised:
    return Raised(
        site=activation.site,
        asset=activation.asset,
        rule=activation.rule,
        at=activation.at,
        text=activation.text,
        value=activation.value,
        point=activation.point,
        unit=activation.unit,
        shown=None if activation.suppressed else activation.at,
        suppressed_by=activation.reason if activation.suppressed else "",
    )


def orders_of(alarms: Sequence[Raised]) -> tuple[Order, ...]:
    """Return the work orders that `alarms` would open, were each closed as soon as its alarms are over.

    Alarms of one group on one asset share an order; one that comes within `reopen_within` of its closing
    re-opens it. What nobody is shown opens none.
    """
    latest: dict[tuple[str, str, str], Order] = {}
    orders: list[Order] = []
    shown = [alarm for alarm in alarms if alarm.shown is not None and alarm.text.work_order is not None]
    for alarm in sorted(shown, key=lambda each: (each.shown or 0, each.asset, each.rule)):
        key = alarm.site, alarm.asset, alarm.text.group
        begin = alarm.shown or 0
        order = latest.get(key)
        if order is None or (_closed_before(order, begin) and not _reopens(order, alarm, begin)):
            order = Order(site=alarm.site, asset=alarm.asset, group=alarm.text.group, at=begin)
            latest[key] = order
            orders.append(order)
        elif _closed_before(order, begin):
            order.reopened += 1
        order.alarms.append(alarm)
    return tuple(orders)


def _closed_before(order: Order, at: int) -> bool:
    return all(alarm.until is not None and alarm.until < at for alarm in order.alarms)


def _reopens(order: Order, alarm: Raised, at: int) -> bool:
    closed = max(each.until or 0 for each in order.alarms)
    return at - closed <= alarm.text.reopen_within.total_seconds() * 1000
