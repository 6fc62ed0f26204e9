"""The lists of the page: open alarms and open work orders, the most pressing first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from plantroom.api.alarming.consequences import documents_of
from plantroom.api.documents.alarm import AlarmDocument
from plantroom.api.documents.set_aside import SetAsideDocument
from plantroom.api.documents.work_order import WorkOrderDocument
from plantroom.domain.alarm import AlarmState
from plantroom.domain.feedback import MODEL_RULES
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import Action, WorkOrder
from plantroom.domain.rule import Severity
from plantroom.domain.set_aside import SetAsideKind
from plantroom.domain.work_order import Priority, WorkOrderStatus
from plantroom.storage.records import alarms, consequences, floods, history, work_orders
from plantroom.storage.records.alarms import AlarmFilter
from plantroom.storage.records.floods import Flood
from plantroom.storage.records.history import Note
from plantroom.storage.records.work_orders import WorkOrderFilter

SHOWN: Final = 100
FOLDED: Final = 20
"""So many consequences are named in the list; the alarm's page has more."""
_IN_VIEW: Final = (
    AlarmState.ACTIVE_UNACKED,
    AlarmState.CLEARED_UNACKED,
    AlarmState.ACTIVE_ACKED,
    AlarmState.SHELVED,
    AlarmState.SUPPRESSED,
    AlarmState.OUT_OF_SERVICE,
)
_ALL_OPEN: Final = AlarmFilter(states=_IN_VIEW, suppressed=False)
_UNACKNOWLEDGED: Final = AlarmFilter(states=(AlarmState.ACTIVE_UNACKED, AlarmState.CLEARED_UNACKED))
_SET_ASIDE: Final = (AlarmState.SHELVED, AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE)
_OPEN: Final = tuple(status for status in WorkOrderStatus if status.is_open)
_NEXT: Final[Mapping[WorkOrderStatus, tuple[Action, ...]]] = {
    WorkOrderStatus.NEW: (Action.ASSIGN, Action.START),
    WorkOrderStatus.ASSIGNED: (Action.START,),
    WorkOrderStatus.IN_PROGRESS: (Action.COMPLETE,),
    WorkOrderStatus.COMPLETED: (Action.VERIFY, Action.REOPEN),
    WorkOrderStatus.VERIFIED: (Action.CLOSE, Action.REOPEN),
}
"""What the page offers, the usual step first; the API allows more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """The suppressed consequences of one alarm."""

    total: int
    items: list[AlarmDocument]
    """The gravest of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarms:
    """The alarms that somebody has still to do something about."""

    items: list[AlarmDocument]
    total: int
    unacknowledged: int
    """How many of those people see nobody has acknowledged."""
    notes: Mapping[str, Note]
    """What was last written on each, by its id."""
    flood: Flood | None
    """The flood that goes on."""
    folded: Mapping[str, "Folded"]
    """Suppressed consequences, by the id of their root."""
    roots: Mapping[str, AlarmDocument]
    """Those that any of `items` is a consequence of, by their ids."""
    open: int
    """How many are not suppressed by the rules."""
    suppressed: int
    """How many are suppressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrders:
    """The work that is not done yet."""

    items: list[WorkOrderDocument]
    total: int
    to_judge: set[str]
    """Ids of those whose alarms a model raised: people are to say whether it was right."""


def open_alarms(connection: Connection, *, now: int, suppressed: bool = False) -> OpenAlarms:
    """Return the most pressing open alarms, or suppressed ones: many minor ones hide no critical one.

    Those that the rules suppress are folded under their roots.
    """
    all_suppressed = AlarmFilter(states=(AlarmState.SUPPRESSED,))
    listed = all_suppressed if suppressed else _ALL_OPEN
    found: list[Alarm] = []
    for severity in reversed(Severity):
        wanted = replace(listed, severities=[severity])
        found += [
            alarm for _, alarm in alarms.page(connection, wanted, now=now, limit=SHOWN - len(found) or 1)
        ]
    found = found[:SHOWN]
    items = documents_of(connection, found, now=now)
    return OpenAlarms(
        items=_in_order(items),
        total=alarms.count(connection, listed, now=now),
        unacknowledged=alarms.count(connection, _UNACKNOWLEDGED, now=now),
        notes=history.last_notes(connection, [alarm.id for alarm in items]),
        flood=floods.current(connection),
        folded=folded(connection, items, now=now),
        roots=roots_of(connection, items, now=now),
        open=alarms.count(connection, _ALL_OPEN, now=now),
        suppressed=alarms.count(connection, all_suppressed, now=now),
    )


def folded(connection: Connection, items: Sequence[AlarmDocument], *, now: int) -> dict[str, Folded]:
    """Return the suppressed consequences of the alarms in `items`."""
    totals = consequences.count_suppressed(connection, [item.id for item in items if item.consequences])
    return {
        root: Folded(
            total=total,
            items=documents_of(connection, consequences.gravest(connection, root, limit=FOLDED), now=now),
        )
        for root, total in totals.items()
    }


def roots_of(connection: Connection, items: Sequence[AlarmDocument], *, now: int) -> dict[str, AlarmDocument]:
    """Return what the alarms in `items` are consequences of, as far as it has arrived."""
    wanted = sorted({item.root_alarm for item in items if item.root_alarm is not None})
    found = [alarm for root in wanted if (alarm := alarms.find(connection, root)) is not None]
    return {item.id: item for item in documents_of(connection, found, now=now)}


def _in_order(items: list[AlarmDocument]) -> list[AlarmDocument]:
    """Return the most pressing first, and each that is grouped under another right after that one."""
    shown = {alarm.id for alarm in items if alarm.state not in _SET_ASIDE}
    under: dict[str | None, list[AlarmDocument]] = defaultdict(list)
    for alarm in sorted(items, key=_pressing):
        under[alarm.grouped_under if alarm.grouped_under in shown else None].append(alarm)
    return [each for alarm in under[None] for each in (alarm, *under[alarm.id])]


def _pressing(alarm: AlarmDocument) -> tuple[bool, bool, int]:
    return alarm.state in _SET_ASIDE, alarm.acknowledged, -alarm.severity.rank


def put_back_path(each: SetAsideDocument) -> str:
    """Return what a POST to ends `each`."""
    if each.kind is SetAsideKind.SHELVED:
        return f"/api/v1/alarms/{each.alarm}/unshelve"
    if each.kind is SetAsideKind.OUT_OF_SERVICE:
        return f"/api/v1/alarms/{each.alarm}/return-to-service"
    place = f"assets/{each.asset}" if each.asset else f"sites/{each.site}"
    mode = "maintenance" if each.kind is SetAsideKind.MAINTENANCE else "test-mode"
    return f"/api/v1/{place}/{mode}/end"


def open_orders(connection: Connection) -> OpenOrders:
    """Return the most urgent open work orders."""
    found: list[WorkOrder] = []
    for priority in reversed(Priority):
        wanted = WorkOrderFilter(statuses=_OPEN, priorities=[priority])
        found += work_orders.page(connection, wanted, limit=SHOWN - len(found) or 1)
    found = found[:SHOWN]
    joined = work_orders.alarm_ids(connection, [order.number for order in found])
    items = [WorkOrderDocument.of(order, joined.get(order.number, [])) for order in found]
    total = work_orders.count_open(connection)
    return OpenOrders(items=items, total=total, to_judge=to_judge(connection, found))


def to_judge(connection: Connection, orders: Sequence[WorkOrder]) -> set[str]:
    """Return the ids of the orders whose alarms a model raised."""
    numbers = [order.number for order in orders]
    return {f"WO-{number}" for number in work_orders.of_rules(connection, numbers, beginning=MODEL_RULES)}


def next_actions(order: WorkOrderDocument) -> list[Action]:
    """Return what the page offers to do with `order`."""
    return [action for action in _NEXT.get(order.status, ()) if action in order.possible]
