"""What the broker retains becomes equal to what is active, whatever happened meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.errors import BrokerUnavailable
from plantroom.domain.rule import Severity
from plantroom.ingest.announcer import Announcer
from plantroom.ingest.outbox import Outbox

HEARTBEAT = "plantroom/v1/s/$status"


class FakeBroker:
    """Keeps what is retained, as a broker does."""

    def __init__(self) -> None:
        self.retained: dict[str, bytes] = {}
        self.failures = 0

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        if self.failures:
            self.failures -= 1
            raise BrokerUnavailable("lost")
        if payload:
            self.retained[topic] = payload
        else:
            self.retained.pop(topic, None)

    def alarms(self) -> set[str]:
        return {topic.rpartition("/")[2] for topic in self.retained if "/alarms/" in topic}


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with closing(Outbox(tmp_path / "outbox.sqlite")) as opened:
        yield opened


def transition(rule: str, kind: TransitionKind = TransitionKind.ACTIVATED) -> Transition:
    return Transition(
        site="s",
        asset="P-1",
        rule=rule,
        kind=kind,
        at=1_763_750_000_000,
        activated_at=1_763_750_000_000,
        text=AlarmText(severity=Severity.MAJOR, group=rule),
        value=5.5,
        unit="mm/s",
    )


@asynccontextmanager
async def running(outbox: Outbox, broker: FakeBroker, *active: Transition) -> AsyncIterator[Announcer]:
    announcer = Announcer(outbox, broker, heartbeats=[HEARTBEAT])
    announcer.begin(active)
    task = asyncio.create_task(announcer.run())
    yield announcer
    task.cancel()


async def until(broker: FakeBroker, rules: set[str]) -> None:
    async with asyncio.timeout(20):
        while broker.alarms() != rules or HEARTBEAT not in broker.retained:
            await asyncio.sleep(0.01)


async def test_an_active_alarm_is_retained_and_taken_away_when_it_clears(outbox: Outbox) -> None:
    broker = FakeBroker()
    async with running(outbox, broker) as announcer:
        announcer.announce([transition("high")])
        await until(broker, {"high"})
        document = json.loads(broker.retained["plantroom/v1/s/P-1/alarms/high"])

        announcer.announce([transition("high", TransitionKind.CLEARED)])
        await until(broker, set())

    assert (document["severity"], document["value"], document["active_since"]) == (
        "major",
        5.5,
        "2025-11-21T18:33:20.000Z",
    )


async def test_what_is_retained_says_whether_the_alarm_is_suppressed_and_of_what(outbox: Outbox) -> None:
    broker, topic = FakeBroker(), "plantroom/v1/s/P-1/alarms/high"
    suppressed = replace(transition("high", TransitionKind.SUPPRESSED), suppressed=True, cause="root")

    async def retains(said: tuple[bool, str]) -> None:
        async with asyncio.timeout(20):
            while (
                json.loads(broker.retained[topic])["suppressed"],
                json.loads(broker.retained[topic])["cause"],
            ) != said:
                await asyncio.sleep(0.01)

    async with running(outbox, broker, transition("high")) as announcer:
        await until(broker, {"high"})

        announcer.announce([suppressed])
        await retains((True, "root"))
        announcer.announce([transition("high", TransitionKind.RELEASED)])
        await retains((False, ""))

    assert json.loads(broker.retained[topic])["value"] == 5.5


async def test_an_alarm_that_ended_while_we_were_stopped_is_taken_away_at_the_start(outbox: Outbox) -> None:
    broker = FakeBroker()
    async with running(outbox, broker) as announcer:
        announcer.announce([transition("old"), transition("still")])
        await until(broker, {"old", "still"})

    async with running(outbox, broker, transition("still")):
        await until(broker, {"still"})


async def test_a_broker_that_forgot_everything_is_told_again(outbox: Outbox) -> None:
    broker = FakeBroker()
    async with running(outbox, broker, transition("high")) as announcer:
        await until(broker, {"high"})
        broker.retained.clear()

        announcer.resync()
        await until(broker, {"high"})


async def test_a_lost_connection_delays_and_loses_nothing(outbox: Outbox) -> None:
    broker = FakeBroker()
    broker.failures = 2
    async with running(outbox, broker) as announcer:
        announcer.announce([transition("high")])

        await until(broker, {"high"})


async def test_the_goodbye_says_offline(outbox: Outbox) -> None:
    broker = FakeBroker()
    async with running(outbox, broker) as announcer:
        await until(broker, set())

        await announcer.say_goodbye()

    assert broker.retained[HEARTBEAT] == b"offline"
