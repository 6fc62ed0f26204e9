"""Other rules take over in the middle of the stream: nothing is lost, unchanged rules go on."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.installation import Installation
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.health import Health
from plantroom.ingest.pipeline import Pace, Pipeline
from plantroom.ingest.store_writer import StoreWriter
from plantroom.ingest.stream import Stream
from plantroom.ingest.watch import Watch
from plantroom.mqtt.message import Received
from plantroom_testing.files import loaded

START = 1_763_750_000_000
SITE = "site: s\nassets:\n  - {id: P-1, class: pump}\n"
SHAKY = "- {id: shaky, class: pump, when: vibration > 4.0, for: 20s}\n"
HOT = "- {id: hot, class: pump, when: vibration > 8, title: {en: Hot}}\n"
NewBench = Callable[[str], "Bench"]
Told = list[tuple[str, str, int]]


class Bench:
    """A stream in a folder that is given readings of one pump every ten seconds."""

    def __init__(self, folder: Path, rules: str) -> None:
        self.folder = folder
        self.rules = rules
        self.stream = Stream(installation=self.installation(), folder=folder / "ingest")

    def installation(self) -> Installation:
        return loaded(self.folder, SITE, self.rules)

    def give(self, seconds: int, **values: float) -> Told:
        now = START + 1000 * seconds
        payload = f'{{"ts": {now}, "values": {_json(values)}}}'.encode()
        message = Received(topic="plantroom/v1/s/P-1/telemetry", payload=payload, arrived=now, packet_id=1)
        record = self.stream.keep(self.stream.take([message], now=now))
        return told(self.stream.apply(record))

    def change(self, rules: str, seconds: int) -> Told:
        self.rules = rules
        return told(self.stream.change_rules(Watch.over(self.installation()), now=START + 1000 * seconds))

    def restart(self) -> None:
        self.stream.close()
        self.stream = Stream(installation=self.installation(), folder=self.folder / "ingest")

    def crash(self) -> None:
        """Begin again with what is on disk, without a last word."""
        self.stream.journal.close()
        self.stream.outbox.close()
        self.stream = Stream(installation=self.installation(), folder=self.folder / "ingest")


@pytest.fixture
def bench_of(tmp_path: Path) -> Iterator[NewBench]:
    """Return what makes a bench with such rules."""
    made: list[Bench] = []

    def make(rules: str) -> Bench:
        made.append(Bench(tmp_path, rules))
        return made[-1]

    yield make
    for bench in made:
        bench.stream.close()


def _json(values: dict[str, float]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}"


def told(transitions: list[Transition]) -> Told:
    return [(each.rule, each.kind.value, (each.at - START) // 1000) for each in transitions]


def test_the_timer_of_an_unchanged_rule_goes_on_over_a_change_of_another(bench_of: NewBench) -> None:
    bench = bench_of(SHAKY)
    bench.give(0, vibration=5.0)

    brought = bench.change(SHAKY + HOT, 5)

    assert brought == []
    assert bench.give(10, vibration=5.0) == []
    assert bench.give(21, vibration=5.0) == [("shaky", "activated", 20)]


def test_a_new_rule_is_judged_at_once_on_what_is_held(bench_of: NewBench) -> None:
    bench = bench_of(SHAKY)
    bench.give(0, vibration=9.0)

    assert bench.change(SHAKY + HOT, 5) == [("hot", "activated", 0)]


def test_a_removed_rules_alarm_is_withdrawn_with_its_own_words(bench_of: NewBench) -> None:
    bench = bench_of(SHAKY + HOT)
    bench.give(0, vibration=9.0)

    assert bench.change(SHAKY, 5) == [("hot", "withdrawn", 0)]
    parcels = [document for _, document in bench.stream.outbox.peek(10)]
    assert [(each["kind"], each["title"]["en"]) for each in parcels] == [
        ("activated", "Hot"),
        ("withdrawn", "Hot"),
    ]
    assert bench.stream.active() == []


def test_a_changed_rule_keeps_its_alarm_and_begins_its_timers_anew(bench_of: NewBench) -> None:
    bench = bench_of(SHAKY)
    bench.give(0, vibration=5.0)

    bench.change(SHAKY.replace("4.0", "4.5"), 5)

    assert bench.give(10, vibration=5.0) == []
    assert bench.give(19, vibration=5.0) == []
    assert bench.give(31, vibration=5.0) == [("shaky", "activated", 20)]


@pytest.mark.parametrize("how", ["restart", "crash"])
def test_a_start_after_a_change_goes_on_by_the_new_rules(bench_of: NewBench, how: str) -> None:
    bench = bench_of(SHAKY)
    bench.give(0, vibration=9.0)
    bench.change(SHAKY + HOT, 5)
    bench.stream.save()

    bench.restart() if how == "restart" else bench.crash()

    assert [each.rule for each in bench.stream.active()] == ["hot"]
    assert bench.give(10, vibration=3.0) == [("hot", "cleared", 10)]
    kinds = [document["kind"] for _, document in bench.stream.outbox.peek(10)]
    assert kinds == ["activated", "cleared"]


def test_a_change_alone_is_reason_for_a_checkpoint(bench_of: NewBench) -> None:
    bench = bench_of(SHAKY)
    bench.give(0, vibration=1.0)
    bench.stream.save()
    checkpoint = bench.folder / "ingest/checkpoint.npz"
    before = checkpoint.read_bytes()

    bench.change(SHAKY + HOT, 5)
    bench.stream.save()

    assert checkpoint.read_bytes() != before


class QuietBroker:
    """A connection on which nothing happens but what the test does."""

    def __init__(self) -> None:
        self.acknowledged: list[Received] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def acknowledge(self, messages: list[Received]) -> None:
        self.acknowledged += messages

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None: ...


class NoStore:
    def write(self, batch: object) -> tuple[()]:
        return ()

    def compact(self) -> None: ...


def test_the_pipeline_changes_between_two_batches_and_loses_none(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SHAKY)
    stream, broker = bench.stream, QuietBroker()
    now = START
    client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(503)), base_url="http://a"
    )
    pipeline = Pipeline(
        stream=stream,
        store_writer=StoreWriter(
            journal=stream.journal,
            store=NoStore(),  # type: ignore[arg-type]  # as much of a store as is used
            cursor=tmp_path / "stored",
            on_rejected=lambda *_: None,
        ),
        delivery=Delivery(stream.outbox, client),
        health=Health(),
        pace=Pace(batch=0.001, tick=0.01),
        clock=lambda: now,
    )
    bench.rules = SHAKY + HOT
    watch = Watch.over(bench.installation())

    async def work() -> tuple[list[Transition], int]:
        nonlocal now
        running = asyncio.create_task(pipeline.run(broker))  # type: ignore[arg-type]  # a fake
        pipeline.connection_changed(True, "")
        brought: list[Transition] = []
        for number in range(20):
            now = START + 1000 * number
            payload = f'{{"ts": {now}, "values": {{"vibration": 9}}}}'.encode()
            pipeline.receive(Received("plantroom/v1/s/P-1/telemetry", payload, now, packet_id=number + 1))
            if number == 10:
                brought += await pipeline.change_rules(watch)
            await asyncio.sleep(0.005)
        async with asyncio.timeout(20):
            while len(broker.acknowledged) < 20:
                await asyncio.sleep(0.01)
        pipeline.stop()
        await running
        return brought, len(broker.acknowledged)

    brought, acknowledged = asyncio.run(work())

    assert acknowledged == 20
    assert [(each.rule, each.kind) for each in brought] == [("hot", TransitionKind.ACTIVATED)]
