"""Alarms as rows of their table."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import RowMapping

from plantroom.domain.alarm import AlarmText
from plantroom.domain.occurrence import Alarm
from plantroom.domain.rule import Severity, WorkOrderTemplate
from plantroom.domain.suppression import Suppression
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority

_FLAT: Final = (
    "id",
    "site",
    "asset",
    "rule",
    "active_since",
    "activated_at",
    "activations",
    "active",
    "acknowledged",
    "acknowledged_by",
    "acknowledged_at",
    "cleared_at",
    "unknown_since",
    "told_at",
    "closed_at",
    "value",
    "point",
    "unit",
    "reason",
    "work_order",
    "order_closed_at",
    "latched",
    "chattering_since",
    "test",
    "grouped_under",
    "re_alarms",
)
_ENCODED: Final = (
    "severity",
    "grp",
    "title_en",
    "title_zh",
    "order_priority",
    "order_skill",
    "re_alarm_ms",
    "reopen_within_ms",
    "re_alarm_at",
    "latch",
    "life_safety",
    "suppressed",
    "suppressed_reason",
    "root_alarm",
    "suppressed_at",
    "released_at",
    "unseen",
)
NAMES: Final = (*_FLAT, *_ENCODED)
"""The columns that `columns_of` fills."""


def columns_of(alarm: Alarm) -> dict[str, Any]:
    """Return what the row of `alarm` holds."""
    text, order, suppression = alarm.text, alarm.text.work_order, alarm.suppression
    return {name: getattr(alarm, name) for name in _FLAT} | {
        "severity": text.severity.value,
        "grp": text.group,
        "title_en": text.title.en,
        "title_zh": text.title.zh,
        "order_priority": order.priority.value if order else None,
        "order_skill": order.skill if order else None,
        "re_alarm_ms": round(text.re_alarm.total_seconds() * 1000),
        "reopen_within_ms": round(text.reopen_within.total_seconds() * 1000),
        "re_alarm_at": alarm.re_alarm_at,
        "latch": text.latch,
        "life_safety": bool(text.life_safety),
        "suppressed": suppression.holds,
        "suppressed_reason": suppression.reason,
        "root_alarm": suppression.root,
        "suppressed_at": suppression.suppressed_at,
        "released_at": suppression.released_at,
        "unseen": suppression.unseen,
    }


def alarm_of(row: RowMapping) -> Alarm:
    """Return the alarm that `row` holds."""
    suppression = Suppression(
        holds=row["suppressed"],
        reason=row["suppressed_reason"],
        root=row["root_alarm"],
        suppressed_at=row["suppressed_at"],
        released_at=row["released_at"],
        unseen=row["unseen"],
    )
    return Alarm(text=_text(row), suppression=suppression, **{name: row[name] for name in _FLAT})


def _text(row: RowMapping) -> AlarmText:
    order = None
    if row["order_priority"] is not None:
        order = WorkOrderTemplate(priority=Priority(row["order_priority"]), skill=row["order_skill"])
    return AlarmText(
        severity=Severity(row["severity"]),
        group=row["grp"],
        title=Text(en=row["title_en"], zh=row["title_zh"]),
        work_order=order,
        re_alarm=timedelta(milliseconds=row["re_alarm_ms"]),
        reopen_within=timedelta(milliseconds=row["reopen_within_ms"]),
        latch=row["latch"],
        life_safety=row["life_safety"],
    )
