"""What people have set aside for a time, in the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, RowMapping, bindparam, delete, select, tuple_

from plantroom.storage.records.alarms import Key
from plantroom.storage.records.schema import shelves


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """(site, asset, rule) set aside; times are ms since the epoch, UTC."""

    key: Key
    until: int
    reason: str
    who: str
    at: int


def find(connection: Connection, key: Key, *, now: int) -> Shelf | None:
    """Return the shelf of (site, asset, rule) that still holds at `now`."""
    site, asset, rule = key
    values = {"now": now, "same_site": site, "same_asset": asset, "same_rule": rule}
    row = connection.execute(_FIND, values).mappings().first()
    return _shelf(row) if row else None


def find_all(connection: Connection, keys: Iterable[Key], *, now: int) -> dict[Key, Shelf]:
    """Return those shelves of `keys` that still hold at `now`."""
    of_shelf = tuple_(shelves.c.site, shelves.c.asset, shelves.c.rule)
    query = select(shelves).where(shelves.c.until > now, of_shelf.in_(list(keys)))
    found = [_shelf(row) for row in connection.execute(query).mappings()]
    return {shelf.key: shelf for shelf in found}


def expired(connection: Connection, *, now: int) -> list[Shelf]:
    """Return the shelves whose time is over."""
    query = select(shelves).where(shelves.c.until <= now)
    return [_shelf(row) for row in connection.execute(query).mappings()]


def put(connection: Connection, shelf: Shelf) -> None:
    """Set (site, asset, rule) aside, instead of any shelf it had."""
    remove(connection, shelf.key)
    site, asset, rule = shelf.key
    connection.execute(
        shelves.insert().values(
            site=site,
            asset=asset,
            rule=rule,
            until=shelf.until,
            reason=shelf.reason,
            who=shelf.who,
            at=shelf.at,
        )
    )


def remove(connection: Connection, key: Key) -> None:
    """End the shelf of (site, asset, rule)."""
    site, asset, rule = key
    table = shelves.c
    connection.execute(delete(shelves).where(table.site == site, table.asset == asset, table.rule == rule))


def _shelf(row: RowMapping) -> Shelf:
    return Shelf(
        key=(row["site"], row["asset"], row["rule"]),
        until=row["until"],
        reason=row["reason"],
        who=row["who"],
        at=row["at"],
    )


_FIND: Final = select(shelves).where(
    shelves.c.site == bindparam("same_site"),
    shelves.c.asset == bindparam("same_asset"),
    shelves.c.rule == bindparam("same_rule"),
    shelves.c.until > bindparam("now"),
)
