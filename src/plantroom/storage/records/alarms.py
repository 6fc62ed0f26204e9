"""Alarms in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
    true,
)

from plantroom.domain.alarm import AlarmState
from plantroom.domain.occurrence import Alarm
from plantroom.domain.rule import Severity
from plantroom.domain.set_aside import SetAside, SetAsideKind
from plantroom.storage.records.alarm_rows import NAMES, alarm_of, columns_of
from plantroom.storage.records.key import Key, key_values, matches
from plantroom.storage.records.schema import alarms, set_asides


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilter:
    """Which alarms a list holds; empty: all."""

    states: Sequence[AlarmState] = ()
    severities: Sequence[Severity] = ()
    assets: Sequence[str] = ()
    sites: Sequence[str] = ()
    roots: Sequence[str] = ()
    """Consequences of these alarms."""
    suppressed: bool | None = None
    """Whether the rules have set them aside."""
    since: int | None = None
    """Active since this time or later."""
    below: int | None = None
    """Only those recorded before this number."""


def find(connection: Connection, alarm_id: str) -> Alarm | None:
    """Return the alarm of that id."""
    row = connection.execute(select(alarms).where(alarms.c.id == alarm_id)).mappings().first()
    return alarm_of(row) if row else None


def find_open(connection: Connection, key: Key) -> Alarm | None:
    """Return the open occurrence of (site, asset, rule)."""
    row = connection.execute(_FIND_OPEN, key_values(key)).mappings().first()
    return alarm_of(row) if row else None


def insert(connection: Connection, alarm: Alarm) -> None:
    """Record a new occurrence."""
    connection.execute(_INSERT, columns_of(alarm))


def update(connection: Connection, alarm: Alarm) -> None:
    """Replace what is recorded of an occurrence."""
    connection.execute(_UPDATE, {"same_id": alarm.id, **columns_of(alarm)})


def page(connection: Connection, wanted: AlarmFilter, *, now: int, limit: int) -> list[tuple[int, Alarm]]:
    """Return the newest `limit` alarms that are `wanted`, each with its number."""
    query = select(alarms).where(*_conditions(wanted, now=now)).order_by(alarms.c.number.desc()).limit(limit)
    return [(row["number"], alarm_of(row)) for row in connection.execute(query).mappings()]


def count(connection: Connection, wanted: AlarmFilter, *, now: int) -> int:
    """Return how many alarms are `wanted`."""
    query = select(func.count()).select_from(alarms).where(*_conditions(wanted, now=now))
    return connection.execute(query).scalar_one()


def open_of_asset(connection: Connection, asset: str) -> list[Alarm]:
    """Return the open alarms of an asset, newest first."""
    query = (
        select(alarms)
        .where(alarms.c.asset == asset, alarms.c.closed_at.is_(None))
        .order_by(alarms.c.number.desc())
    )
    return [alarm_of(row) for row in connection.execute(query).mappings()]


def open_counts(connection: Connection) -> dict[str, int]:
    """Return how many open alarms each asset has; assets without are left out."""
    query = select(alarms.c.asset, func.count()).where(alarms.c.closed_at.is_(None)).group_by(alarms.c.asset)
    return {row[0]: row[1] for row in connection.execute(query)}


def active_in_order(connection: Connection, number: int) -> list[Alarm]:
    """Return the active alarms whose last order is `number`."""
    query = select(alarms).where(alarms.c.work_order == number, alarms.c.active)
    return [alarm_of(row) for row in connection.execute(query).mappings()]


def due_for_re_alarm(connection: Connection, *, now: int) -> list[Alarm]:
    """Return the active alarms in view that have been known, or without order, for `re_alarm`."""
    due = and_(alarms.c.re_alarm_at <= now, alarms.c.active, not_(alarms.c.suppressed))
    query = select(alarms).where(due, not_(_aside(now, *SetAsideKind)))
    return [alarm_of(row) for row in connection.execute(query).mappings()]


def open_under(connection: Connection, each: SetAside) -> list[Alarm]:
    """Return the open alarms that `each` covers."""
    wanted = [alarms.c.site == each.site, alarms.c.closed_at.is_(None)]
    if each.asset:
        wanted.append(alarms.c.asset == each.asset)
    if each.rule:
        wanted.append(alarms.c.rule == each.rule)
    if not each.life_safety:
        wanted.append(not_(alarms.c.life_safety))
    query = select(alarms).where(*wanted).order_by(alarms.c.number)
    return [alarm_of(row) for row in connection.execute(query).mappings()]


def newest_of_rule(connection: Connection, key: Key) -> Alarm | None:
    """Return the newest occurrence of (site, asset, rule), open or closed."""
    query = select(alarms).where(matches(alarms)).order_by(alarms.c.number.desc()).limit(1)
    row = connection.execute(query, key_values(key)).mappings().first()
    return alarm_of(row) if row else None


def first_of_fault(connection: Connection, alarm: Alarm, *, within: int) -> Alarm | None:
    """Return the open alarm of the same fault that came before `alarm`, at most `within` ms."""
    values = {
        "same_site": alarm.site,
        "same_asset": alarm.asset,
        "same_rule": alarm.rule,
        "same_group": alarm.text.group,
        "since": alarm.active_since - within,
        "until": alarm.active_since,
    }
    row = connection.execute(_FIRST_OF_FAULT, values).mappings().first()
    return alarm_of(row) if row else None


def chattering(connection: Connection) -> list[Alarm]:
    """Return the alarms that are held because they come and go."""
    query = select(alarms).where(alarms.c.chattering_since.is_not(None), alarms.c.closed_at.is_(None))
    return [alarm_of(row) for row in connection.execute(query).mappings()]


def _aside(now: int, *kinds: SetAsideKind) -> ColumnElement[bool]:
    """The SQL of `SetAside.covers`, for any of `kinds` that holds at `now`."""
    column = set_asides.c
    return (
        select(column.kind)
        .where(
            column.kind.in_([kind.value for kind in kinds]),
            column.site == alarms.c.site,
            or_(column.asset == "", column.asset == alarms.c.asset),
            or_(column.rule == "", column.rule == alarms.c.rule),
            or_(column.until.is_(None), column.until > now),
            or_(column.life_safety == true(), not_(alarms.c.life_safety)),
        )
        .exists()
    )


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
    if wanted.roots:
        conditions.append(alarms.c.root_alarm.in_(wanted.roots))
    if wanted.suppressed is not None:
        conditions.append(alarms.c.suppressed if wanted.suppressed else not_(alarms.c.suppressed))
    if wanted.since is not None:
        conditions.append(alarms.c.active_since >= wanted.since)
    if wanted.below is not None:
        conditions.append(alarms.c.number < wanted.below)
    return conditions


def _in_state(state: AlarmState, now: int) -> ColumnElement[bool]:
    """The SQL of `Alarm.state`."""
    is_open = alarms.c.closed_at.is_(None)
    stands = or_(alarms.c.active, alarms.c.latched)
    out_of_service, shelved = _aside(now, _K.OUT_OF_SERVICE), _aside(now, _K.SHELVED)
    by_design = or_(_aside(now, _K.MAINTENANCE), alarms.c.suppressed)
    in_view = and_(is_open, not_(by_design), not_(_aside(now, _K.OUT_OF_SERVICE, _K.SHELVED)))
    match state:
        case AlarmState.NORMAL:
            return alarms.c.closed_at.is_not(None)
        case AlarmState.OUT_OF_SERVICE:
            return and_(is_open, out_of_service)
        case AlarmState.SHELVED:
            return and_(is_open, shelved, not_(out_of_service))
        case AlarmState.SUPPRESSED:
            return and_(is_open, by_design, not_(shelved), not_(out_of_service))
        case AlarmState.CLEARED_UNACKED:
            return and_(in_view, not_(stands))
        case AlarmState.ACTIVE_ACKED:
            return and_(in_view, stands, alarms.c.acknowledged)
        case AlarmState.ACTIVE_UNACKED:
            return and_(in_view, stands, not_(alarms.c.acknowledged))


_K = SetAsideKind

# Built once: building a statement takes longer than running it.
_INSERT: Final = alarms.insert()
_UPDATE: Final = (
    alarms.update()
    .where(alarms.c.id == bindparam("same_id"))
    .values({name: bindparam(name) for name in NAMES})
)
_FIND_OPEN: Final = select(alarms).where(matches(alarms), alarms.c.closed_at.is_(None))
_FIRST_OF_FAULT: Final = (
    select(alarms)
    .where(
        alarms.c.site == bindparam("same_site"),
        alarms.c.asset == bindparam("same_asset"),
        alarms.c.rule != bindparam("same_rule"),
        alarms.c.grp == bindparam("same_group"),
        alarms.c.closed_at.is_(None),
        alarms.c.grouped_under.is_(None),
        alarms.c.active_since.between(bindparam("since"), bindparam("until")),
    )
    .order_by(alarms.c.number)
    .limit(1)
)
