"""What the table of alarm-system performance is made of, from the database."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, func, not_, or_, select

from plantroom.domain.alarm_performance import Record
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text
from plantroom.storage.records.key import Key
from plantroom.storage.records.schema import activations, alarms

_COUNTED = ("", "chattering", "grouped")
"""Not what was set aside or a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the newest alarm of (site, asset, rule) said."""

    key: Key
    title: Text
    severity: Severity
    point: str
    unit: str


def read_record(
    connection: Connection, *, start: int, stop: int, site: str | None, now: int
) -> tuple[Record, list[Subject]]:
    """Return the activations that touch a period (ms), and what each key is."""
    rank = {severity.value: severity.rank for severity in Severity}
    subjects: dict[Key, tuple[int, Subject]] = {}
    rows = connection.execute(_query(start, stop, site)).all()
    columns = np.zeros((len(rows), 4), np.int64)
    shown, ended = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    for index, row in enumerate(rows):
        key = (row.site, row.asset, row.rule)
        number = subjects[key][0] if key in subjects else len(subjects)
        title = Text(en=row.title_en, zh=row.title_zh)
        severity = Severity(row.severity)
        subjects[key] = (
            number,
            Subject(key=key, title=title, severity=severity, point=row.point, unit=row.unit),
        )
        over = row.ended_at is not None
        end = row.ended_at if over else max(min(stop, now), row.activated_at)
        columns[index] = (row.activated_at, end, number, rank[row.severity])
        shown[index], ended[index] = row.aside == "", over
    begin, end, keys, ranks = columns.T
    record = Record(
        start=start, stop=stop, begin=begin, end=end, key=keys, rank=ranks, shown=shown, ended=ended
    )
    return record, [subject for _, subject in subjects.values()]


def count_active(connection: Connection, *, before: int | None = None) -> int:
    """Return how many alarms are active and not suppressed, or have been since before a time (ms)."""
    shown = (alarms.c.active, not_(alarms.c.suppressed), alarms.c.closed_at.is_(None))
    query = select(func.count()).select_from(alarms).where(*shown)
    if before is not None:
        query = query.where(alarms.c.activated_at < before)
    return connection.execute(query).scalar_one()


def _query(start: int, stop: int, site: str | None) -> Select[Any]:
    query = (
        select(
            activations.c.site,
            activations.c.asset,
            activations.c.rule,
            activations.c.activated_at,
            activations.c.ended_at,
            activations.c.aside,
            alarms.c.severity,
            alarms.c.title_en,
            alarms.c.title_zh,
            alarms.c.point,
            alarms.c.unit,
        )
        .join(alarms, alarms.c.id == activations.c.alarm_id)
        .where(
            activations.c.activated_at < stop,
            activations.c.aside.in_(_COUNTED),
            or_(
                activations.c.activated_at >= start,
                activations.c.ended_at.is_(None),
                activations.c.ended_at > start,
            ),
        )
        .order_by(activations.c.activated_at)
    )
    return query if site is None else query.where(activations.c.site == site)
