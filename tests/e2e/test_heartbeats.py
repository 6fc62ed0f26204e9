"""Each site's heartbeat says whether the pipeline is online (contract 4.1)."""

from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.mqtt import paho_client
from plantroom_testing.product import Launch, Product, wait_for


@pytest.fixture
def product(launch: Launch, mosquitto: Mosquitto, tmp_path: Path) -> Product:
    sites: list[str] = []
    for site in ("north", "south"):
        (tmp_path / f"{site}.yaml").write_text(f"site: {site}\nassets:\n  - {{id: P-{site}, class: pump}}\n")
        sites += ["--site", str(tmp_path / f"{site}.yaml")]
    return launch("up", *sites, "--broker", mosquitto.url, "--client-id", "pipeline")


@pytest.fixture
def heard(mosquitto: Mosquitto) -> Iterator[list[tuple[str, str]]]:
    """What is said on the heartbeats, in order."""
    said: list[tuple[str, str]] = []

    def note(_: paho.Client, __: object, message: paho.MQTTMessage) -> None:
        said.append((message.topic.split("/")[2], message.payload.decode()))

    with paho_client(mosquitto.port) as client:
        client.on_message = note
        client.subscribe("plantroom/v1/+/$status", 1)
        yield said


def newest(heard: list[tuple[str, str]]) -> dict[str, str]:
    return dict(heard)


def test_every_site_is_online_while_it_runs_and_offline_once_it_is_killed(
    product: Product, heard: list[tuple[str, str]]
) -> None:
    wait_for(lambda: newest(heard) == {"north": "online", "south": "online"}, what="online", log=product.log)

    product.kill()

    wait_for(lambda: newest(heard) == {"north": "offline", "south": "offline"}, what="offline")


def test_a_site_whose_will_spoke_too_soon_is_online_again(
    product: Product, heard: list[tuple[str, str]], mosquitto: Mosquitto
) -> None:
    wait_for(lambda: newest(heard) == {"north": "online", "south": "online"}, what="online", log=product.log)

    with paho_client(mosquitto.port, client_id="pipeline-2"):  # takes over the connection of the second site
        wait_for(lambda: ("south", "offline") in heard, what="the Will", log=product.log)

    wait_for(lambda: newest(heard)["south"] == "online", what="online again", log=product.log)
