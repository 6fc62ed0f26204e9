"""The API with its page, served over a real socket inside the test's own process."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import uvicorn

from plantroom.api.access.identity import Role
from plantroom.api.access.keys import create_token, first_start
from plantroom.api.app import create_app
from plantroom.api.live.latest import Latest
from plantroom.api.services import Services
from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.expression.parser import parse
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.report import to_document
from plantroom.domain.rule import Rule, Severity, Source, WorkOrderTemplate
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Asset, Point, PointKind, Site, ValueType
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority
from plantroom.storage.models.registry import Registry
from plantroom.storage.records import open_records
from plantroom.storage.series.duckdb_store import DuckDbStore

PATIENCE = 30.0
ADMIN_TOKEN = "pr_test-administrator-0123456789abcdef0123456789"


def _point(name: str, unit: str, en: str, zh: str) -> Point:
    return Point(name=name, unit=unit, every=timedelta(seconds=2), label=Text(en=en, zh=zh))


PUMP_POINTS = (
    replace(_point("running", "", "Running", "运行"), kind=PointKind.STATUS, value_type=ValueType.BOOLEAN),
    _point("flow", "m3/h", "Flow", "流量"),
    _point("pressure", "bar", "Pressure", "压力"),
    _point("current", "A", "Current", "电流"),
    _point("vibration", "mm/s", "Vibration", "振动"),
    _point("bearing_temp", "degC", "Bearing temperature", "轴承温度"),
)
MALICIOUS = "<img src=x onerror=document.title='owned'>"
"""A name that would run as a script if any place of the page forgot to escape it."""
ASSETS = (
    Asset(
        id="P-101",
        asset_class="pump",
        name=Text(en="Chilled water pump 1", zh="1号冷冻水泵"),
        location="B1/plant room",
        points=PUMP_POINTS,
    ),
    Asset(
        id="P-102",
        asset_class="pump",
        name=Text(en="Chilled water pump 2", zh="2号冷冻水泵"),
        location="B1/plant room",
        points=PUMP_POINTS,
    ),
    Asset(id="P-103", asset_class="pump", name=Text(en=MALICIOUS, zh=MALICIOUS), points=PUMP_POINTS),
)
RULE = Rule(
    id="pump-vibration-high",
    asset_class="pump",
    when=parse("vibration > 4", points={point.name: point for point in PUMP_POINTS}),
    causes=(Text(en="Worn bearing", zh="轴承磨损"), Text(en="Misalignment", zh="不对中")),
    actions=(
        Text(en="Feel the bearing's temperature", zh="触摸轴承温度"),
        Text(en="Check the grease", zh="检查润滑"),
    ),
    source=Source(standard="ISO 10816-7", clause="zone B/C"),
)
"""Its alarms tell what to check."""
SITE = Site(
    id="riverside",
    name=Text(en="Riverside Plaza", zh="江滨广场"),
    timezone=ZoneInfo("Asia/Shanghai"),
    assets=ASSETS,
)


def now_ms() -> int:
    """Return now, ms since the epoch, UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """A running API with its page."""

    url: str
    sign_in: str
    """The link that signs in once."""
    services: Services
    store: DuckDbStore
    table: PointTable

    def put(self, *transitions: Transition) -> None:
        """Report to the API what the engine would."""
        answer = httpx.put(
            f"{self.url}/api/v1/alarms",
            json={"transitions": [to_document(transition) for transition in transitions]},
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=PATIENCE,
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["rejected"] == [], answer.text

    def get(self, path: str, **params: Any) -> Any:
        """Return what a path of the API answers."""
        answer = httpx.get(
            f"{self.url}/api/v1{path}",
            params=params,
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=PATIENCE,
        )
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str) -> None:
        """Do what a path of the API does."""
        self._send("POST", path)

    def revoke(self, token: int) -> None:
        """Make a token and the sessions that came from it worthless."""
        self._send("DELETE", f"/tokens/{token}")

    def _send(self, method: str, path: str) -> None:
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        httpx.request(
            method, f"{self.url}/api/v1{path}", headers=headers, timeout=PATIENCE
        ).raise_for_status()

    def measure(
        self, asset: str, values: Mapping[str, float], *, ts: int | None = None, quality: str = "good"
    ) -> None:
        """Let these be the asset's last readings, as a pipeline would report them."""
        at = now_ms() if ts is None else ts
        self.services.latest.put(
            Latest(asset=asset, point=point, ts=at, value=value, quality=quality)
            for point, value in values.items()
        )

    def record(self, asset: str, point: str, ts: list[int], value: list[float]) -> None:
        """Put samples (ms since the epoch) into the time-series store."""
        count = len(ts)
        self.store.write(
            SampleBatch(
                point=np.full(count, self.table.number[asset, point], np.int32),
                ts=np.array(ts, np.int64),
                value=np.array(value, np.float64),
                quality=np.zeros(count, np.uint8),
                arrived=np.array(ts, np.int64),
                message=np.arange(count, dtype=np.int32),
            )
        )

    def token(self, role: Role) -> str:
        """Return a new token of that role."""
        return create_token(self.services.records, role=role, name=role.value, by="test", now=now_ms())


def activation(
    *,
    asset: str = "P-101",
    rule: str = "pump-vibration-high",
    title: Text | None = None,
    severity: Severity = Severity.WARNING,
    at: int | None = None,
    priority: Priority | None = Priority.HIGH,
    value: float = 7.31,
) -> Transition:
    """Return the report that a vibration limit is exceeded."""
    moment = now_ms() if at is None else at
    return Transition(
        site=SITE.id,
        asset=asset,
        rule=rule,
        kind=TransitionKind.ACTIVATED,
        at=moment,
        activated_at=moment,
        text=AlarmText(
            severity=severity,
            group=rule,
            title=title or Text(en="High vibration", zh="振动偏高"),
            work_order=None if priority is None else WorkOrderTemplate(priority=priority, skill="mechanical"),
        ),
        value=value,
        point="vibration",
        unit="mm/s",
    )


def clearing(of: Transition) -> Transition:
    """Return the report that the condition of `of` is gone."""
    return replace(of, kind=TransitionKind.CLEARED, at=now_ms())


@contextmanager
def running_console(
    folder: Path,
    *,
    port: int = 0,
    installation: Installation | None = None,
    models: Registry | None = None,
) -> Iterator[Console]:
    """Serve the API with its page on a free port of loopback, its files in `folder`, until the block ends."""
    served = installation or Installation(table=PointTable((SITE,)), classes={}, rules={SITE.id: (RULE,)})
    table = served.table
    records = open_records(f"sqlite:///{folder / 'records.db'}")
    store = DuckDbStore(folder / "samples.duckdb", table)
    app = create_app(
        records=records,
        store=store,
        installation=served,
        expects_pipeline=False,
        models=models,
    )
    code = first_start(records, given=ADMIN_TOKEN, now=now_ms()).sign_in_code
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1, lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{_port_of(server)}"
        services: Services = app.state.services
        yield Console(url=url, sign_in=f"{url}/?token={code}", services=services, store=store, table=table)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        store.close()
        records.close()


def _port_of(server: uvicorn.Server) -> int:
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        assert time.monotonic() < deadline, "the API did not start"
        time.sleep(0.01)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
