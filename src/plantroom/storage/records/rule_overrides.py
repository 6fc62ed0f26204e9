"""What people change about rules, in the database."""

import json
from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select

from plantroom.domain.override import Override
from plantroom.domain.quantity import Quantity
from plantroom.storage.records.schema import rule_overrides

_FLAT: Final = ("site", "asset", "rule", "enabled", "reason", "who", "at", "until")


def every(connection: Connection) -> list[Override]:
    """Return all of them, by site, asset and rule."""
    column = rule_overrides.c
    query = select(rule_overrides).order_by(column.site, column.asset, column.rule)
    return [_override(row) for row in connection.execute(query).mappings()]


def find(connection: Connection, key: tuple[str, str, str]) -> Override | None:
    """Return the one of that site, asset and rule."""
    row = connection.execute(select(rule_overrides).where(_is(key))).mappings().first()
    return _override(row) if row else None


def expired(connection: Connection, *, now: int) -> list[Override]:
    """Return those whose time is over."""
    query = select(rule_overrides).where(rule_overrides.c.until <= now)
    return [_override(row) for row in connection.execute(query).mappings()]


def put(connection: Connection, each: Override) -> None:
    """Record it, instead of any of the same key."""
    remove(connection, each)
    params = {name: quantity.exact for name, quantity in each.params.items()}
    values = {name: getattr(each, name) for name in _FLAT} | {"params": json.dumps(params)}
    connection.execute(rule_overrides.insert().values(values))


def remove(connection: Connection, each: Override) -> None:
    """End it."""
    connection.execute(rule_overrides.delete().where(_is(each.key)))


def _is(key: tuple[str, str, str]) -> ColumnElement[bool]:
    column = rule_overrides.c
    site, asset, rule = key
    return and_(column.site == site, column.asset == asset, column.rule == rule)


def _override(row: RowMapping) -> Override:
    written: Iterable[tuple[str, str]] = json.loads(row["params"]).items()
    params = {name: Quantity.parse(text) for name, text in written}
    return Override(**{name: row[name] for name in _FLAT}, params=params)
