"""What pipelines could not use, grouped and bounded, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, delete, func, or_, select

from plantroom.storage.records.schema import dead_letters, unknown_devices

MAX_GROUPS: Final = 10_000
MAX_EXCERPT_BYTES: Final = 200
MAX_KEY_BYTES: Final = 512
"""Topics and reasons are cut to this, as both databases index them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Messages of one topic that could not be used for one reason; times are ms since the epoch, UTC."""

    topic: str
    reason: str = ""
    """Empty for unknown devices."""
    excerpt: str
    """Beginning of the last payload; in lists of the last of one pipeline."""
    count: int
    """Of one pipeline since it began to count; in lists the sum over pipelines."""
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a page of groups ends."""

    last: int
    number: int


def put_dead_letters(connection: Connection, pipeline: str, groups: Sequence[Group]) -> None:
    """Replace what `pipeline` had reported of these groups."""
    for group in groups:
        _put(connection, dead_letters, {"pipeline": pipeline, **_key(group, with_reason=True)}, group)
    if groups:
        _bound(connection, dead_letters)


def put_unknown_devices(connection: Connection, pipeline: str, groups: Sequence[Group]) -> None:
    """Replace what `pipeline` had reported of these groups."""
    for group in groups:
        _put(connection, unknown_devices, {"pipeline": pipeline, **_key(group, with_reason=False)}, group)
    if groups:
        _bound(connection, unknown_devices)


def dead_letter_page(
    connection: Connection, *, after: Position | None, limit: int
) -> list[tuple[Position, Group]]:
    """Return the `limit` groups of dead letters that happened last, the newest first."""
    return _page(connection, dead_letters, ("topic", "reason"), after, limit)


def unknown_device_page(
    connection: Connection, *, after: Position | None, limit: int
) -> list[tuple[Position, Group]]:
    """Return the `limit` topics of unknown devices that spoke last, the newest first."""
    return _page(connection, unknown_devices, ("topic",), after, limit)


def cut(text: str, size: int) -> str:
    """Return the beginning of `text` that fits into `size` bytes of UTF-8, without what no database keeps."""
    return text.replace("\x00", "\ufffd").encode(errors="replace")[:size].decode(errors="ignore")


def _key(group: Group, *, with_reason: bool) -> dict[str, str]:
    key = {"topic": cut(group.topic, MAX_KEY_BYTES)}
    return key | {"reason": cut(group.reason, MAX_KEY_BYTES)} if with_reason else key


def _put(connection: Connection, table: Table, key: dict[str, str], group: Group) -> None:
    values: dict[str, Any] = {
        "excerpt": cut(group.excerpt, MAX_EXCERPT_BYTES),
        "count": group.count,
        "first": group.first,
        "last": group.last,
    }
    same = and_(*(table.c[name] == value for name, value in key.items()))
    if connection.execute(table.update().where(same).values(values)).rowcount == 0:
        connection.execute(table.insert().values(**key, **values))


def _bound(connection: Connection, table: Table) -> None:
    """Drop the groups beyond `MAX_GROUPS` that have been silent longest."""
    excess = connection.execute(select(func.count()).select_from(table)).scalar_one() - MAX_GROUPS
    if excess <= 0:
        return
    oldest = select(table.c.number).order_by(table.c.last, table.c.number).limit(excess)
    connection.execute(delete(table).where(table.c.number.in_(oldest)))


def _page(
    connection: Connection, table: Table, keys: tuple[str, ...], after: Position | None, limit: int
) -> list[tuple[Position, Group]]:
    last, number = func.max(table.c.last), func.min(table.c.number)
    query = (
        select(
            *(table.c[key] for key in keys),
            func.max(table.c.excerpt).label("excerpt"),
            func.sum(table.c.count).label("total"),
            func.min(table.c.first).label("first"),
            last.label("last"),
            number.label("number"),
        )
        .group_by(*(table.c[key] for key in keys))
        .order_by(last.desc(), number.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.having(or_(last < after.last, and_(last == after.last, number < after.number)))
    return [
        (
            Position(last=row["last"], number=row["number"]),
            Group(
                **{key: row[key] for key in keys},
                excerpt=row["excerpt"],
                count=int(row["total"]),
                first=row["first"],
                last=row["last"],
            ),
        )
        for row in connection.execute(query).mappings()
    ]
