"""Alarms that are consequences of another, in the database."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, bindparam, case, func, select

from plantroom.domain.occurrence import Alarm
from plantroom.domain.rule import Severity
from plantroom.storage.records.alarm_rows import alarm_of
from plantroom.storage.records.schema import alarms


def count(connection: Connection, roots: Collection[str]) -> dict[str, int]:
    """Return of how many alarms each of `roots` is the root; those without are left out."""
    if not roots:
        return {}
    return {row[0]: row[1] for row in connection.execute(_COUNT, {"roots": list(roots)})}


def suppressed(connection: Connection, roots: Collection[str]) -> list[Alarm]:
    """Return the suppressed consequences of any of `roots`, in the order they were recorded."""
    if not roots:
        return []
    return [alarm_of(row) for row in connection.execute(_SUPPRESSED, {"roots": list(roots)}).mappings()]


def count_suppressed(connection: Connection, roots: Collection[str]) -> dict[str, int]:
    """Return how many suppressed consequences each of `roots` has; those without are left out."""
    if not roots:
        return {}
    return {row[0]: row[1] for row in connection.execute(_COUNT_SUPPRESSED, {"roots": list(roots)})}


def gravest(connection: Connection, root: str, *, limit: int) -> list[Alarm]:
    """Return the first `limit` suppressed consequences of `root`, the gravest first."""
    rank = case({severity.value: severity.rank for severity in Severity}, value=alarms.c.severity)
    query = (
        select(alarms)
        .where(alarms.c.root_alarm == root, alarms.c.suppressed)
        .order_by(rank.desc(), alarms.c.number)
        .limit(limit)
    )
    return [alarm_of(row) for row in connection.execute(query).mappings()]


def adopt(connection: Connection, *, name: str, root: str) -> int:
    """Let the consequences of what was known by its `name` only be those of `root`; return how many."""
    return connection.execute(_ADOPT, {"name": name, "root": root}).rowcount


_COUNT: Final = (
    select(alarms.c.root_alarm, func.count())
    .where(alarms.c.root_alarm.in_(bindparam("roots", expanding=True)))
    .group_by(alarms.c.root_alarm)
)
_COUNT_SUPPRESSED: Final = _COUNT.where(alarms.c.suppressed)
_SUPPRESSED: Final = (
    select(alarms)
    .where(alarms.c.root_alarm.in_(bindparam("roots", expanding=True)), alarms.c.suppressed)
    .order_by(alarms.c.number)
)
_ADOPT: Final = (
    alarms.update().where(alarms.c.root_alarm == bindparam("name")).values(root_alarm=bindparam("root"))
)
