"""Work orders and the alarms that joined them, in the database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, func, select

from plantroom.domain.feedback import Feedback, Verdict
from plantroom.domain.repair import WorkOrder
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority, WorkOrderStatus
from plantroom.storage.records.key import Key
from plantroom.storage.records.schema import alarms, work_order_alarms, work_orders

OVER = [status.value for status in WorkOrderStatus if not status.is_open]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderFilter:
    """Which work orders a list holds; empty: all."""

    statuses: Sequence[WorkOrderStatus] = ()
    priorities: Sequence[Priority] = ()
    assets: Sequence[str] = ()
    sites: Sequence[str] = ()
    assignees: Sequence[str] = ()
    below: int | None = None
    """Only those with a lower number."""


def find(connection: Connection, number: int) -> WorkOrder | None:
    """Return the order of that number."""
    row = connection.execute(select(work_orders).where(work_orders.c.number == number)).mappings().first()
    return _order(row) if row else None


def find_open(connection: Connection, *, site: str, asset: str, group: str) -> WorkOrder | None:
    """Return the open order of (site, asset, group)."""
    values = {"same_site": site, "same_asset": asset, "same_group": group}
    row = connection.execute(_FIND_OPEN, values).mappings().first()
    return _order(row) if row else None


def last_of_rule(connection: Connection, key: Key, *, group: str) -> WorkOrder | None:
    """Return the newest order of `group` that an alarm of (site, asset, rule) joined."""
    site, asset, rule = key
    values = {"same_site": site, "same_asset": asset, "same_rule": rule, "same_group": group}
    row = connection.execute(_LAST_OF_RULE, values).mappings().first()
    return _order(row) if row else None


def insert(connection: Connection, order: WorkOrder) -> WorkOrder:
    """Record a new order and return it with its number."""
    number = connection.execute(_INSERT, _columns(order)).scalar_one()
    return replace(order, number=number)


def update(connection: Connection, order: WorkOrder) -> None:
    """Replace what is recorded of an order."""
    connection.execute(_UPDATE, {"same_number": order.number, **_columns(order)})


def join(connection: Connection, *, number: int, alarm_id: str, at: int) -> bool:
    """Record that an alarm joined an order; return False where it had before."""
    values = {"work_order": number, "alarm_id": alarm_id}
    if connection.execute(_FIND_LINK, values).first() is not None:
        return False
    connection.execute(_INSERT_LINK, {"at": at, **values})
    return True


def alarm_ids(connection: Connection, numbers: Iterable[int]) -> dict[int, list[str]]:
    """Return the ids of the alarms that joined each order, in the order they did, roots first."""
    found: dict[int, list[str]] = defaultdict(list)
    for number, alarm_id in connection.execute(_FIND_LINKS, {"numbers": list(numbers)}):
        found[number].append(alarm_id)
    return found


def of_rules(connection: Connection, numbers: Iterable[int], *, beginning: str) -> set[int]:
    """Return those of the orders that alarms of rules whose ids begin so have joined."""
    query = (
        select(work_order_alarms.c.work_order)
        .join(alarms, alarms.c.id == work_order_alarms.c.alarm_id)
        .where(work_order_alarms.c.work_order.in_(list(numbers)), alarms.c.rule.startswith(beginning))
    )
    return set(connection.execute(query).scalars())


def page(connection: Connection, wanted: WorkOrderFilter, *, limit: int) -> list[WorkOrder]:
    """Return the newest `limit` orders that are `wanted`."""
    query = select(work_orders).where(*_conditions(wanted)).order_by(work_orders.c.number.desc()).limit(limit)
    return [_order(row) for row in connection.execute(query).mappings()]


def count_open(connection: Connection) -> int:
    """Return how many orders are open."""
    query = select(func.count()).select_from(work_orders).where(work_orders.c.status.not_in(OVER))
    return connection.execute(query).scalar_one()


def _conditions(wanted: WorkOrderFilter) -> list[ColumnElement[bool]]:
    column = work_orders.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.statuses:
        conditions.append(column.status.in_([status.value for status in wanted.statuses]))
    if wanted.priorities:
        conditions.append(column.priority.in_([priority.value for priority in wanted.priorities]))
    if wanted.assets:
        conditions.append(column.asset.in_(wanted.assets))
    if wanted.sites:
        conditions.append(column.site.in_(wanted.sites))
    if wanted.assignees:
        conditions.append(column.assignee.in_(wanted.assignees))
    if wanted.below is not None:
        conditions.append(column.number < wanted.below)
    return conditions


_FLAT = (
    "site",
    "asset",
    "description",
    "skill",
    "assignee",
    "due_at",
    "remedy",
    "reopened",
    "created_at",
    "created_by",
    "updated_at",
    "started_at",
    "completed_at",
    "verified_at",
    "closed_at",
)
_ENCODED = (
    *("grp", "priority", "severity", "status", "title_en", "title_zh"),
    *("verdict", "verdict_cause", "verdict_at", "verdict_by"),
)


def _columns(order: WorkOrder) -> dict[str, Any]:
    return {name: getattr(order, name) for name in _FLAT} | {
        "grp": order.group,
        "priority": order.priority.value,
        "severity": order.severity.value if order.severity else None,
        "status": order.status.value,
        "title_en": order.title.en,
        "title_zh": order.title.zh,
        **_feedback_columns(order.feedback),
    }


def _feedback_columns(feedback: Feedback | None) -> dict[str, Any]:
    return {
        "verdict": feedback.verdict.value if feedback else None,
        "verdict_cause": feedback.cause if feedback else "",
        "verdict_at": feedback.at if feedback else None,
        "verdict_by": feedback.who if feedback else "",
    }


def _feedback(row: RowMapping) -> Feedback | None:
    if row["verdict"] is None:
        return None
    return Feedback(
        verdict=Verdict(row["verdict"]),
        cause=row["verdict_cause"],
        at=row["verdict_at"],
        who=row["verdict_by"],
    )


def _order(row: RowMapping) -> WorkOrder:
    return WorkOrder(
        number=row["number"],
        group=row["grp"],
        priority=Priority(row["priority"]),
        severity=Severity(row["severity"]) if row["severity"] else None,
        status=WorkOrderStatus(row["status"]),
        title=Text(en=row["title_en"], zh=row["title_zh"]),
        feedback=_feedback(row),
        **{name: row[name] for name in _FLAT},
    )


# Built once: building a statement takes longer than running it.
_INSERT: Final = work_orders.insert().returning(work_orders.c.number)
_UPDATE: Final = (
    work_orders.update()
    .where(work_orders.c.number == bindparam("same_number"))
    .values({name: bindparam(name) for name in (*_FLAT, *_ENCODED)})
)
_FIND_OPEN: Final = select(work_orders).where(
    work_orders.c.site == bindparam("same_site"),
    work_orders.c.asset == bindparam("same_asset"),
    work_orders.c.grp == bindparam("same_group"),
    work_orders.c.status.not_in(OVER),
)
_OF_RULE: Final = (
    select(work_order_alarms.c.work_order)
    .join(alarms, alarms.c.id == work_order_alarms.c.alarm_id)
    .where(
        alarms.c.site == bindparam("same_site"),
        alarms.c.asset == bindparam("same_asset"),
        alarms.c.rule == bindparam("same_rule"),
    )
)
_LAST_OF_RULE: Final = (
    select(work_orders)
    .where(work_orders.c.grp == bindparam("same_group"), work_orders.c.number.in_(_OF_RULE))
    .order_by(work_orders.c.number.desc())
    .limit(1)
)
_FIND_LINK: Final = select(work_order_alarms.c.at).where(
    work_order_alarms.c.work_order == bindparam("work_order"),
    work_order_alarms.c.alarm_id == bindparam("alarm_id"),
)
_INSERT_LINK: Final = work_order_alarms.insert()
_FIND_LINKS: Final = (
    select(work_order_alarms.c.work_order, work_order_alarms.c.alarm_id)
    .join(alarms, alarms.c.id == work_order_alarms.c.alarm_id)
    .where(work_order_alarms.c.work_order.in_(bindparam("numbers", expanding=True)))
    .order_by(work_order_alarms.c.at, alarms.c.root_alarm.is_not(None), alarms.c.number)
)
