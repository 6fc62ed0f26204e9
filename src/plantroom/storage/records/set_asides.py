"""What people have set aside, in the database."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, bindparam, or_, select

from plantroom.domain.occurrence import Alarm
from plantroom.domain.set_aside import IN_VIEW, Aside, SetAside, SetAsideKind
from plantroom.storage.records.schema import set_asides

_FLAT: Final = (
    "site",
    "asset",
    "rule",
    "until",
    "reason",
    "who",
    "at",
    "one_shot",
    "life_safety",
    "remind_at",
    "work_order",
)


def of_alarm(connection: Connection, alarm: Alarm, *, now: int) -> Aside:
    """Return by what `alarm` is set aside at `now`."""
    values = {"now": now, "same_site": alarm.site, "same_asset": alarm.asset, "same_rule": alarm.rule}
    found = [_set_aside(row) for row in connection.execute(_OF_ALARM, values).mappings()]
    if not found and not alarm.suppression.holds:
        return IN_VIEW
    return _aside(found, alarm)


def of_alarms(connection: Connection, alarms: Iterable[Alarm], *, now: int) -> dict[str, Aside]:
    """Return by what each of `alarms` is set aside, by its id."""
    listed = list(alarms)
    found = holding(connection, now=now, assets={alarm.asset for alarm in listed})
    return {alarm.id: _aside(found, alarm) for alarm in listed}


def covers(each: SetAside, alarm: Alarm) -> bool:
    """Whether `alarm` is set aside by `each`."""
    life_safety = bool(alarm.text.life_safety)
    return each.covers(site=alarm.site, asset=alarm.asset, rule=alarm.rule, life_safety=life_safety)


def holding(connection: Connection, *, now: int, assets: Iterable[str] | None = None) -> list[SetAside]:
    """Return what is set aside at `now`, of all assets or these; what ends first comes first."""
    query = select(set_asides).where(_holds(now)).order_by(set_asides.c.until, set_asides.c.at)
    if assets is not None:
        query = query.where(set_asides.c.asset.in_(["", *assets]))
    return [_set_aside(row) for row in connection.execute(query).mappings()]


def find(
    connection: Connection, kind: SetAsideKind, *, site: str, asset: str = "", rule: str = "", now: int
) -> SetAside | None:
    """Return that very one, if it holds at `now`."""
    query = select(set_asides).where(_is((kind, site, asset, rule)), _holds(now))
    row = connection.execute(query).mappings().first()
    return _set_aside(row) if row else None


def expired(connection: Connection, *, now: int) -> list[SetAside]:
    """Return those whose time is over."""
    query = select(set_asides).where(set_asides.c.until <= now).order_by(set_asides.c.until)
    return [_set_aside(row) for row in connection.execute(query).mappings()]


def to_remind(connection: Connection, *, now: int) -> list[SetAside]:
    """Return those whose end people are to be reminded of."""
    query = select(set_asides).where(set_asides.c.remind_at <= now, _holds(now))
    return [_set_aside(row) for row in connection.execute(query).mappings()]


def of_order(connection: Connection, number: int) -> list[SetAside]:
    """Return those that the work order of that number ends."""
    query = select(set_asides).where(set_asides.c.work_order == number)
    return [_set_aside(row) for row in connection.execute(query).mappings()]


def put(connection: Connection, each: SetAside) -> None:
    """Record it, instead of any of the same key."""
    remove(connection, each)
    values = {name: getattr(each, name) for name in _FLAT} | {"kind": each.kind.value}
    connection.execute(set_asides.insert().values(values))


def remove(connection: Connection, each: SetAside) -> None:
    """End it."""
    connection.execute(set_asides.delete().where(_is(each.key)))


def _aside(found: Iterable[SetAside], alarm: Alarm) -> Aside:
    covering = (each for each in found if covers(each, alarm))
    return Aside.of(covering, suppressed=alarm.suppression.holds)


def _is(key: tuple[SetAsideKind, str, str, str]) -> ColumnElement[bool]:
    kind, site, asset, rule = key
    column = set_asides.c
    return and_(column.kind == kind.value, column.site == site, column.asset == asset, column.rule == rule)


def _holds(now: int) -> ColumnElement[bool]:
    return or_(set_asides.c.until.is_(None), set_asides.c.until > now)


def _set_aside(row: RowMapping) -> SetAside:
    values: dict[str, Any] = {name: row[name] for name in _FLAT}
    return SetAside(kind=SetAsideKind(row["kind"]), **values)


# Built once: building a statement takes longer than running it.
_OF_ALARM: Final = select(set_asides).where(
    set_asides.c.site == bindparam("same_site"),
    set_asides.c.asset.in_(["", bindparam("same_asset")]),
    set_asides.c.rule.in_(["", bindparam("same_rule")]),
    or_(set_asides.c.until.is_(None), set_asides.c.until > bindparam("now")),
)
