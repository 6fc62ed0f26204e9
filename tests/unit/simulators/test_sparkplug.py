import asyncio
import itertools

import pytest

from plantroom.domain.errors import BrokerUnavailable
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset, Site
from plantroom.domain.sparkplug import Sparkplug
from plantroom.ingest.sparkplug.host import Host
from plantroom.mqtt.message import Received
from plantroom.mqtt.sparkplug.payload import BD_SEQ, REBIRTH, DataType, Metric, Payload, decode, encode
from plantroom.mqtt.sparkplug.topics import Kind, parse
from plantroom.simulators.simulation import Simulation
from plantroom.simulators.sparkplug import EdgeNode, Gateway, group_of
from plantroom_testing.simulation import START, SUMMER_NOON, FakeClock, asset_of
from plantroom_testing.sparkplug import states, values

VALUES = {"flow": 5.0, "running": True}


def site(*assets: Asset) -> Site:
    return Site(id="riverside", assets=assets or (asset_of("pump", id_="P-1"),), sparkplug=Sparkplug())


@pytest.fixture
def edge_node() -> EdgeNode:
    edge_node = EdgeNode(site())
    edge_node.begin_session(START)
    edge_node.learn("P-1", VALUES)
    return edge_node


class Broker:
    """Keeps what is published; may be away."""

    def __init__(self) -> None:
        self.got: list[Received] = []
        self.is_away = False

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        if self.is_away:
            raise BrokerUnavailable("away")
        assert (qos, retain) == (0, False)
        self.got.append(Received(topic, payload, START))
        await asyncio.sleep(0)

    def kinds(self) -> list[Kind]:
        return [topic.kind for message in self.got if (topic := parse(message.topic))]


def request(topic: str, *, name: str = REBIRTH, value: bool = True) -> Received:
    metric = Metric(name=name, value=value, datatype=DataType.BOOLEAN)
    return Received(topic, encode(Payload([metric], ts=START)), START)


def test_the_group_is_the_first_of_the_site_or_the_site_itself():
    assert group_of(site()) == "riverside"
    assert group_of(Site(id="x", sparkplug=Sparkplug(groups=("a", "b")))) == "a"
    assert group_of(Site(id="x")) == "x"


def test_births_carry_names_aliases_types_and_values(edge_node):
    (_, nbirth), (topic, dbirth) = edge_node.births(START)

    own = {metric.name: metric.value for metric in decode(nbirth).metrics}
    assert own == {BD_SEQ: 0, REBIRTH: False}
    assert topic == "spBv1.0/riverside/DBIRTH/gateway-1/P-1"
    read = decode(dbirth).metrics
    assert [(metric.name, metric.value, metric.datatype) for metric in read] == [
        ("flow", 5.0, DataType.DOUBLE),
        ("running", True, DataType.BOOLEAN),
    ]
    assert len({metric.alias for metric in read}) == 2


def test_data_says_by_alias_what_has_changed(edge_node):
    births = edge_node.births(START)
    aliases = {metric.name: metric.alias for metric in decode(births[1][1]).metrics}

    message = edge_node.data("P-1", {"flow": 6.0, "running": True}, START)

    assert message is not None
    (metric,) = decode(message[1]).metrics
    assert (metric.name, metric.alias, metric.value) == (None, aliases["flow"], 6.0)


def test_nothing_is_said_when_nothing_has_changed(edge_node):
    edge_node.births(START)

    assert edge_node.data("P-1", VALUES, START) is None


def test_seq_counts_every_message_and_starts_again_with_births(edge_node):
    edge_node.births(START)
    for number in range(300):
        edge_node.data("P-1", {"flow": float(number)}, START)

    message = edge_node.data("P-1", {"flow": -1.0}, START)

    assert message is not None
    assert decode(message[1]).seq == (2 + 300) % 256
    assert [decode(payload).seq for _, payload in edge_node.births(START)] == [0, 1]


def test_a_death_belongs_to_the_births_of_its_session(edge_node):
    will = edge_node.begin_session(START)

    birth = decode(edge_node.births(START)[0][1])

    assert decode(will.payload).metrics[0].value == birth.metrics[0].value == 1
    assert decode(will.payload).seq is None


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (request("spBv1.0/riverside/NCMD/gateway-1"), True),
        (request("spBv1.0/riverside/NCMD/gateway-1", value=False), False),
        (request("spBv1.0/riverside/NCMD/gateway-1", name="Node Control/Reboot"), False),
        (request("spBv1.0/riverside/NCMD/other"), False),
        (request("spBv1.0/riverside/NDATA/gateway-1"), False),
        (Received("spBv1.0/riverside/NCMD/gateway-1", b"\xff", START), False),
    ],
    ids=["rebirth", "false", "other command", "other node", "no command", "garbage"],
)
def test_only_a_request_for_births_is_one(edge_node, message, asked):
    assert edge_node.is_asked_for_births(message) is asked


async def run(gateway: Gateway, broker: Broker, *, duration: float = 60.0) -> None:
    gateway.will()
    gateway.connected(True, "")
    await gateway.run(broker, duration=duration)


async def test_a_plant_is_published_as_devices_that_a_host_understands():
    here, broker = site(), Broker()
    gateway = Gateway(Simulation(here, start=SUMMER_NOON, seed=1), clock=FakeClock())
    host = Host(
        PointTable((Site(id="riverside", assets=here.assets, sparkplug=Sparkplug(groups=("riverside",))),)),
        reorder=0,
    )

    await run(gateway, broker)
    read = [each for message in broker.got for each in host.take(message)]

    assert broker.kinds()[:2] == [Kind.NBIRTH, Kind.DBIRTH]
    assert broker.kinds()[-1] is Kind.NDEATH
    assert states(read) == [("P-1", True), ("P-1", False)]
    assert {asset for asset, _ in values(read)} == {"P-1"}
    assert set(values(read)[0][1]) <= {point.name for point in here.assets[0].points}


async def test_dropped_messages_leave_gaps_in_the_count():
    broker = Broker()
    gateway = Gateway(Simulation(site(), start=SUMMER_NOON, seed=1), clock=FakeClock(), drop=0.5, seed=3)

    await run(gateway, broker, duration=600.0)

    data = [decode(each.payload).seq or 0 for each in broker.got if "/DDATA/" in each.topic]
    assert gateway.dropped > 0
    assert [later - earlier for earlier, later in itertools.pairwise(data)].count(1) < len(data) - 1


async def test_a_request_is_answered_with_births_at_once():
    broker, gateway = Broker(), Gateway(Simulation(site(), start=SUMMER_NOON, seed=1), clock=FakeClock())

    gateway.will()
    gateway.connected(True, "")
    running = asyncio.create_task(gateway.run(broker))
    while len(broker.got) < 3:
        await asyncio.sleep(0)
    gateway.receive(request(gateway.edge_node.command_topic))
    while broker.kinds().count(Kind.NBIRTH) < 2:
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert broker.kinds()[-1] is Kind.NDEATH


async def test_while_the_broker_is_away_the_plant_goes_on():
    broker, gateway = Broker(), Gateway(Simulation(site(), start=SUMMER_NOON, seed=1), clock=FakeClock())
    broker.is_away = True

    await run(gateway, broker)

    assert broker.got == []
    assert gateway.published == 0
