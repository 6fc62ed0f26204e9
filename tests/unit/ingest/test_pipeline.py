"""The pipeline keeps, then acknowledges, then applies, and says so when it cannot."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from plantroom.domain.errors import BrokerUnavailable, SpoolFull, StoreUnavailable
from plantroom.domain.installation import Installation
from plantroom.domain.samples import SampleBatch
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.health import Health
from plantroom.ingest.pipeline import Pace, Pipeline
from plantroom.ingest.store_writer import StoreWriter
from plantroom.ingest.stream import Stream
from plantroom.mqtt.message import Received
from plantroom.storage.files import load_installation
from plantroom.storage.series.port import Rejection

SITE = "site: s\nassets:\n  - {id: P-1, class: pump}\n"
RULES = """
- {id: high, class: pump, when: vibration > 4.0, severity: warning, title: {en: High},
   work_order: {priority: high}}
"""
QUICK = Pace(batch=0.005, tick=0.02, checkpoint=0.05, resend=0.1, report=0.05, alarm_store_after=0.1)


class FakeBroker:
    """Stands for the client and the broker behind it."""

    def __init__(self) -> None:
        self.acknowledged: list[Received] = []
        self.published: list[tuple[str, bytes]] = []
        self.paused = False
        self.stopped = False

    async def start(self) -> None: ...

    async def stop(self) -> None:
        self.stopped = True

    def acknowledge(self, messages: Sequence[Received]) -> None:
        self.acknowledged += messages

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        if self.stopped:
            raise BrokerUnavailable("stopped")
        self.published.append((topic, payload))


class FakeStore:
    def __init__(self) -> None:
        self.values: list[float] = []
        self.away = False

    def write(self, batch: SampleBatch) -> tuple[Rejection, ...]:
        if self.away:
            raise StoreUnavailable("connection refused")
        self.values += batch.value.tolist()
        return ()

    def compact(self) -> None: ...


class FakeApi:
    def __init__(self) -> None:
        self.transitions: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        document = json.loads(request.content)
        if request.url.path.endswith("/report"):
            self.reports.append(document)
            return httpx.Response(204)
        self.transitions += document["transitions"]
        return httpx.Response(200, json={"accepted": 0, "ignored": 0, "rejected": []})

    def told(self) -> list[tuple[str, str]]:
        """What was told, each thing once."""
        return list(dict.fromkeys((entry["rule"], entry["kind"]) for entry in self.transitions))


class Plant:
    """A running pipeline with fakes around it."""

    def __init__(self, installation: Installation, folder: Path, client: httpx.AsyncClient) -> None:
        self.broker, self.store = FakeBroker(), FakeStore()
        self.now = 1_763_750_000_000
        stream = Stream(installation=installation, folder=folder)
        self.pipeline = Pipeline(
            stream=stream,
            store_writer=StoreWriter(
                journal=stream.journal,
                store=self.store,  # type: ignore[arg-type]  # as much of a store as is used here
                cursor=folder / "stored",
                retention_ms=None,
                on_rejected=lambda *_: None,
            ),
            delivery=Delivery(stream.outbox, client),
            health=Health(),
            pace=QUICK,
            clock=lambda: self.now,
        )

    def send(self, **values: float) -> Received:
        self.now += 1_000
        payload = json.dumps({"ts": self.now, "values": values}).encode()
        message = Received("plantroom/v1/s/P-1/telemetry", payload, self.now, packet_id=self.now % 60_000)
        self.pipeline.receive(message)
        return message


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "pump.yaml").write_text(RULES)
    return load_installation(sites=[tmp_path / "site.yaml"], rules=[tmp_path / "rules"])


@asynccontextmanager
async def running(installation: Installation, folder: Path, api: FakeApi) -> AsyncIterator[Plant]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(api), base_url="http://api") as client:
        plant = Plant(installation, folder, client)
        task = asyncio.create_task(plant.pipeline.run(plant.broker))
        await asyncio.sleep(0)
        plant.pipeline.connection_changed(True, "")
        try:
            yield plant
        finally:
            plant.pipeline.stop()
            await task


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_reading_is_acknowledged_stored_evaluated_and_told(
    installation: Installation, tmp_path: Path
) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        message = plant.send(vibration=5.0)

        await until(lambda: api.told() and plant.store.values)

        assert plant.broker.acknowledged == [message]
        assert plant.store.values == [5.0]
        assert api.told() == [("high", "activated")]
        await until(lambda: any(topic.endswith("/alarms/high") for topic, _ in plant.broker.published))


async def test_an_unreadable_message_is_acknowledged_and_reported(
    installation: Installation, tmp_path: Path
) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        bad = Received("plantroom/v1/s/P-1/telemetry", b"{nonsense", plant.now, packet_id=7)
        plant.pipeline.receive(bad)

        await until(lambda: any(report["dead_letters"] for report in api.reports))

        assert plant.broker.acknowledged == [bad]
        letters = [letter for report in api.reports for letter in report["dead_letters"]]
        assert [(letter["topic"], letter["excerpt"], letter["count"]) for letter in letters] == [
            (bad.topic, "{nonsense", 1)
        ]


async def test_while_nothing_can_be_kept_nothing_is_acknowledged_and_an_alarm_says_so(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        await until(lambda: plant.pipeline.health.ready)

        def refuse(_: int) -> None:
            raise SpoolFull("disk is full")

        with monkeypatch.context() as patched:
            patched.setattr(plant.pipeline.stream.journal, "_check_room", refuse)
            message = plant.send(vibration=5.0)
            await until(lambda: ("system-spool-full", "activated") in api.told())
            while_full = (list(plant.broker.acknowledged), plant.broker.paused, plant.pipeline.health.ready)
        await until(lambda: ("system-spool-full", "cleared") in api.told())

        assert while_full == ([], True, False)
        assert plant.broker.acknowledged == [message]
        assert not plant.broker.paused
        assert plant.pipeline.health.ready
        await until(lambda: ("high", "activated") in api.told())


async def test_a_store_that_stays_away_raises_an_alarm_that_clears_when_it_is_back(
    installation: Installation, tmp_path: Path
) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        plant.store.away = True
        plant.send(vibration=1.0)
        await until(lambda: plant.pipeline.store_writer.away_since)
        since = plant.pipeline.store_writer.away_since
        assert since is not None
        plant.now = int(since * 1000) + 500
        await until(lambda: ("system-store-away", "activated") in api.told())

        plant.store.away = False
        await until(lambda: ("system-store-away", "cleared") in api.told())

        assert plant.store.values == [1.0]


async def test_a_broker_that_stays_away_raises_an_alarm(installation: Installation, tmp_path: Path) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        plant.pipeline.connection_changed(False, "connection refused")
        plant.now += 16_000
        await until(lambda: ("system-broker-away", "activated") in api.told())
        reasons = list(plant.pipeline.health.reasons())

        plant.pipeline.connection_changed(True, "")
        await until(lambda: ("system-broker-away", "cleared") in api.told())

        assert reasons == ["broker: connection refused"]


async def test_what_arrived_before_the_stop_is_kept_acknowledged_and_delivered(
    installation: Installation, tmp_path: Path
) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        await until(lambda: api.reports)
        messages = [plant.send(vibration=5.0), plant.send(vibration=6.0)]

    assert plant.broker.acknowledged == messages
    assert plant.store.values == [5.0, 6.0]
    assert api.told() == [("high", "activated")]
    assert plant.broker.published[-1] == ("plantroom/v1/s/$status", b"offline")


async def test_active_alarms_are_sent_again(installation: Installation, tmp_path: Path) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        plant.send(vibration=5.0)

        await until(lambda: sum(entry["rule"] == "high" for entry in api.transitions) >= 3)

        assert len({entry["activated_at"] for entry in api.transitions if entry["rule"] == "high"}) == 1


async def test_a_socket_is_left_unread_while_too_much_waits(
    installation: Installation, tmp_path: Path
) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        for _ in range(4 * QUICK.batch_messages):
            plant.pipeline.receive(Received("x", b"", plant.now))
        paused = plant.broker.paused

        await until(lambda: len(plant.broker.acknowledged) == 4 * QUICK.batch_messages)

        assert paused
        assert not plant.broker.paused
