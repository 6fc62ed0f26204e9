"""What people are to be told, and which of it has reached them, in the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy import Connection, RowMapping, delete, func, select

from plantroom.domain.notice import Notice
from plantroom.storage.records.schema import deliveries, notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message for one channel; times are ms since the epoch, UTC."""

    number: int
    channel: str
    notice: Notice
    digest: bool
    """Whether it waits to be told together with others."""
    attempts: int
    next_at: int
    """When it is to be tried."""
    ended_at: int | None
    """When it was delivered, or given up."""
    delivered: bool
    error: str
    """Why the last attempt failed."""


def add_notice(connection: Connection, notice: Notice) -> None:
    """Keep what is to be told; to whom is decided later."""
    connection.execute(
        _ADD_NOTICE,
        {
            "at": notice.at,
            "kind": notice.kind.value,
            "site": notice.site,
            "severity": notice.severity.value,
            "life_safety": notice.life_safety,
            "document": msgspec.json.encode(notice).decode(),
        },
    )


def take_notices(connection: Connection, *, limit: int) -> list[Notice]:
    """Return the oldest notices nobody has decided on, which are then decided on."""
    query = select(notices).order_by(notices.c.number).limit(limit)
    rows = connection.execute(query).mappings().all()
    if rows:
        connection.execute(delete(notices).where(notices.c.number <= rows[-1]["number"]))
    return [_notice(row["document"]) for row in rows]


def any_notice(connection: Connection) -> bool:
    """Whether there is a notice that nobody has decided on."""
    return connection.execute(select(notices.c.number).limit(1)).first() is not None


def add_delivery(connection: Connection, notice: Notice, *, channel: str, next_at: int, digest: bool) -> None:
    """Keep that `channel` is to be told."""
    connection.execute(
        deliveries.insert().values(
            channel=channel,
            at=notice.at,
            kind=notice.kind.value,
            document=msgspec.json.encode(notice).decode(),
            digest=digest,
            attempts=0,
            next_at=next_at,
            delivered=False,
            error="",
        )
    )


def pending(connection: Connection, channel: str, *, limit: int) -> list[Delivery]:
    """Return the oldest messages that `channel` has not got."""
    query = (
        select(deliveries)
        .where(deliveries.c.channel == channel, deliveries.c.ended_at.is_(None))
        .order_by(deliveries.c.number)
        .limit(limit)
    )
    return [_delivery(row) for row in connection.execute(query).mappings()]


def lease(connection: Connection, numbers: Iterable[int], *, until: int) -> None:
    """Let nobody else try messages before `until`."""
    query = deliveries.update().where(deliveries.c.number.in_(list(numbers)))
    connection.execute(query.values(next_at=until))


def hasten(connection: Connection, *, now: int) -> None:
    """Let what waits to be told together be told now."""
    waiting = (deliveries.c.digest, deliveries.c.ended_at.is_(None), deliveries.c.attempts == 0)
    connection.execute(deliveries.update().where(*waiting, deliveries.c.next_at > now).values(next_at=now))


def succeed(connection: Connection, numbers: Iterable[int], *, now: int) -> None:
    """Record that messages arrived."""
    _end(connection, numbers, ended_at=now, delivered=True, error="")


def fail(connection: Connection, numbers: Iterable[int], *, error: str, next_at: int) -> None:
    """Record that an attempt failed, and when the next is made."""
    query = deliveries.update().where(deliveries.c.number.in_(list(numbers)))
    connection.execute(query.values(error=error, next_at=next_at, attempts=deliveries.c.attempts + 1))


def give_up(connection: Connection, numbers: Iterable[int], *, error: str, now: int) -> None:
    """Record that messages are not tried any more."""
    _end(connection, numbers, ended_at=now, delivered=False, error=error)


def page(
    connection: Connection, *, channels: Sequence[str], open_only: bool, below: int | None, limit: int
) -> list[Delivery]:
    """Return the newest `limit` messages."""
    query = select(deliveries).order_by(deliveries.c.number.desc()).limit(limit)
    if channels:
        query = query.where(deliveries.c.channel.in_(channels))
    if open_only:
        query = query.where(deliveries.c.ended_at.is_(None))
    if below is not None:
        query = query.where(deliveries.c.number < below)
    return [_delivery(row) for row in connection.execute(query).mappings()]


def count_pending(connection: Connection) -> int:
    """Return how many messages have not arrived yet."""
    query = select(func.count()).select_from(deliveries).where(deliveries.c.ended_at.is_(None))
    return connection.execute(query).scalar_one()


def forget(connection: Connection, *, before: int) -> None:
    """Drop the messages of before a time (ms), also those of channels that are gone."""
    connection.execute(delete(deliveries).where(deliveries.c.at < before))


def _end(
    connection: Connection, numbers: Iterable[int], *, ended_at: int, delivered: bool, error: str
) -> None:
    query = deliveries.update().where(deliveries.c.number.in_(list(numbers)))
    attempts = deliveries.c.attempts + 1
    connection.execute(query.values(ended_at=ended_at, delivered=delivered, error=error, attempts=attempts))


def _delivery(row: RowMapping) -> Delivery:
    names = [name for name in Delivery.__slots__ if name != "notice"]
    return Delivery(notice=_notice(row["document"]), **{name: row[name] for name in names})


def _notice(document: str) -> Notice:
    return msgspec.json.decode(document, type=Notice)


_ADD_NOTICE: Final = notices.insert()
