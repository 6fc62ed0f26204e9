"""Loads of very many machines, on a clock that does not wait."""

import asyncio
import json
from collections import defaultdict
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.errors import BrokerUnavailable
from plantroom.simulators.load import POINTS, Load, Sent, messages, run, site_file
from plantroom.storage.files import load_installation
from plantroom_testing.simulation import START, FakeClock, Listener


class Broker(Listener):
    """Takes messages at either quality of service; away for the first `refuses` at QoS 0."""

    def __init__(self, clock: FakeClock, *, refuses: int = 0) -> None:
        super().__init__(clock)
        self.refuses = refuses

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        if self.refuses:
            self.refuses -= 1
            raise BrokerUnavailable("away")
        await self.send(topic, payload, retain=retain)


def loaded(load: Load, *, refuses: int = 0) -> tuple[Broker, Sent]:
    clock, sent = FakeClock(), Sent()
    broker = Broker(clock, refuses=refuses)
    asyncio.run(run(load, broker, clock=clock, sent=sent))
    return broker, sent


def by_asset(broker: Broker) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for topic, payload, _ in broker.messages:
        document = json.loads(payload)
        found[topic] += document if isinstance(document, list) else [document]
    return found


@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize("rate", [0.5, 7.0, 2000.0])
def test_the_rate_asked_for_is_published(rate: float, qos: int) -> None:
    _, sent = loaded(Load(assets=50, rate=rate, seconds=10.0, qos=qos))

    assert sent.messages == int(rate * 10)
    assert sent.seconds == pytest.approx(10.0, abs=0.05)


def test_every_machine_has_its_turn() -> None:
    broker, sent = loaded(Load(assets=300, rate=1000.0, seconds=3.0))

    counts = {len(readings) for readings in by_asset(broker).values()}
    assert len(by_asset(broker)) == 300
    assert counts == {10}
    assert sent.bytes == sum(len(payload) for _, payload, _ in broker.messages)


def test_a_broker_that_comes_back_at_qos_0_gets_every_message_once() -> None:
    broker, sent = loaded(Load(assets=20, rate=100.0, seconds=5.0, qos=0), refuses=3)

    assert sent.interruptions == 3
    assert len(broker.messages) == sent.messages == 500
    assert {len(readings) for readings in by_asset(broker).values()} == {25}


def test_a_message_has_the_values_and_the_time_of_the_contract() -> None:
    broker, _ = loaded(Load(site="here", assets=10, values=3, rate=1.0, seconds=2.0))

    topic, payload, _ = broker.messages[0]
    document = json.loads(payload)
    assert topic == "plantroom/v1/here/LOAD-01/telemetry"
    assert set(document["values"]) == set(POINTS[:3])
    assert document["values"]["running"] is True
    assert START <= document["ts"] <= START + 2000


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 200))
def test_the_times_of_a_machine_increase(assets: int, batch: int, count: int) -> None:
    clock = FakeClock()
    last: dict[str, int] = {}

    for topic, payload in islice(messages(Load(assets=assets, batch=batch), clock), count):
        clock.time += 0.3
        document = json.loads(payload)
        for reading in document if batch > 1 else [document]:
            assert reading["ts"] > last.get(topic, 0)
            last[topic] = reading["ts"]


def test_the_same_seed_has_the_same_values_and_another_one_others() -> None:
    def values(seed: int) -> list[bytes]:
        stream = messages(Load(assets=5, seed=seed), FakeClock())
        return [payload for _, payload in islice(stream, 20)]

    assert values(1) == values(1) != values(2)


def test_the_site_file_declares_the_machines_with_their_points_and_a_rule_pack(tmp_path: Path) -> None:
    load = Load(assets=120)
    file = tmp_path / "load.yaml"
    file.write_text(site_file(load), encoding="utf-8")

    installation = load_installation(sites=[file])

    assert [asset.id for asset in installation.table.assets] == list(load.asset_ids)
    assert {("LOAD-001", point) for point in POINTS} <= set(installation.table.keys)
    assert installation.rules["load"]


def test_the_values_are_plausible(tmp_path: Path) -> None:
    file = tmp_path / "load.yaml"
    file.write_text(site_file(Load(assets=1)), encoding="utf-8")
    points = {point.name: point for point in load_installation(sites=[file]).table.points}

    for _, payload in islice(messages(Load(assets=1), FakeClock()), 500):
        for name, value in json.loads(payload)["values"].items():
            assert points[name].low <= value <= points[name].high
