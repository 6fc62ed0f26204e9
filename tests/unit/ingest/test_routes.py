import numpy as np
import pytest

from plantroom.domain.site import Point
from plantroom.ingest.dead_letters import LetterKind
from plantroom.ingest.routes import Places, Routes
from plantroom_testing.telemetry import small_table


def test_each_asset_has_its_topics_and_its_points_their_places():
    routes = Routes(small_table())

    route = routes.telemetry["plantroom/v1/hilltop/P-4/telemetry"]

    assert route.asset == routes.status["plantroom/v1/hilltop/P-4/status"] == 3
    assert np.frombuffer(route.places.of(("mode", "head", "flow")), np.int32).tolist() == [4, -1, 0]


def test_assets_with_the_same_points_share_one_table_of_places():
    routes = Routes(small_table())

    assert len({id(route.places) for route in routes.telemetry.values()}) == 1


def test_a_device_with_ever_new_names_fills_no_memory():
    places = Places((Point(name="flow"),))

    for number in range(5000):
        assert places.of(("flow", f"p{number}")) == np.array([0, -1], np.int32).tobytes()

    known = [number for number in range(5000) if places.known(("flow", f"p{number}"))]
    assert known == list(range(1000))


@pytest.mark.parametrize(
    "topic",
    [
        "plantroom/v1/riverside/$status",
        "plantroom/v1/elsewhere/$status",
        "plantroom/v1/riverside/P-1/alarms/pump-vibration-high",
    ],
)
def test_what_we_publish_ourselves_is_none_of_our_business(topic):
    assert Routes(small_table()).stray(topic) is None


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("plantroom/v1/riverside/P-9/telemetry", "unknown asset 'P-9'"),
        ("plantroom/v1/riverside/P-9/status", "unknown asset 'P-9'"),
        ("plantroom/v1/elsewhere/P-1/telemetry", "unknown site 'elsewhere'"),
        ("plantroom/v1/hilltop/P-1/telemetry", "asset 'P-1' is of site 'riverside', not of 'hilltop'"),
        ("plantroom/v1///telemetry", "unknown site ''"),
    ],
)
def test_a_device_that_no_site_file_declares_is_unknown(topic, reason):
    assert Routes(small_table()).stray(topic) == (LetterKind.UNKNOWN_DEVICE, reason)


@pytest.mark.parametrize(
    "topic",
    [
        "plantroom/v1/telemetry",
        "plantroom/v1/riverside/telemetry",
        "plantroom/v1/riverside/P-1/telemetry/flow",
        "plantroom/v1/riverside/P-1/Telemetry",
        "plantroom/v1/riverside/P-1/alarms",
    ],
)
def test_any_other_topic_of_ours_is_outside_the_contract(topic):
    stray = Routes(small_table()).stray(topic)

    assert stray == (LetterKind.TOPIC, "topic is none of telemetry and status")


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "plantroom",
        "plantroom/v1",
        "plantroom/v2/riverside/P-1/telemetry",
        "/plantroom/v1/riverside/P-1/telemetry",
        "spBv1.0/riverside/DDATA/P-1/flow",
    ],
)
def test_a_topic_of_others_needs_a_mapping(topic):
    stray = Routes(small_table()).stray(topic)

    assert stray == (LetterKind.TOPIC, "no mapping takes this topic")
