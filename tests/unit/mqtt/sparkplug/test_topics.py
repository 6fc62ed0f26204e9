import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.mqtt.sparkplug.topics import Kind, NodeId, Topic, is_host_state, parse


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
def test_a_topic_is_read_as_it_was_written(kind):
    topic = Topic(kind, NodeId("plant", "gateway 1"), "pump" if kind.of_device else "")

    assert parse(str(topic)) == topic


@pytest.mark.parametrize(
    "topic",
    [
        "spBv1.0/plant/NBIRTH",
        "spBv1.0/plant/NBIRTH/gateway/pump",
        "spBv1.0/plant/DBIRTH/gateway",
        "spBv1.0/plant/DBIRTH/gateway/",
        "spBv1.0/plant/DBIRTH/gateway/pump/more",
        "spBv1.0//NBIRTH/gateway",
        "spBv1.0/plant/NOISE/gateway",
        "spBv1.0/STATE/plantroom",
        "spAv1.0/plant/NBIRTH/gateway",
        "",
    ],
)
def test_another_topic_is_no_edge_nodes(topic):
    assert parse(topic) is None


def test_a_hosts_state_is_told_from_the_messages_of_edge_nodes():
    assert is_host_state("spBv1.0/STATE/plantroom")
    assert not is_host_state("spBv1.0/plant/NBIRTH/gateway")


@given(st.text())
def test_no_text_is_too_odd_to_be_looked_at(topic):
    read = parse(topic)

    assert read is None or str(read) == topic
