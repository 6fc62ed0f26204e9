import pytest

from plantroom.domain.sparkplug import MetricPoint, SparkplugDevice
from plantroom.ingest.dead_letters import LetterKind
from plantroom.ingest.qualify import GONE
from plantroom.ingest.sparkplug import edge_node
from plantroom.ingest.sparkplug.host import Host
from plantroom.ingest.sparkplug.reading import NO_HISTORY, NO_TIME
from plantroom.mqtt.message import Received
from plantroom.mqtt.sparkplug.payload import BD_SEQ, REBIRTH, DataType, Metric, Payload, encode
from plantroom.mqtt.sparkplug.topics import Kind, NodeId
from plantroom_testing.sparkplug import (
    GATEWAY,
    Gateway,
    contents,
    device,
    metrics,
    named,
    reasons,
    states,
    table,
    values,
)
from plantroom_testing.telemetry import NOW

REORDER = 2000
ALIASES = {"flow": 1, "pressure": 2, "running": 3}
FAR = 600_000


@pytest.fixture
def host() -> Host:
    return Host(table(), reorder=REORDER)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def born(host: Host, gateway: Gateway, **given: float) -> list[Received]:
    """Let the gateway and P-1 be born."""
    first = host.take(gateway.nbirth())
    return first + host.take(gateway.dbirth("P-1", *named(ALIASES, given or {"flow": 5.0})))


class TestReadings:
    def test_a_birth_tells_all_values_and_that_the_asset_is_there(self, host, gateway):
        said = born(host, gateway, flow=5.0, pressure=2.0)

        assert values(said) == [("P-1", {"flow": 5.0, "pressure": 2.0})]
        assert states(said) == [("P-1", True)]

    def test_data_is_read_by_the_alias_of_its_birth(self, host, gateway):
        born(host, gateway, flow=5.0, pressure=2.0)

        said = host.take(gateway.ddata("P-1", *metrics({2: 2.5})))

        assert values(said) == [("P-1", {"pressure": 2.5})]

    def test_data_is_read_by_its_name_as_well(self, host, gateway):
        born(host, gateway)

        assert values(host.take(gateway.ddata("P-1", *metrics({"flow": 6.0})))) == [("P-1", {"flow": 6.0})]

    def test_an_alias_is_looked_up_in_its_own_devices_birth(self, host, gateway):
        born(host, gateway)
        host.take(gateway.dbirth("P-2", *named({"pressure": 1}, {"pressure": 1.0})))

        said = host.take(gateway.ddata("P-1", *metrics({1: 6.0})))
        said += host.take(gateway.ddata("P-2", *metrics({1: 1.5})))

        assert values(said) == [("P-1", {"flow": 6.0}), ("P-2", {"pressure": 1.5})]

    def test_an_alias_given_twice_in_a_birth_stands_for_nothing(self, host, gateway):
        host.take(gateway.nbirth())
        host.take(gateway.dbirth("P-1", *named({"flow": 1, "pressure": 1}, {"flow": 5.0, "pressure": 2.0})))

        said = host.take(gateway.ddata("P-1", *metrics({1: 9.0})))

        assert values(said) == []
        assert reasons(said) == [edge_node.NO_ALIAS]
        assert host.requests(gateway.now) == [GATEWAY]

    def test_the_sign_of_a_number_comes_from_the_type_in_its_birth(self, host, gateway):
        birth = Metric(name="flow", alias=1, value=-4, datatype=DataType.INT16)
        host.take(gateway.nbirth())
        said = host.take(gateway.dbirth("P-1", birth))

        said += host.take(gateway.ddata("P-1", Metric(alias=1, value=0xFFFE, datatype=DataType.UINT32)))

        assert values(said) == [("P-1", {"flow": -4}), ("P-1", {"flow": 0xFFFE})]

    def test_a_metrics_own_time_counts_in_data(self, host, gateway):
        born(host, gateway)
        sent = gateway.ddata("P-1", *metrics({1: 6.0}, ts=NOW + 1), *metrics({1: 7.0}, ts=NOW + 2))

        readings = contents(host.take(sent))[0].readings

        assert [(reading.values, reading.ts) for _, reading in readings] == [
            ({"flow": 6.0}, NOW + 1),
            ({"flow": 7.0}, NOW + 2),
        ]

    def test_a_birth_tells_what_is_true_when_it_is_sent(self, host, gateway):
        host.take(gateway.nbirth())
        sent = gateway.dbirth("P-1", *named(ALIASES, {"flow": 5.0}, ts=NOW - 86_400_000))

        readings = contents(host.take(sent))[0].readings

        assert readings[0][1].ts == gateway.now

    def test_history_keeps_its_time_and_changes_nothing_now(self, host, gateway):
        born(host, gateway)
        old = Metric(alias=1, value=1.0, ts=NOW - 3_600_000, datatype=DataType.DOUBLE, historical=True)

        reading = contents(host.take(gateway.ddata("P-1", old)))[0].readings[0][1]
        confirmed = values(host.tick(gateway.now + 15_000))

        assert (reading.historical, reading.ts) == (True, NOW - 3_600_000)
        assert confirmed == [("P-1", {"flow": 5.0})]

    @pytest.mark.parametrize(
        ("metric", "reason"),
        [
            (Metric(alias=1, value=1.0, ts=2**63), NO_TIME),
            (Metric(alias=1, value=1.0, ts=1000), NO_TIME),
            (Metric(alias=1, value=1.0, ts=0, historical=True), NO_HISTORY),
        ],
        ids=["far future", "seconds", "history without time"],
    )
    def test_a_time_that_no_device_can_mean_is_refused(self, host, gateway, metric, reason):
        born(host, gateway)

        said = host.take(gateway.ddata("P-1", metric._replace(datatype=DataType.DOUBLE), ts=None))

        assert values(said) == []
        assert reasons(said) == [reason]

    def test_a_message_without_a_time_is_of_its_arrival(self, host, gateway):
        born(host, gateway)

        readings = contents(host.take(gateway.ddata("P-1", *metrics({1: 6.0}), ts=None)))[0].readings

        assert readings[0][1].ts is None

    def test_a_null_is_handed_on(self, host, gateway):
        born(host, gateway)
        null = Metric(alias=1, value=None, datatype=DataType.DOUBLE)

        assert values(host.take(gateway.ddata("P-1", null))) == [("P-1", {"flow": None})]


class TestNames:
    def test_a_metric_goes_where_the_site_file_says(self):
        pump = device("P-1", "drive 7", Q=MetricPoint(point="flow", scale=3.6, offset=1.0))
        host, gateway = Host(table(pump), reorder=REORDER), Gateway()
        host.take(gateway.nbirth())

        said = host.take(gateway.dbirth("drive 7", *metrics({"Q": 10.0, "pressure": 2.0})))

        assert values(said) == [("P-1", {"flow": 37.0, "pressure": 2.0})]

    def test_a_point_that_another_metric_feeds_is_not_fed_by_its_name_as_well(self):
        host = Host(table(device("P-1", "P-1", Q=MetricPoint(point="flow"))), reorder=REORDER)
        gateway = Gateway()
        host.take(gateway.nbirth())

        said = host.take(gateway.dbirth("P-1", *metrics({"Q": 10.0, "flow": 99.0})))

        assert values(said) == [("P-1", {"flow": 10.0})]
        assert reasons(said) == ['unknown metric "flow"']

    def test_numbers_stand_for_states_where_the_site_file_says_so(self):
        mode = MetricPoint(point="mode", states={0.0: "off", 1.0: "auto"})
        host, gateway = Host(table(device("P-1", "P-1", State=mode)), reorder=REORDER), Gateway()
        host.take(gateway.nbirth())

        said = host.take(gateway.dbirth("P-1", Metric(name="State", value=1, datatype=DataType.INT32)))
        said += host.take(gateway.ddata("P-1", Metric(name="State", value=7, datatype=DataType.INT32)))

        assert values(said) == [("P-1", {"mode": "auto"}), ("P-1", {"mode": 7})]

    def test_a_boolean_is_not_scaled(self):
        running = MetricPoint(point="running", scale=2.0)
        host, gateway = Host(table(device("P-1", "P-1", On=running)), reorder=REORDER), Gateway()
        host.take(gateway.nbirth())

        assert values(host.take(gateway.dbirth("P-1", *metrics({"On": True})))) == [
            ("P-1", {"running": True})
        ]

    def test_the_edge_node_itself_can_be_an_asset(self):
        host, gateway = Host(table(device("P-1")), reorder=REORDER), Gateway()

        said = host.take(gateway.nbirth(*metrics({"flow": 3.0})))
        said += host.take(gateway.ndata(*metrics({"flow": 4.0})))

        assert values(said) == [("P-1", {"flow": 3.0}), ("P-1", {"flow": 4.0})]
        assert states(said) == [("P-1", True)]

    def test_an_unknown_metric_is_named(self, host, gateway):
        host.take(gateway.nbirth())

        said = host.take(gateway.dbirth("P-1", *metrics({"flow": 5.0, "Oil/Level": 1.0})))

        assert reasons(said) == ['unknown metric "Oil/Level"']
        assert contents(said)[0].refusals[0].kind is LetterKind.VALUE

    def test_unknown_metrics_can_be_passed_over(self):
        pump = SparkplugDevice(
            group="riverside", node="gateway", device="P-1", asset="P-1", ignores_unknown=True
        )
        host, gateway = Host(table(pump), reorder=REORDER), Gateway()
        host.take(gateway.nbirth())

        assert reasons(host.take(gateway.dbirth("P-1", *metrics({"Oil/Level": 1.0})))) == []

    def test_what_the_protocol_itself_says_is_no_unknown_metric(self):
        host, gateway = Host(table(device("P-1")), reorder=REORDER), Gateway()

        said = host.take(gateway.nbirth(*metrics({"Node Info/Model": "X", "flow": 1.0})))

        assert reasons(said) == []

    def test_a_device_that_is_no_asset_is_an_unknown_device(self, host, gateway):
        host.take(gateway.nbirth())

        said = host.take(gateway.dbirth("P-9", *metrics({"flow": 5.0})))

        refusal = contents(said)[0].refusals[0]
        assert refusal.kind is LetterKind.UNKNOWN_DEVICE
        assert "flow" in refusal.content

    def test_a_gateway_that_is_no_asset_is_no_news(self, host, gateway):
        assert reasons(host.take(gateway.nbirth(*metrics({"uptime": 5.0})))) == []

    def test_an_edge_node_of_a_foreign_group_is_an_unknown_device_and_not_followed(self, host):
        stranger = Gateway(NodeId("elsewhere", "gateway"))

        said = host.take(stranger.nbirth()) + host.take(stranger.dbirth("P-1", *metrics({"flow": 1.0})))

        assert [refusal.kind for each in contents(said) for refusal in each.refusals] == [
            LetterKind.UNKNOWN_DEVICE,
            LetterKind.UNKNOWN_DEVICE,
        ]
        host.connected()
        assert host.requests(FAR) == []


class TestGaps:
    def test_messages_out_of_order_are_read_in_order(self, host, gateway):
        born(host, gateway)
        first, second = (gateway.ddata("P-1", *metrics({1: value})) for value in (6.0, 7.0))

        said = host.take(second) + host.take(first)

        assert values(said) == [("P-1", {"flow": 6.0}), ("P-1", {"flow": 7.0})]
        host.tick(gateway.now + FAR)
        assert host.requests(gateway.now + FAR) == []

    def test_a_message_that_stays_away_brings_a_request_for_births(self, host, gateway):
        born(host, gateway)
        gateway.ddata("P-1", *metrics({1: 6.0}))
        late = gateway.ddata("P-1", *metrics({1: 7.0}))

        assert values(host.take(late)) == []
        host.tick(late.arrived + REORDER - 1)
        assert host.requests(late.arrived + REORDER - 1) == []
        host.tick(late.arrived + REORDER)

        assert host.requests(late.arrived + REORDER) == [GATEWAY]

    def test_after_a_gap_nothing_is_read_until_the_next_birth(self, host, gateway):
        born(host, gateway)
        gateway.ddata("P-1", *metrics({1: 6.0}))
        host.take(gateway.ddata("P-1", *metrics({1: 7.0})))
        host.tick(gateway.now + FAR)

        said = host.take(gateway.ddata("P-1", *metrics({1: 8.0})))

        assert values(said) == []
        assert reasons(said) == [edge_node.NO_BIRTH]
        assert values(born(host, gateway, flow=9.0)) == [("P-1", {"flow": 9.0})]

    def test_data_without_any_birth_brings_a_request(self, host, gateway):
        said = host.take(gateway.ddata("P-1", *metrics({"flow": 6.0})))

        assert reasons(said) == [edge_node.NO_BIRTH]
        assert host.requests(gateway.now) == [GATEWAY]

    def test_data_of_a_device_without_a_birth_brings_a_request_and_the_others_go_on(self, host, gateway):
        born(host, gateway)

        said = host.take(gateway.ddata("P-2", *metrics({"flow": 6.0})))
        said += host.take(gateway.ddata("P-1", *metrics({1: 6.0})))

        assert reasons(said) == [edge_node.NO_DEVICE_BIRTH]
        assert values(said) == [("P-1", {"flow": 6.0})]
        assert host.requests(gateway.now) == [GATEWAY]

    def test_the_same_message_twice_is_one(self, host, gateway):
        born(host, gateway)
        sent = gateway.ddata("P-1", *metrics({1: 6.0}))

        said = host.take(sent) + host.take(sent)

        assert len(values(said)) == 1
        host.tick(gateway.now + FAR)
        assert host.requests(gateway.now + FAR) == []

    def test_the_same_birth_twice_is_one(self, host, gateway):
        birth = gateway.nbirth()
        host.take(birth)
        host.take(gateway.dbirth("P-1", *named(ALIASES, {"flow": 5.0})))

        host.take(birth)
        said = host.take(gateway.ddata("P-1", *metrics({1: 6.0})))

        assert values(said) == [("P-1", {"flow": 6.0})]

    def test_a_birth_older_than_the_last_is_not_believed(self, host, gateway):
        old = gateway.nbirth()
        born(host, gateway)

        said = host.take(old)

        assert reasons(said) == [edge_node.NO_BIRTH]
        assert host.requests(gateway.now) == [GATEWAY]

    def test_a_clock_that_was_put_back_is_believed_with_the_second_birth(self, host, gateway):
        born(host, gateway)
        gateway.now -= 3_600_000

        host.take(gateway.nbirth())
        said = born(host, gateway, flow=9.0)

        assert values(said) == [("P-1", {"flow": 9.0})]

    def test_data_older_than_the_birth_is_of_an_earlier_session(self, host, gateway):
        born(host, gateway)
        leftover = gateway.ddata("P-1", *metrics({1: 6.0}))
        born(host, gateway, flow=7.0)

        assert values(host.take(leftover)) == []
        host.tick(gateway.now + FAR)
        assert host.requests(gateway.now + FAR) == [GATEWAY]

    @pytest.mark.parametrize("seq", [None, 256, 2**40])
    def test_a_message_without_a_place_in_the_order_is_refused(self, host, gateway, seq):
        born(host, gateway)
        sent = gateway.ddata("P-1", *metrics({1: 6.0}))

        said = host.take(sent._replace(payload=encode(Payload(metrics({1: 6.0}), ts=NOW, seq=seq))))

        assert reasons(said) == [edge_node.NO_SEQ]

    def test_after_our_own_absence_everybody_known_is_asked(self, host, gateway):
        born(host, gateway)

        host.connected()
        said = host.take(gateway.ddata("P-1", *metrics({1: 6.0})))

        assert values(said) == []
        assert host.requests(gateway.now) == [GATEWAY]

    def test_edge_nodes_that_the_site_file_names_are_asked_from_the_start(self):
        host = Host(table(device("P-1", "x", node="one"), device("P-2", "x", node="two")), reorder=REORDER)

        host.connected()

        assert {node.node for node in host.requests(NOW)} == {"one", "two"}

    def test_not_all_edge_nodes_are_asked_at_once(self):
        named_nodes = [device("P-1", "x", node=f"n{number}") for number in range(50)]
        host = Host(table(*named_nodes), reorder=REORDER)
        host.connected()

        turns = [len(host.requests(NOW + turn)) for turn in range(4)]

        assert turns == [20, 20, 10, 0]


class TestDeath:
    def test_the_death_of_an_edge_node_takes_its_devices_along(self, host, gateway):
        born(host, gateway, flow=5.0, pressure=2.0)
        host.take(gateway.dbirth("P-2", *named(ALIASES, {"flow": 1.0})))

        said = host.take(gateway.ndeath())

        assert sorted(states(said)) == [("P-1", False), ("P-2", False)]
        assert ("P-1", {"flow": GONE, "pressure": GONE}) in values(said)
        assert ("P-2", {"flow": GONE}) in values(said)

    def test_the_death_of_a_device_leaves_the_others(self, host, gateway):
        born(host, gateway)
        host.take(gateway.dbirth("P-2", *named(ALIASES, {"flow": 1.0})))

        said = host.take(gateway.ddeath("P-1"))
        said += host.take(gateway.ddata("P-2", *metrics({1: 2.0})))

        assert states(said) == [("P-1", False)]
        assert values(said) == [("P-1", {"flow": GONE}), ("P-2", {"flow": 2.0})]

    def test_data_of_a_dead_device_is_not_believed(self, host, gateway):
        born(host, gateway)
        host.take(gateway.ddeath("P-1"))

        assert values(host.take(gateway.ddata("P-1", *metrics({"flow": 6.0})))) == []

    def test_the_death_of_an_earlier_session_is_passed_over(self, host, gateway):
        gateway.bd_seq = 0
        born(host, gateway)

        assert host.take(gateway.ndeath(bd_seq=255)) == []
        assert values(host.take(gateway.ddata("P-1", *metrics({1: 6.0})))) == [("P-1", {"flow": 6.0})]

    def test_the_death_of_a_session_whose_birth_was_missed_counts_and_is_asked_about(self, host, gateway):
        born(host, gateway)

        said = host.take(gateway.ndeath(bd_seq=1))

        assert states(said) == [("P-1", False)]
        assert host.requests(gateway.now) == [GATEWAY]

    def test_nobody_asks_after_an_ordinary_death(self, host, gateway):
        born(host, gateway)

        host.take(gateway.ndeath())

        host.tick(gateway.now + FAR)
        assert host.requests(gateway.now + FAR) == []

    def test_a_birth_brings_back(self, host, gateway):
        born(host, gateway)
        host.take(gateway.ndeath())
        gateway.bd_seq += 1

        assert states(born(host, gateway)) == [("P-1", True)]

    def test_an_asset_of_two_devices_is_there_while_one_is(self):
        host = Host(table(device("P-1", "a"), device("P-1", "b")), reorder=REORDER)
        gateway = Gateway()
        host.take(gateway.nbirth())
        host.take(gateway.dbirth("a", *metrics({"flow": 1.0})))
        host.take(gateway.dbirth("b", *metrics({"pressure": 1.0})))

        first, second = host.take(gateway.ddeath("a")), host.take(gateway.ddeath("b"))

        assert (states(first), values(first)) == ([], [("P-1", {"flow": GONE})])
        assert states(second) == [("P-1", False)]

    def test_an_edge_node_that_does_not_answer_is_taken_for_dead(self, host, gateway):
        born(host, gateway)
        host.connected()
        host.requests(gateway.now)

        said = host.tick(gateway.now + 10_000)

        assert states(said) == [("P-1", False)]
        assert values(said) == [("P-1", {"flow": GONE})]
        assert host.tick(gateway.now + 20_000) == []

    def test_an_asset_that_was_never_heard_of_is_found(self):
        host = Host(table(device("P-1", "x")), reorder=REORDER)
        host.connected()
        host.requests(NOW)

        assert states(host.tick(NOW + 10_000)) == [("P-1", False)]

    def test_a_device_that_is_not_born_again_with_its_edge_node_is_gone(self, host, gateway):
        born(host, gateway)
        host.take(gateway.nbirth())

        said = host.tick(gateway.now + 10_100)

        assert states(said) == [("P-1", False)]
        assert host.tick(gateway.now + 30_000) == []

    def test_a_rebirth_is_no_death(self, host, gateway):
        born(host, gateway)

        said = born(host, gateway, flow=6.0)

        assert states(said) == []
        assert states(host.tick(gateway.now + 12_000)) == []


class TestHolding:
    def test_a_value_that_does_not_change_is_still_a_reading(self, host, gateway):
        born(host, gateway)

        assert values(host.tick(gateway.now + 10_100)) == [("P-1", {"flow": 5.0})]

    def test_after_a_gap_nothing_is_said_to_be_unchanged(self, host, gateway):
        born(host, gateway)
        gateway.ddata("P-1", *metrics({1: 6.0}))
        host.take(gateway.ddata("P-1", *metrics({1: 7.0})))

        assert values(host.tick(gateway.now + 12_000)) == []

    def test_after_a_death_nothing_is_said_to_be_unchanged(self, host, gateway):
        born(host, gateway)
        host.take(gateway.ndeath())

        assert host.tick(gateway.now + 60_000) == []


class TestOddMessages:
    def test_what_is_no_protobuf_is_refused(self, host):
        said = host.take(Received("spBv1.0/riverside/NDATA/gateway", b"\xff\xff", NOW))

        assert reasons(said) == ["payload is not protobuf as Sparkplug defines it"]

    def test_a_topic_that_is_none_of_sparkplug_is_named(self, host):
        said = host.take(Received("spBv1.0/riverside/NOISE/gateway", b"", NOW))

        assert contents(said)[0].refusals[0].kind is LetterKind.TOPIC

    @pytest.mark.parametrize(
        "topic",
        ["spBv1.0/STATE/other", "spBv1.0/riverside/NCMD/gateway", "spBv1.0/riverside/DCMD/gateway/P-1"],
    )
    def test_what_hosts_say_is_passed_over(self, host, topic):
        assert host.take(Received(topic, b"{}", NOW)) == []

    def test_a_retained_birth_makes_nobody_alive(self, host, gateway):
        said = host.take(gateway.nbirth()._replace(retain=True))

        assert (states(said), reasons(said)) == ([], ["retained: says nothing about now"])

    def test_a_metric_of_a_birth_without_a_name_is_named(self, host, gateway):
        host.take(gateway.nbirth())

        assert reasons(host.take(gateway.dbirth("P-1", *metrics({1: 5.0})))) == [edge_node.NO_NAME]

    def test_a_gateway_without_times_and_bd_seq_works_as_well(self, host, gateway):
        def plain(kind, name, *given):
            return gateway.say(kind, name, list(given), ts=None)

        rebirth = Metric(name=REBIRTH, value=False, datatype=DataType.BOOLEAN)
        for _ in range(3):
            gateway.seq = 0
            host.take(plain(Kind.NBIRTH, "", rebirth))
            said = host.take(plain(Kind.DBIRTH, "P-1", *metrics({"flow": 5.0})))
            said += host.take(plain(Kind.DDATA, "P-1", *metrics({"flow": 6.0})))

        assert values(said)[-1] == ("P-1", {"flow": 6.0})
        death = plain(Kind.NDEATH, "", Metric(name=BD_SEQ, value="odd", datatype=DataType.STRING))
        assert states(host.take(death)) == [("P-1", False)]


class TestCounts:
    def test_births_deaths_gaps_late_messages_and_requests_are_counted(self, host, gateway):
        born(host, gateway)
        first, second = (gateway.ddata("P-1", *metrics({1: value})) for value in (6.0, 7.0))
        host.take(second)
        host.take(first)
        gateway.ddata("P-1", *metrics({1: 8.0}))  # lost
        host.take(gateway.ddata("P-1", *metrics({1: 9.0})))
        host.tick(gateway.now + 2 * REORDER)
        host.requests(gateway.now + 2 * REORDER)
        born(host, gateway)
        host.take(gateway.ndeath())

        counts = host.counts
        assert (counts.births, counts.deaths, counts.gaps) == (4, 1, 1)
        assert (counts.late, counts.rebirths) == (1, 1)
