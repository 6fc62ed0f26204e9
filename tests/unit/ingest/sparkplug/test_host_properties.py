"""Whatever gets lost, doubled or overtaken: no value goes to a wrong point, and the host finds back.

Sparkplug itself leaves one hole: nothing in a data message says to which birth its aliases belong. So either
the births of edge nodes arrive (`NBIRTH`, in time), or no alias is used again for another metric.
"""

import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.ingest.qualify import GONE
from plantroom.ingest.sparkplug.host import Host
from plantroom.mqtt.message import Received
from plantroom.mqtt.sparkplug.payload import Metric
from plantroom.mqtt.sparkplug.topics import Kind
from plantroom_testing.sparkplug import GATEWAY, Gateway, named, reasons, table, values

REORDER = 2000
DEVICES = ("P-1", "P-2")
POINTS = ("flow", "pressure", "level")
IDENTITY = {
    (device, point): 1000.0 * number
    for number, (device, point) in enumerate(((d, p) for d in DEVICES for p in POINTS), start=1)
}
"""The values of a point lie between its number and the next."""


@dataclass
class Plant:
    """An edge node that gives its metrics other aliases at every birth, so that a mix-up would show."""

    random: random.Random
    reuses_aliases: bool = True
    gateway: Gateway = field(default_factory=Gateway)
    aliases: dict[str, dict[str, int]] = field(default_factory=dict)
    count: int = 0

    def births(self, *, new_session: bool = False) -> list[Received]:
        if new_session:
            self.gateway.bd_seq = (self.gateway.bd_seq + 1) % 256
        return [self.gateway.nbirth(), *(self.birth(name) for name in DEVICES)]

    def birth(self, name: str) -> Received:
        first = (
            0
            if self.reuses_aliases
            else max((alias for given in self.aliases.values() for alias in given.values()), default=0)
        )
        numbers = self.random.sample(range(first + 1, first + 4), 3)
        self.aliases[name] = dict(zip(POINTS, numbers, strict=True))
        given = {point: self.value(name, point) for point in POINTS}
        return self.gateway.dbirth(name, *named(self.aliases[name], given))

    def data(self, name: str) -> Received:
        self.count += 1
        given = [
            Metric(alias=self.aliases[name][point], value=self.value(name, point), datatype=10)
            for point in POINTS
            if self.random.random() < 0.7
        ]
        return self.gateway.ddata(name, *given)

    def value(self, name: str, point: str) -> float:
        return IDENTITY[name, point] + self.count % 900

    def say(self) -> list[Received]:
        """Return what comes next."""
        roll = self.random.random()
        if roll < 0.75:
            return [self.data(self.random.choice(DEVICES))]
        if roll < 0.85:
            return self.births()
        if roll < 0.93:
            return [self.gateway.ndeath(), *self.births(new_session=True)]
        name = self.random.choice(DEVICES)
        return [self.gateway.ddeath(name), self.birth(name)]


@dataclass
class Network:
    """Loses, doubles and delays."""

    random: random.Random
    loss: float
    doubling: float
    delay: float
    spares_births: bool = True
    """Whether the births of edge nodes arrive, and in time."""
    waiting: list[Received] = field(default_factory=list)
    seen: list[Received] = field(default_factory=list)

    def carry(self, message: Received) -> list[Received]:
        """Return what arrives when `message` is sent."""
        if self.spares_births and "/NBIRTH/" in message.topic:
            self.seen.append(message)
            return [message]
        if self.random.random() < self.loss:
            return []
        self.seen.append(message)
        if self.random.random() < self.delay:
            self.waiting.append(message)
            return []
        arriving = [message]
        if self.random.random() < self.doubling:
            arriving.append(self.random.choice(self.seen[-30:]))
        while self.waiting and self.random.random() < 0.4:
            arriving.append(self.waiting.pop(self.random.randrange(len(self.waiting))))
        return arriving


def wrong(messages: list[Received]) -> list[tuple[str, str, float]]:
    """Return the values that went to a point that is not theirs."""
    return [
        (asset, point, value)
        for asset, given in values(messages)
        for point, value in given.items()
        if value is not GONE and not 0 <= value - IDENTITY[asset, point] < 1000
    ]


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0.0, 0.05, 0.3]),
    doubling=st.sampled_from([0.0, 0.2]),
    delay=st.sampled_from([0.0, 0.2, 0.5]),
    reuses_aliases=st.booleans(),
)
def test_no_value_ever_goes_to_a_wrong_point_and_the_host_finds_back(
    seed, loss, doubling, delay, reuses_aliases
):
    chance = random.Random(seed)
    host, plant = Host(table(), reorder=REORDER), Plant(chance, reuses_aliases=reuses_aliases)
    network = Network(chance, loss=loss, doubling=doubling, delay=delay, spares_births=reuses_aliases)
    sent = plant.births()

    for _ in range(100):
        for message in sent:
            for arriving in network.carry(message):
                assert wrong(host.take(arriving._replace(arrived=plant.gateway.now))) == []
        assert wrong(host.tick(plant.gateway.now)) == []
        sent = plant.births() if host.requests(plant.gateway.now) else plant.say()

    _assert_that_it_finds_back(host, plant, sent)


def _assert_that_it_finds_back(host: Host, plant: Plant, sent: list[Received]) -> None:
    """Let nothing be lost any more: after a while every value is read as soon as it is sent."""
    for _ in range(80):
        for message in sent:
            assert wrong(host.take(message)) == []
        plant.gateway.now += 10_000
        host.tick(plant.gateway.now)
        sent = plant.births() if host.requests(plant.gateway.now) else [plant.data(DEVICES[0])]
    for message in sent:
        host.take(message)

    read = [each for name in DEVICES for each in host.take(plant.data(name))]

    assert len(read) == len(DEVICES)
    assert reasons(read) == []


@settings(max_examples=40)
@given(missing=st.integers(1, 300), more=st.integers(1, 60))
def test_a_gap_of_any_length_ends_in_a_request(missing, more):
    plant = Plant(random.Random(missing))
    host = Host(table(), reorder=REORDER)
    for message in plant.births():
        host.take(message)

    for _ in range(missing):
        plant.data(DEVICES[0])
    for _ in range(more):
        host.take(plant.data(DEVICES[0]))
    host.tick(plant.gateway.now + 20 + REORDER)
    asked = host.requests(plant.gateway.now + 20 + REORDER)

    # A gap of a whole round of `seq` cannot be seen.
    assert asked == ([] if missing == 256 else [GATEWAY])


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 40))
def test_any_order_within_the_reorder_time_reads_the_same(seed, count):
    chance = random.Random(seed)
    plant = Plant(chance)
    births = plant.births()
    data = [plant.data(chance.choice(DEVICES)) for _ in range(count)]
    shuffled = chance.sample(data, count)

    read = []
    for order in (data, shuffled):
        host = Host(table(), reorder=REORDER)
        for message in births:
            host.take(message)
        read.append([each for message in order for each in values(host.take(message))])
        host.tick(births[-1].arrived)
        assert host.requests(births[-1].arrived) == []

    assert read[0] == read[1]


@given(
    topic=st.sampled_from([kind.value for kind in Kind]).flatmap(
        lambda kind: st.sampled_from(
            [f"spBv1.0/riverside/{kind}/gateway", f"spBv1.0/riverside/{kind}/gateway/P-1"]
        )
    )
    | st.text(max_size=40),
    payload=st.binary(max_size=200),
    retain=st.booleans(),
)
def test_nothing_that_is_sent_raises(topic, payload, retain):
    host = Host(table(), reorder=REORDER)
    for message in Plant(random.Random(0)).births():
        host.take(message)

    host.take(Received(topic, payload, 1, retain=retain))

    host.tick(10**13)
    host.requests(10**13)
