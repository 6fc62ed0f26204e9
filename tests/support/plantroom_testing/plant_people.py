"""What people made of a plant's alarms in three months: acknowledged, shelved, repaired, left lying."""

from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from plantroom.api.access.identity import Role
from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.report import from_rfc3339, to_rfc3339
from plantroom.storage.records import Records
from plantroom_testing.plant_history import DAY_MS, HOUR_MS, PlantHistory
from plantroom_testing.records import MINUTE, Api

BEFORE_DAYS: Final = (80, 45, 20, 6, 3)
"""How many days before the last one the same faults have been there already."""
_TEN_MINUTES: Final = 10 * MINUTE
_TECHNICIANS: Final = ("Li Wei", "Zhang Min", "Chen Jie")
_STEPS: Final = ("assign", "start", "complete", "verify", "close")


def fill(records: Records, history: PlantHistory) -> Api:
    """Put the history's alarms and what people did about them into empty records."""
    api = Api(records, installation=history.installation, expects_pipeline=False)
    people = _People(api, until=history.end)
    for days in BEFORE_DAYS:
        people.live_through(_earlier(history, days), settle=True)
    people.live_through(list(history.transitions), settle=False)
    people.set_some_aside()
    api.clock.now = history.end
    return api


def _earlier(history: PlantHistory, days: int) -> list[Transition]:
    """Return what happened, so many days before, and that what was left was mended in the end."""
    left: dict[tuple[str, str], Transition] = {}
    for each in history.transitions:
        if each.kind is TransitionKind.ACTIVATED:
            left[each.asset, each.rule] = each
        elif each.kind is TransitionKind.CLEARED:
            left.pop((each.asset, each.rule), None)
    mended = [replace(each, kind=TransitionKind.CLEARED, at=history.end) for each in left.values()]
    back = days * DAY_MS
    return [
        replace(each, at=each.at - back, activated_at=each.activated_at - back)
        for each in (*history.transitions, *mended)
    ]


class _People:
    """Reads the list of alarms every ten minutes; each thing they do has a time after what it answers."""

    def __init__(self, api: Api, *, until: int) -> None:
        self._api = api
        self._until = until
        self._acknowledged = 0
        self._repaired = 0

    def live_through(self, transitions: list[Transition], *, settle: bool) -> None:
        """Report in turn, each ten minutes' together; act upon it; `settle`: leave nothing open."""
        for _, some in groupby(transitions, key=lambda each: each.at // _TEN_MINUTES):
            reports = list(some)
            self._be_at(reports[-1].at)
            self._api.send(*reports)
        self._acknowledge(leave=0 if settle else 4)
        self._repair(leave=0 if settle else 6)

    def set_some_aside(self) -> None:
        """Shelve one alarm, take one out of service, and service an asset."""
        self._be_at(self._until - HOUR_MS)
        first, second, *_ = self._api.alarms(state="active_acked")
        self._put(f"alarms/{first['id']}/shelve", {"minutes": 480, "reason": "part ordered"})
        self._put(f"alarms/{second['id']}/out-of-service", {"reason": "sensor broken"})
        self._put("assets/AHU-3/maintenance", {"minutes": 240, "reason": "filter change"})

    def _acknowledge(self, *, leave: int) -> None:
        """Acknowledge what waits, the oldest first, some minutes after it came."""
        waiting = self._api.alarms(state="active_unacked") + self._api.alarms(state="cleared_unacked")
        waiting.sort(key=lambda each: str(each["active_since"]))
        for alarm in waiting[: len(waiting) - leave]:
            self._acknowledged += 1
            self._be_at(from_rfc3339(alarm["active_since"]) + (1 + self._acknowledged % 7) * MINUTE)
            self._api.post(f"alarms/{alarm['id']}/ack")

    def _repair(self, *, leave: int) -> None:
        """Take the open orders a way, all but `leave` of them to the end; those stay where they are."""
        orders = [each for each in self._api.orders(limit=1000) if each["status"] == "new"]
        for place, order in enumerate(reversed(orders)):
            self._repaired += 1
            steps = place % len(_STEPS) if place < leave else len(_STEPS)
            self._work_on(order["id"], from_rfc3339(order["created_at"]), steps=steps)

    def _work_on(self, order: str, created: int, *, steps: int) -> None:
        pace = 5 + 4 * (self._repaired % 9)
        self._be_at(created + MINUTE)
        due = created + HOUR_MS * (1 if self._repaired % 3 else 8)
        self._put(f"work-orders/{order}", {"due_at": to_rfc3339(due)}, method="PATCH")
        who = _TECHNICIANS[self._repaired % len(_TECHNICIANS)]
        for number, step in enumerate(_STEPS[:steps], start=1):
            self._be_at(created + number * pace * MINUTE)
            self._put(f"work-orders/{order}/{step}", {"assignee": who} if step == "assign" else None)

    def _be_at(self, at: int) -> None:
        self._api.clock.now = min(at, self._until)

    def _put(self, path: str, document: dict[str, Any] | None, *, method: str = "POST") -> None:
        answer = self._api.call(method, path, role=Role.ADMIN, json=document)
        assert answer.is_success, answer.text
