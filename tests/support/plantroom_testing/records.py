"""Records in both databases, and an API on them that is driven without a socket."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from plantroom.api.access.identity import Role
from plantroom.api.app import create_app
from plantroom.api.services import Services
from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.installation import Installation
from plantroom.domain.mapping import MappedPoint, PayloadMapping
from plantroom.domain.points import PointTable
from plantroom.domain.report import to_document
from plantroom.domain.rule import Severity, WorkOrderTemplate
from plantroom.domain.site import Asset, Point, Site
from plantroom.domain.text import Text
from plantroom.domain.topic_pattern import TopicPattern
from plantroom.domain.work_order import Priority
from plantroom.storage.records import Records, open_records
from plantroom.storage.series.port import TimeSeriesStore

START = 1_763_750_000_000
"""When the tests' time begins, ms."""
MINUTE = 60_000
HOUR = 3_600_000

PUMP = Asset(
    id="P-101",
    asset_class="pump",
    name=Text(en="Chilled water pump 1", zh="1号冷冻水泵"),
    location="B1/plant room",
    points=(Point(name="vibration", unit="mm/s", low=0, high=50), Point(name="flow", unit="m3/h")),
)
FAN = Asset(id="F-1", asset_class="ahu", points=(Point(name="temp", unit="degC"),))
METERS = PayloadMapping(
    name="meters", topic=TopicPattern.parse("gw/{asset}"), points=(MappedPoint(name="flow", path="f"),)
)
INSTALLATION = Installation(
    table=PointTable((Site(id="riverside", assets=(PUMP, FAN), mappings=(METERS,)),)),
    classes={},
    rules={"riverside": ()},
)

HIGH_VIBRATION = AlarmText(
    severity=Severity.WARNING,
    group="bearing",
    title=Text(en="High vibration", zh="振动偏高"),
    work_order=WorkOrderTemplate(priority=Priority.NORMAL, skill="mechanical"),
    re_alarm=timedelta(hours=24),
    reopen_within=timedelta(hours=1),
)


class SettableClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now

    def advance(self, ms: int) -> None:
        self.now += ms


def report(
    kind: TransitionKind,
    *,
    activated_at: int = START,
    at: int | None = None,
    rule: str = "pump-vibration-high",
    asset: str = "P-101",
    text: AlarmText = HIGH_VIBRATION,
    reason: str = "",
) -> Transition:
    """Return a report of the rules engine; by default it happened when it became active."""
    return Transition(
        site="riverside",
        asset=asset,
        rule=rule,
        kind=kind,
        at=activated_at if at is None else at,
        activated_at=activated_at,
        text=text,
        value=4.7,
        point="vibration",
        unit="mm/s",
        reason=reason,
    )


def activated(at: int = START, **changes: Any) -> Transition:
    """Return the report that the condition became active."""
    return report(TransitionKind.ACTIVATED, activated_at=at, **changes)


def cleared(at: int, *, activated_at: int = START, **changes: Any) -> Transition:
    """Return the report that the condition that became active at `activated_at` is gone."""
    return report(TransitionKind.CLEARED, activated_at=activated_at, at=at, **changes)


def with_severity(severity: Severity, text: AlarmText = HIGH_VIBRATION) -> AlarmText:
    """Return `text` as of a rule of another severity."""
    return replace(text, severity=severity)


class Api:
    """The HTTP API as its clients see it, and the clock it goes by."""

    def __init__(
        self,
        records: Records,
        *,
        store: TimeSeriesStore | None = None,
        installation: Installation = INSTALLATION,
        **options: Any,
    ) -> None:
        self.clock = SettableClock()
        self.app = create_app(
            records=records, store=store, installation=installation, clock=self.clock, **options
        )
        self.services: Services = self.app.state.services
        self.transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.tokens = {role: self.services.keys.issue(role=role, name=role.value) for role in Role}

    def call(
        self, method: str, path: str, *, role: Role | None = Role.OPERATOR, **options: Any
    ) -> httpx.Response:
        """Send a request with the token of `role`, under /api/v1 unless `path` begins with a slash."""
        headers = dict(options.pop("headers", {}))
        if role is not None:
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        url = path if path.startswith("/") else f"/api/v1/{path}"
        return asyncio.run(self._send(method, url, headers=headers, **options))

    async def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=self.transport, base_url="http://testserver") as client:
            return await client.request(method, url, **options)

    def get(self, path: str, **params: Any) -> Any:
        """Return the document at `path`."""
        answer = self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, document: Any = None) -> Any:
        """Return what a POST of `document` answers, which must succeed."""
        answer = self.call("POST", path, json=document)
        assert answer.is_success, answer.text
        return answer.json()

    def send(self, *reports: Transition) -> Any:
        """Send reports as the pipeline does."""
        documents = {"transitions": [to_document(each) for each in reports]}
        answer = self.call("PUT", "alarms", role=Role.PIPELINE, json=documents)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def alarms(self, **params: Any) -> list[Any]:
        """Return the newest alarms."""
        items: list[Any] = self.get("alarms", **params)["items"]
        return items

    def alarm(self) -> Any:
        """Return the only alarm there is."""
        (alarm,) = self.alarms()
        return alarm

    def orders(self, **params: Any) -> list[Any]:
        """Return the newest work orders."""
        items: list[Any] = self.get("work-orders", **params)["items"]
        return items

    def order(self) -> Any:
        """Return the only work order there is."""
        (order,) = self.orders()
        return order

    def close_order(self, order_id: str) -> Any:
        """Take a new order through all its steps."""
        for step in ("start", "complete", "verify"):
            self.post(f"work-orders/{order_id}/{step}")
        return self.post(f"work-orders/{order_id}/close")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'records.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def records_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, in turn of each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """Empty records, in turn in each database."""
    with closing(open_records(records_url)) as opened:
        yield opened


@pytest.fixture
def api(records: Records) -> Api:
    """An API on empty records, in turn in each database."""
    return Api(records, expects_pipeline=False)


@pytest.fixture
def embedded(sqlite_url: str) -> Iterator[Records]:
    """Empty records in SQLite."""
    with closing(open_records(sqlite_url)) as opened:
        yield opened


@pytest.fixture
def embedded_api(embedded: Records) -> Api:
    """An API on empty records in SQLite."""
    return Api(embedded, expects_pipeline=False)
