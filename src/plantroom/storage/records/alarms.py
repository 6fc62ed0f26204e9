"""Alarms and their activations in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
    tuple_,
)

from plantroom.domain.alarm import AlarmState, AlarmText, TransitionKind
from plantroom.domain.occurrence import Activation, Alarm
from plantroom.domain.rule import Severity, WorkOrderTemplate
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority
from plantroom.storage.records.schema import activations, alarms, shelves

Key = tuple[str, str, str]
"""(site, asset, rule)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilter:
    """Which alarms a list holds; empty: all."""

    states: Sequence[AlarmState] = ()
    severities: Sequence[Severity] = ()
    assets: Sequence[str] = ()
    sites: Sequence[str] = ()
    since: int | None = None
    """Active since this time or later."""
    below: int | None = None
    """Only those recorded before this number."""


def find(connection: Connection, alarm_id: str) -> Alarm | None:
    """Return the alarm of that id."""
    row = connection.execute(select(alarms).where(alarms.c.id == alarm_id)).mappings().first()
    return _alarm(row) if row else None


def find_open(connection: Connection, key: Key) -> Alarm | None:
    """Return the open occurrence of (site, asset, rule)."""
    row = connection.execute(_FIND_OPEN, _key(key)).mappings().first()
    return _alarm(row) if row else None


def insert(connection: Connection, alarm: Alarm) -> None:
    """Record a new occurrence."""
    connection.execute(_INSERT, _columns(alarm))


def update(connection: Connection, alarm: Alarm) -> None:
    """Replace what is recorded of an occurrence."""
    connection.execute(_UPDATE, {"same_id": alarm.id, **_columns(alarm)})


def page(connection: Connection, wanted: AlarmFilter, *, now: int, limit: int) -> list[tuple[int, Alarm]]:
    """Return the newest `limit` alarms that are `wanted`, each with its number."""
    query = select(alarms).where(*_conditions(wanted, now=now)).order_by(alarms.c.number.desc()).limit(limit)
    return [(row["number"], _alarm(row)) for row in connection.execute(query).mappings()]


def open_of_asset(connection: Connection, asset: str) -> list[Alarm]:
    """Return the open alarms of an asset, newest first."""
    query = (
        select(alarms)
        .where(alarms.c.asset == asset, alarms.c.closed_at.is_(None))
        .order_by(alarms.c.number.desc())
    )
    return [_alarm(row) for row in connection.execute(query).mappings()]


def open_counts(connection: Connection) -> dict[str, int]:
    """Return how many open alarms each asset has; assets without are left out."""
    query = select(alarms.c.asset, func.count()).where(alarms.c.closed_at.is_(None)).group_by(alarms.c.asset)
    return {row[0]: row[1] for row in connection.execute(query)}


def active_in_order(connection: Connection, number: int) -> list[Alarm]:
    """Return the active alarms whose last order is `number`."""
    query = select(alarms).where(alarms.c.work_order == number, alarms.c.active)
    return [_alarm(row) for row in connection.execute(query).mappings()]


def due_for_re_alarm(connection: Connection, *, now: int) -> list[Alarm]:
    """Return the unshelved active alarms whose order has been closed for as long as `re_alarm` says."""
    due = and_(alarms.c.re_alarm_at <= now, alarms.c.active, alarms.c.order_priority.is_not(None))
    query = select(alarms).where(due, not_(_shelved(now)))
    return [_alarm(row) for row in connection.execute(query).mappings()]


def find_activation(connection: Connection, key: Key, activated_at: int) -> Activation | None:
    """Return what was heard of the activation at `activated_at`."""
    values = {"same_time": activated_at, **_key(key)}
    row = connection.execute(_FIND_ACTIVATION, values).mappings().first()
    return _activation(row) if row else None


def last_activation(connection: Connection, key: Key) -> Activation | None:
    """Return the activation of (site, asset, rule) that was heard of last."""
    row = connection.execute(_LAST_ACTIVATION, _key(key)).mappings().first()
    return _activation(row) if row else None


def insert_activation(connection: Connection, key: Key, activation: Activation, alarm_id: str | None) -> None:
    """Record that an activation was heard of."""
    site, asset, rule = key
    values = {"site": site, "asset": asset, "rule": rule, "activated_at": activation.activated_at}
    connection.execute(_INSERT_ACTIVATION, values | _end_columns(activation, alarm_id))


def update_activation(connection: Connection, key: Key, activation: Activation, alarm_id: str | None) -> None:
    """Replace what is recorded of an activation."""
    values = {"same_time": activation.activated_at, **_key(key)}
    connection.execute(_UPDATE_ACTIVATION, values | _end_columns(activation, alarm_id))


def _is(table: Table) -> ColumnElement[bool]:
    """Compare with the key that `_key` gives as parameters."""
    return and_(
        table.c.site == bindparam("same_site"),
        table.c.asset == bindparam("same_asset"),
        table.c.rule == bindparam("same_rule"),
    )


def _key(key: Key) -> dict[str, str]:
    site, asset, rule = key
    return {"same_site": site, "same_asset": asset, "same_rule": rule}


def _shelved(now: int) -> ColumnElement[bool]:
    of_alarm = tuple_(alarms.c.site, alarms.c.asset, alarms.c.rule)
    set_aside = select(shelves.c.site, shelves.c.asset, shelves.c.rule).where(shelves.c.until > now)
    return of_alarm.in_(set_aside)


def _conditions(wanted: AlarmFilter, *, now: int) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(or_(*(_in_state(state, now) for state in wanted.states)))
    if wanted.severities:
        conditions.append(alarms.c.severity.in_([severity.value for severity in wanted.severities]))
    if wanted.assets:
        conditions.append(alarms.c.asset.in_(wanted.assets))
    if wanted.sites:
        conditions.append(alarms.c.site.in_(wanted.sites))
    if wanted.since is not None:
        conditions.append(alarms.c.active_since >= wanted.since)
    if wanted.below is not None:
        conditions.append(alarms.c.number < wanted.below)
    return conditions


def _in_state(state: AlarmState, now: int) -> ColumnElement[bool]:
    """The SQL of `Alarm.state`."""
    is_open, shelved = alarms.c.closed_at.is_(None), _shelved(now)
    in_view = and_(is_open, not_(shelved))
    match state:
        case AlarmState.NORMAL:
            return alarms.c.closed_at.is_not(None)
        case AlarmState.SHELVED:
            return and_(is_open, shelved)
        case AlarmState.CLEARED_UNACKED:
            return and_(in_view, not_(alarms.c.active))
        case AlarmState.ACTIVE_ACKED:
            return and_(in_view, alarms.c.active, alarms.c.acknowledged)
        case AlarmState.ACTIVE_UNACKED:
            return and_(in_view, alarms.c.active, not_(alarms.c.acknowledged))
        case _:  # nothing is suppressed or out of service yet
            return and_(is_open, alarms.c.closed_at.is_not(None))


_FLAT = (
    "id",
    "site",
    "asset",
    "rule",
    "active_since",
    "activated_at",
    "activations",
    "active",
    "acknowledged",
    "acknowledged_by",
    "acknowledged_at",
    "cleared_at",
    "unknown_since",
    "told_at",
    "closed_at",
    "value",
    "point",
    "unit",
    "reason",
    "work_order",
    "order_closed_at",
)
_OF_TEXT = (
    "severity",
    "grp",
    "title_en",
    "title_zh",
    "order_priority",
    "order_skill",
    "re_alarm_ms",
    "reopen_within_ms",
    "re_alarm_at",
)


def _columns(alarm: Alarm) -> dict[str, Any]:
    text, order = alarm.text, alarm.text.work_order
    return {name: getattr(alarm, name) for name in _FLAT} | {
        "severity": text.severity.value,
        "grp": text.group,
        "title_en": text.title.en,
        "title_zh": text.title.zh,
        "order_priority": order.priority.value if order else None,
        "order_skill": order.skill if order else None,
        "re_alarm_ms": round(text.re_alarm.total_seconds() * 1000),
        "reopen_within_ms": round(text.reopen_within.total_seconds() * 1000),
        "re_alarm_at": alarm.re_alarm_at,
    }


def _alarm(row: RowMapping) -> Alarm:
    order = None
    if row["order_priority"] is not None:
        order = WorkOrderTemplate(priority=Priority(row["order_priority"]), skill=row["order_skill"])
    text = AlarmText(
        severity=Severity(row["severity"]),
        group=row["grp"],
        title=Text(en=row["title_en"], zh=row["title_zh"]),
        work_order=order,
        re_alarm=timedelta(milliseconds=row["re_alarm_ms"]),
        reopen_within=timedelta(milliseconds=row["reopen_within_ms"]),
    )
    return Alarm(text=text, **{name: row[name] for name in _FLAT})


def _end_columns(activation: Activation, alarm_id: str | None) -> dict[str, Any]:
    return {
        "alarm_id": alarm_id if activation.began else None,
        "ended_by": activation.end.value if activation.end else None,
        "ended_at": activation.ended_at,
        "end_reason": activation.end_reason,
    }


def _activation(row: RowMapping) -> Activation:
    return Activation(
        activated_at=row["activated_at"],
        began=row["alarm_id"] is not None,
        end=TransitionKind(row["ended_by"]) if row["ended_by"] else None,
        ended_at=row["ended_at"],
        end_reason=row["end_reason"],
    )


# Built once: building a statement takes longer than running it.
_INSERT: Final = alarms.insert()
_UPDATE: Final = (
    alarms.update()
    .where(alarms.c.id == bindparam("same_id"))
    .values({name: bindparam(name) for name in (*_FLAT, *_OF_TEXT)})
)
_FIND_OPEN: Final = select(alarms).where(_is(alarms), alarms.c.closed_at.is_(None))
_INSERT_ACTIVATION: Final = activations.insert()
_UPDATE_ACTIVATION: Final = (
    activations.update()
    .where(_is(activations), activations.c.activated_at == bindparam("same_time"))
    .values({name: bindparam(name) for name in ("alarm_id", "ended_by", "ended_at", "end_reason")})
)
_FIND_ACTIVATION: Final = select(activations).where(
    _is(activations), activations.c.activated_at == bindparam("same_time")
)
_LAST_ACTIVATION: Final = (
    select(activations).where(_is(activations)).order_by(activations.c.number.desc()).limit(1)
)
