"""A device that does not speak our JSON appears as samples of an asset, without code."""

import subprocess
from pathlib import Path

import pytest

from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.product import Launch, Product, wait_for

EXAMPLES = Path(__file__).parents[2] / "examples/mappings"


def publish(port: int, topic: str, payload: str) -> None:
    subprocess.run(
        ["mosquitto_pub", "-p", str(port), "-q", "1", "-t", topic, "-m", payload], check=True, timeout=60
    )


def samples(product: Product, asset: str, point: str) -> list[float]:
    return [item["value"] for item in product.get(f"/assets/{asset}/samples", point=point)["items"]]


@pytest.fixture
def product(launch: Launch, mosquitto: Mosquitto) -> Product:
    site = EXAMPLES / "zigbee2mqtt.yaml"
    return launch("up", "--site", str(site), "--broker", f"mqtt://127.0.0.1:{mosquitto.port}")


def test_a_zigbee2mqtt_payload_becomes_samples_of_an_asset(product: Product, mosquitto: Mosquitto) -> None:
    topic = "zigbee2mqtt/0x00158d0001dc126a"

    publish(mosquitto.port, topic, '{"temperature": 27.34, "humidity": 44.72, "linkquality": 152}')
    publish(mosquitto.port, "zigbee2mqtt/plug_1", '{"state": "ON", "power": 1250}')
    wait_for(lambda: samples(product, "P-1", "power"), what="samples", log=product.log)

    assert samples(product, "ROOM-1", "temperature") == [27.34]
    assert samples(product, "ROOM-1", "humidity") == [44.72]
    assert samples(product, "P-1", "running") == [1.0]
    assert samples(product, "P-1", "power") == [1.25]


def test_a_mapping_says_over_the_api_what_it_does_and_why_not(product: Product, mosquitto: Mosquitto) -> None:
    [waiting] = wait_for(lambda: product.items("/mappings"), what="mapping", log=product.log)
    topic = "zigbee2mqtt/ROOM-1"

    publish(mosquitto.port, topic, '{"linkquality": 3}')
    failing = wait_for(
        lambda: next((each for each in product.items("/mappings") if each["failed"]), None),
        what="the failure",
        log=product.log,
    )
    publish(mosquitto.port, topic, '{"temperature": "warm", "humidity": 40}')
    working = wait_for(
        lambda: next((each for each in product.items("/mappings") if each["failed"] == 2), None),
        what="the second failure",
        log=product.log,
    )
    letters = wait_for(
        lambda: len(found := product.items("/dead-letters")) == 2 and found, what="dead letters"
    )

    assert (waiting["state"], waiting["reason"]) == ("waiting", "no message has come on zigbee2mqtt/+")
    assert (failing["state"], failing["failed_topic"]) == ("failing", topic)
    assert failing["reason"].startswith("mapping zigbee-sensors: no point found: nothing at temperature, ")
    assert (working["state"], working["messages"], working["values"]) == ("working", 2, 2)
    assert working["reason"] == "mapping zigbee-sensors: temperature: expected a number, got text"
    assert {letter["topic"] for letter in letters} == {topic}
    assert samples(product, "ROOM-1", "humidity") == [40.0]
    assert product.metric('plantroom_mapping_messages_total{mapping="zigbee-sensors"}') == 2
