"""Answers to requests that may come twice, in the database."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from plantroom.storage.records.schema import idempotency_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered to the first of two equal requests."""

    request: str
    """Digest of the request."""
    status: int
    document: str
    """JSON."""


def find(connection: Connection, *, who: str, key: str) -> Answer | None:
    """Return the answer to the request that `who` sent under `key`."""
    table = idempotency_keys.c
    query = select(table.request, table.status, table.answer).where(table.who == who, table.key == key)
    row = connection.execute(query).first()
    return Answer(request=row.request, status=row.status, document=row.answer) if row else None


def keep(connection: Connection, *, who: str, key: str, answer: Answer, now: int) -> None:
    """Keep the answer to the request that `who` sent under `key`."""
    connection.execute(
        idempotency_keys.insert().values(
            who=who, key=key, request=answer.request, status=answer.status, answer=answer.document, at=now
        )
    )


def forget(connection: Connection, *, before: int) -> None:
    """Drop the answers older than `before` (ms)."""
    connection.execute(delete(idempotency_keys).where(idempotency_keys.c.at < before))
