"""What was wrong with machines that models are to learn from: alarms, work orders, and what people said."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from plantroom.cli.rules_api import ApiSamples
from plantroom.cli.wiring import records_url
from plantroom.domain.alarm import AlarmState
from plantroom.domain.feedback import Verdict
from plantroom.domain.occurrence import Alarm
from plantroom.domain.report import from_rfc3339, to_rfc3339
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text
from plantroom.models.guardrails import Incident

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from plantroom.storage.records.alarms import AlarmFilter

T = TypeVar("T")

_PAGE: Final = 1000
_OPEN: Final = tuple(state for state in AlarmState if state is not AlarmState.NORMAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alarm, as far as it matters here; times are ms since the epoch."""

    id: str
    severity: Severity
    title: Text
    start: int
    end: int | None
    """None: its condition still holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A work order."""

    id: str
    title: Text
    start: int
    end: int | None
    """None: it is still open."""
    alarms: frozenset[str]
    """Those that it was opened for."""
    is_false: bool
    """Whether people found that these were false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """All of it, by asset."""

    is_known: bool = True
    """False: nobody could be asked."""
    alarms: Mapping[str, Sequence[Raised]] = field(default_factory=dict)
    orders: Mapping[str, Sequence[Ordered]] = field(default_factory=dict)

    def incidents(self, asset: str, *, judged: Mapping[str, Verdict]) -> tuple[Incident, ...]:
        """Return the times that `asset` was not healthy in, given the verdicts on alarms of its models.

        An alarm that only informs is none, nor is one that people have judged false.
        """
        orders = self.orders.get(asset, ())
        false = {alarm for alarm, verdict in judged.items() if verdict is Verdict.FALSE_ALARM}
        false |= {alarm for each in orders if each.is_false for alarm in each.alarms}
        found = [
            Incident(start=each.start, end=each.end, what=_named("alarm", "报警", each.title))
            for each in self.alarms.get(asset, ())
            if each.severity is not Severity.INFO and each.id not in false
        ]
        found += [
            Incident(
                start=each.start, end=each.end, what=_named(f"order {each.id}", f"工单{each.id}", each.title)
            )
            for each in orders
            if not (each.alarms and each.alarms <= false)
        ]
        return tuple(sorted(found, key=lambda each: each.start))


def _named(en: str, zh: str, title: Text) -> Text:
    return Text(en=f"{en} “{title.en}”", zh=f"{zh}“{title.in_language('zh')}”")


def trouble_behind(api: ApiSamples, *, since: int) -> Trouble:
    """Return what the API of a running product knows: alarms `since` then (ms), those still open, and orders.

    Raises:
        ApiUnavailable: it does not answer.
    """
    lately = _items(api, "/alarms", since=to_rfc3339(since))
    still_open = _items(api, "/alarms", state=[state.value for state in _OPEN])
    documents = {each["id"]: each for each in (*lately, *still_open) if not each["test"]}
    return Trouble(
        alarms=_by_asset((each["asset"], _raised(each)) for each in documents.values()),
        orders=_by_asset((each["asset"], _ordered(each)) for each in _items(api, "/work-orders")),
    )


def trouble_in(database: str | None, data: Path, *, since: int) -> Trouble:
    """Return what the records know, where there are any; see `trouble_behind`."""
    if database is None and not (data / "records.sqlite").is_file():
        return Trouble(is_known=False)
    from plantroom.storage.records import open_records
    from plantroom.storage.records.alarms import AlarmFilter

    with closing(open_records(records_url(database, data))) as records, records.read() as connection:
        wanted = (AlarmFilter(since=since), AlarmFilter(states=_OPEN))
        found = {alarm.id: alarm for each in wanted for alarm in _alarms(connection, each) if not alarm.test}
        return Trouble(
            alarms=_by_asset((alarm.asset, _raised_of(alarm)) for alarm in found.values()),
            orders=_by_asset(_orders(connection)),
        )


def _by_asset(found: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    sorted_: dict[str, list[T]] = {}
    for asset, each in found:
        sorted_.setdefault(asset, []).append(each)
    return sorted_


def _items(api: ApiSamples, path: str, **wanted: Any) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = api.ask("GET", path, params=wanted | {"limit": _PAGE} | more)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _raised(document: dict[str, Any]) -> Raised:
    return Raised(
        id=document["id"],
        severity=Severity(document["severity"]),
        title=Text(**document["title"]),
        start=from_rfc3339(document["active_since"]),
        end=None if document["active"] else _time(document["cleared_at"] or document["closed_at"]),
    )


def _ordered(document: dict[str, Any]) -> Ordered:
    feedback = document["feedback"]
    return Ordered(
        id=document["id"],
        title=Text(**document["title"]),
        start=from_rfc3339(document["created_at"]),
        end=_time(document["closed_at"]),
        alarms=frozenset(document["alarms"]),
        is_false=feedback is not None and feedback["verdict"] == Verdict.FALSE_ALARM.value,
    )


def _time(written: str | None) -> int | None:
    return None if written is None else from_rfc3339(written)


def _alarms(connection: "Connection", wanted: "AlarmFilter") -> Iterator[Alarm]:
    from plantroom.storage.records import alarms

    while page := alarms.page(connection, wanted, now=0, limit=_PAGE):
        wanted = replace(wanted, below=page[-1][0])
        yield from (alarm for _, alarm in page)


def _raised_of(alarm: Alarm) -> Raised:
    return Raised(
        id=alarm.id,
        severity=alarm.text.severity,
        title=alarm.text.title,
        start=alarm.active_since,
        end=None if alarm.active else alarm.cleared_at or alarm.closed_at,
    )


def _orders(connection: "Connection") -> Iterator[tuple[str, Ordered]]:
    from plantroom.storage.records import work_orders

    wanted = work_orders.WorkOrderFilter()
    while page := work_orders.page(connection, wanted, limit=_PAGE):
        wanted = replace(wanted, below=page[-1].number)
        joined = work_orders.alarm_ids(connection, [order.number for order in page])
        for order in page:
            yield (
                order.asset,
                Ordered(
                    id=order.id,
                    title=order.title,
                    start=order.created_at,
                    end=order.closed_at,
                    alarms=frozenset(joined.get(order.number, [])),
                    is_false=order.feedback is not None and order.feedback.verdict is Verdict.FALSE_ALARM,
                ),
            )
