"""The pipeline keeps, then acknowledges, then applies, and says so when it cannot."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from plantroom.domain.errors import BrokerRefused, BrokerUnavailable, SpoolFull, StoreUnavailable
from plantroom.domain.installation import Installation
from plantroom.domain.samples import SampleBatch
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.health import Health
from plantroom.ingest.metrics import PipelineCollector
from plantroom.ingest.pipeline import Pace, Pipeline
from plantroom.ingest.scoring import Models
from plantroom.ingest.sparkplug.counts import HostCounts
from plantroom.ingest.store_writer import StoreWriter, load_cursor
from plantroom.ingest.stream import Stream
from plantroom.models.group import Fault
from plantroom.models.scorer import Scorer
from plantroom.mqtt.message import Received
from plantroom.storage.files import load_installation
from plantroom.storage.series.port import Rejection

SITE = "site: s\nassets:\n  - {id: P-1, class: pump}\n"
HELD = "when: vibration > 4.0, for: 20s"
RULES = """
- {id: high, class: pump, when: vibration > 4.0, severity: warning, title: {en: High},
   work_order: {priority: high}}
"""
QUICK = Pace(
    batch=0.005,
    tick=0.02,
    checkpoint=0.05,
    resend=0.1,
    report=0.05,
    alarm_store_after=0.1,
    alarm_broker_after=0.5,
)


class FakeBroker:
    """Stands for the client and the broker behind it."""

    def __init__(self) -> None:
        self.acknowledged: list[Received] = []
        self.published: list[tuple[str, bytes]] = []
        self.paused = False
        self.stopped = False
        self.refuses = False

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
        if self.refuses:
            raise BrokerRefused("not authorized")
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
        self.nonsense = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.nonsense:
            return httpx.Response(200, text="<html>Welcome to the proxy</html>")
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

    def __init__(
        self, installation: Installation, folder: Path, client: httpx.AsyncClient, *, now: int
    ) -> None:
        self.broker, self.store = FakeBroker(), FakeStore()
        self.now = now
        stream = Stream(installation=installation, folder=folder)
        self.pipeline = Pipeline(
            stream=stream,
            store_writer=StoreWriter(
                journal=stream.journal,
                store=self.store,  # type: ignore[arg-type]  # as much of a store as is used here
                cursor=folder / "stored",
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
async def running(
    installation: Installation, folder: Path, api: FakeApi, *, now: int = 1_763_750_000_000
) -> AsyncIterator[Plant]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(api), base_url="http://api") as client:
        plant = Plant(installation, folder, client, now=now)
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
        await until(lambda: ("system-store-away", "activated") in api.told())

        plant.store.away = False
        await until(lambda: ("system-store-away", "cleared") in api.told())

        assert plant.store.values == [1.0]


async def test_a_broker_that_stays_away_raises_an_alarm(installation: Installation, tmp_path: Path) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        plant.pipeline.connection_changed(False, "connection refused")
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


def filled(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the spool be full from the next `keep` on."""

    def refuse(*_: object, **__: object) -> int:
        raise SpoolFull("disk is full")

    monkeypatch.setattr(pipeline.stream.journal, "append", refuse)


async def test_what_was_taken_and_not_kept_is_taken_when_it_comes_again_after_a_stop(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        first = plant.send(vibration=1.0)
        await until(lambda: plant.broker.acknowledged == [first])
        filled(plant.pipeline, monkeypatch)
        message = plant.send(vibration=5.0)
        await until(lambda: not plant.pipeline.health.ready)
    assert plant.broker.acknowledged == [first]

    async with running(installation, tmp_path / "ingest", api) as again:
        again.pipeline.receive(message)
        await until(lambda: again.broker.acknowledged == [message])
        await until(lambda: ("high", "activated") in api.told())

    assert again.store.values == [5.0]


async def test_what_was_kept_is_applied_though_another_part_failed_in_between(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeApi()

    async def fail(_: object) -> None:
        raise RuntimeError("a part failed")

    with pytest.raises(RuntimeError, match="a part failed"):  # noqa: PT012 - raised when the run ends
        async with running(installation, tmp_path / "ingest", api) as plant:
            await until(lambda: api.reports)
            plant.send(vibration=5.0)
            monkeypatch.setattr(plant.pipeline.delivery, "report", fail)
            await until(lambda: plant.broker.stopped)
    monkeypatch.undo()

    async with running(installation, tmp_path / "ingest", api) as again:
        await until(lambda: ("high", "activated") in api.told())

        assert [alarm.rule for alarm in again.pipeline.stream.active()] == ["high"]


async def test_an_answer_that_is_not_the_apis_is_no_answer(
    installation: Installation, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    api = FakeApi()
    api.nonsense = True
    async with running(installation, tmp_path / "ingest", api) as plant:
        plant.send(vibration=5.0)
        await until(lambda: len(plant.pipeline.stream.outbox))
        await until(lambda: plant.pipeline.delivery.reachable is False)

        api.nonsense = False
        await until(lambda: api.told() == [("high", "activated")])

    assert [record.message for record in caplog.records].count("api away") == 1


async def test_a_broker_that_lets_nothing_be_published_still_brings_readings(
    installation: Installation, tmp_path: Path
) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        plant.broker.refuses = True
        message = plant.send(vibration=5.0)

        await until(lambda: ("high", "activated") in api.told())

    assert plant.broker.acknowledged == [message]


async def test_an_outbox_on_a_full_disk_is_no_reason_to_end(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        await until(lambda: api.reports)

        def refuse(*_: object) -> None:
            raise SpoolFull("disk of the outbox is full")

        with monkeypatch.context() as patched:
            for change in ("remove_through", "note_retained"):
                patched.setattr(plant.pipeline.stream.outbox, change, refuse)
            plant.send(vibration=5.0)
            await until(lambda: api.told() == [("high", "activated")])
            second = plant.send(vibration=5.5)
            await until(lambda: second in plant.broker.acknowledged)
        plant.pipeline.delivery.wake()
        await until(lambda: not len(plant.pipeline.stream.outbox))


async def test_no_time_passes_for_rules_before_the_backlog_has_come(
    tmp_path: Path, installation: Installation
) -> None:
    (tmp_path / "rules" / "pump.yaml").write_text(RULES.replace("when: vibration > 4.0", HELD))
    installation = load_installation(sites=[tmp_path / "site.yaml"], rules=[tmp_path / "rules"])
    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        plant.send(vibration=5.0)
        await until(lambda: plant.broker.acknowledged)
    waited = json.dumps({"ts": plant.now + 10_000, "values": {"vibration": 1.0}}).encode()

    async with running(installation, tmp_path / "ingest", api, now=plant.now + 45_000) as again:
        reports = len(api.reports)
        await until(lambda: len(api.reports) > reports + 3)
        again.pipeline.receive(Received("plantroom/v1/s/P-1/telemetry", waited, again.now, packet_id=9))
        await until(lambda: again.broker.acknowledged)
        await until(lambda: not again.pipeline._absence.is_deaf)
        again.now += 20_000
        reports = len(api.reports)
        await until(lambda: len(api.reports) > reports + 3)

    assert api.told() == []


async def test_the_api_is_told_how_each_asset_stands_and_again_when_it_was_away(
    installation: Installation, tmp_path: Path
) -> None:
    api = FakeApi()

    def told() -> list[tuple[str, str, str | None]]:
        return [
            (each["asset"], each["status"], each["cause"])
            for report in api.reports
            for each in report["assets"]
        ]

    async with running(installation, tmp_path / "ingest", api) as plant:
        plant.send(vibration=1.0)
        await until(lambda: told() == [("P-1", "online", None)])
        api.nonsense = True
        await until(lambda: plant.pipeline.delivery.reachable is False)
        api.reports.clear()
        api.nonsense = False
        await until(lambda: ("P-1", "online", None) in told())


async def test_that_nothing_is_heard_is_kept_once(installation: Installation, tmp_path: Path) -> None:
    async with running(installation, tmp_path / "ingest", FakeApi()) as plant:
        await until(lambda: not plant.pipeline._absence.is_deaf)
        await until(lambda: plant.pipeline.stream.journal.last > 3)
        plant.pipeline.connection_changed(False, "lost")
        await asyncio.sleep(0.2)
        last = plant.pipeline.stream.journal.last

        await asyncio.sleep(0.2)

        assert plant.pipeline.stream.journal.last == last


async def test_assets_by_status_and_what_sparkplug_counts_are_metrics(
    installation: Installation, tmp_path: Path
) -> None:
    def metrics(plant: Plant) -> dict[str, float]:
        return {
            f"{sample.name}{''.join(sample.labels.values())}": sample.value
            for metric in PipelineCollector(plant.pipeline).collect()
            for sample in metric.samples
        }

    async with running(installation, tmp_path / "ingest", FakeApi()) as plant:
        assert metrics(plant)["plantroom_assetsunknown"] == 1
        assert "plantroom_sparkplug_births_total" not in metrics(plant)

        plant.pipeline.sparkplug = HostCounts(births=3, gaps=2)
        plant.send(vibration=1.0)
        await until(lambda: metrics(plant)["plantroom_assetsonline"] == 1)

        assert metrics(plant)["plantroom_sparkplug_births_total"] == 3
        assert metrics(plant)["plantroom_sparkplug_sequence_gaps_total"] == 2


async def test_messages_are_counted_by_their_size_too(installation: Installation, tmp_path: Path) -> None:
    async with running(installation, tmp_path / "ingest", FakeApi()) as plant:
        for _ in range(33):
            plant.pipeline.receive(Received("x", bytes(1024 * 1024), plant.now))
        paused = plant.broker.paused

        await until(lambda: len(plant.broker.acknowledged) == 33)

        assert paused
        assert not plant.broker.paused


async def test_a_store_that_hangs_does_not_hold_up_the_stop(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()
    async with running(installation, tmp_path / "ingest", FakeApi()) as plant:
        monkeypatch.setattr(plant.store, "write", lambda _: answer.wait(60) and ())
        plant.send(vibration=1.0)
        await until(lambda: plant.broker.acknowledged)
        plant.pipeline.stop()
        await until(lambda: plant.broker.stopped)
    was_given_up = not answer.is_set()
    stored = load_cursor(tmp_path / "ingest" / "stored")
    answer.set()  # only now: the write that was left to itself ends, and keeps its cursor

    assert was_given_up
    assert stored == 0


async def test_models_that_fail_raise_one_alarm_which_clears_when_others_are_at_work(
    installation: Installation, tmp_path: Path
) -> None:
    def models(reason: str) -> Models:
        fault = Fault(asset="P-1", model="whole", version=1, reason=reason)
        return Models(scorer=Scorer(installation.table), unusable=(fault,) if reason else ())

    api = FakeApi()
    async with running(installation, tmp_path / "ingest", api) as plant:
        await plant.pipeline.change_models(models("broken"))
        await until(lambda: ("system-model-off", "activated") in api.told())
        await until(lambda: api.reports and api.reports[-1]["models"]["off"])
        off = api.reports[-1]["models"]
        await plant.pipeline.change_models(models(""))
        await until(lambda: ("system-model-off", "cleared") in api.told())

    assert off == {
        "at_work": 0,
        "off": [{"asset": "P-1", "model": "whole", "version": 1, "reason": "broken"}],
    }
    told = [each for each in api.transitions if each["rule"] == "system-model-off"]
    assert told[0]["reason"] == "P-1 whole: broken"
