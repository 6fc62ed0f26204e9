"""Floods of alarms in the database."""

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, RowMapping, bindparam, func, select

from plantroom.storage.records.schema import activations, floods


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """A time in which alarms came faster than people can act; times are ms since the epoch, UTC."""

    number: int
    began_at: int
    ended_at: int | None
    alarms: int
    """How many people were shown, from the beginning of the time that made it a flood."""


def current(connection: Connection) -> Flood | None:
    """Return the flood that goes on."""
    row = connection.execute(_CURRENT).mappings().first()
    return _flood(row) if row else None


def begin(connection: Connection, *, at: int, alarms: int) -> Flood:
    """Record that a flood has begun."""
    query = floods.insert().values(began_at=at, alarms=alarms).returning(floods.c.number)
    number = connection.execute(query).scalar_one()
    return Flood(number=number, began_at=at, ended_at=None, alarms=alarms)


def end(connection: Connection, flood: Flood, *, at: int, alarms: int) -> Flood:
    """Record that `flood` is over, and return it so."""
    query = floods.update().where(floods.c.number == flood.number)
    connection.execute(query.values(ended_at=at, alarms=alarms))
    return replace(flood, ended_at=at, alarms=alarms)


def page(connection: Connection, *, below: int | None, limit: int) -> list[Flood]:
    """Return the newest `limit` floods."""
    query = select(floods).order_by(floods.c.number.desc()).limit(limit)
    if below is not None:
        query = query.where(floods.c.number < below)
    return [_flood(row) for row in connection.execute(query).mappings()]


def shown_since(connection: Connection, since: int) -> int:
    """Return how many activations people were shown after `since` (ms, our clock)."""
    return connection.execute(_SHOWN, {"since": since}).scalar_one()


def _flood(row: RowMapping) -> Flood:
    return Flood(**{name: row[name] for name in Flood.__slots__})


_CURRENT: Final = select(floods).where(floods.c.ended_at.is_(None)).order_by(floods.c.number.desc())
_SHOWN: Final = select(func.count()).where(
    activations.c.heard_at > bindparam("since"),
    activations.c.aside == "",
    activations.c.alarm_id.is_not(None),
)
