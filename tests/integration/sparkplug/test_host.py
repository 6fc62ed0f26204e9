"""The whole product on a real Mosquitto, with an edge node by a third party."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest

from plantroom.mqtt.sparkplug.payload import REBIRTH
from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.mqtt import paho_client
from plantroom_testing.peers import Peer, Start
from plantroom_testing.product import Launch, Product, wait_for

SITE = """
site: riverside
offline_grace: 1s
assets:
  - {id: P-101, class: pump}
  - {id: P-102, class: pump}
sparkplug:
  host: duty
  reorder: 500ms
  devices:
    - node: gateway
      device: drive 7
      asset: P-102
      metrics:
        Q: {point: flow, scale: 3.6}
"""
PUMP = {"flow": ["DOUBLE", 42.5], "running": ["BOOLEAN", True], "vibration": ["FLOAT", 1.5]}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE, encoding="utf-8")
    return path


@pytest.fixture
def product(launch: Launch, site: Path, mosquitto: Mosquitto) -> Product:
    return launch("up", "--site", str(site), "--broker", mosquitto.url)


@pytest.fixture
def gateway(peer: Start, mosquitto: Mosquitto) -> Peer:
    return peer("edge_node", mosquitto.port, "riverside", "gateway")


def latest(product: Product, asset: str) -> dict[str, Any]:
    """Return the latest value of each point that has one."""
    points = product.get(f"/assets/{asset}")["points"]
    return {point["name"]: point["latest"]["value"] for point in points if point["latest"]}


def status(product: Product, asset: str) -> str:
    return str(product.get(f"/assets/{asset}")["status"])


def soon(product: Product, what: str, holds: Callable[[], bool]) -> None:
    wait_for(holds, what=what, log=product.log)


def test_a_third_partys_edge_node_appears_as_assets_without_code(product, gateway):
    gateway.do("register", device="P-101", metrics=PUMP)
    gateway.do("register", device="drive 7", metrics={"Q": ["INT32", -10], "pressure": ["FLOAT", 2.5]})
    gateway.do("connect")

    soon(product, "births", lambda: latest(product, "P-102") == {"flow": -36.0, "pressure": 2.5})
    assert latest(product, "P-101") == {"flow": 42.5, "running": 1.0, "vibration": 1.5}
    assert [status(product, asset) for asset in ("P-101", "P-102")] == ["online", "online"]

    gateway.do("update", device="P-101", metrics={"flow": ["DOUBLE", 43.0]})

    soon(product, "data", lambda: latest(product, "P-101")["flow"] == 43.0)
    samples = product.items("/assets/P-101/samples", point="flow")
    assert [sample["value"] for sample in samples][:1] == [42.5]
    assert {sample["quality"] for sample in samples} == {"good"}


def test_an_edge_node_that_is_killed_takes_its_assets_offline(product, gateway):
    gateway.do("register", device="P-101", metrics=PUMP)
    gateway.do("connect")
    soon(product, "birth", lambda: status(product, "P-101") == "online")

    gateway.kill()

    soon(product, "death", lambda: status(product, "P-101") == "offline")
    soon(product, "stale values", lambda: latest(product, "P-101")["flow"] is None)
    assert product.items("/assets/P-101/samples", point="flow")[-1]["quality"] == "stale"


def test_a_device_that_is_taken_away_is_offline_and_the_others_stay(product, gateway):
    gateway.do("register", device="P-101", metrics=PUMP)
    gateway.do("register", device="drive 7", metrics={"Q": ["FLOAT", 1.0]})
    gateway.do("connect")
    soon(product, "births", lambda: status(product, "P-102") == "online")

    gateway.do("deregister", device="P-101")

    soon(product, "death", lambda: status(product, "P-101") == "offline")
    assert status(product, "P-102") == "online"


def test_an_edge_node_that_was_there_before_us_is_asked_for_its_births(launch, site, mosquitto, gateway):
    gateway.do("register", device="drive 7", metrics={"Q": ["FLOAT", 1.0]})
    gateway.do("connect")

    launch("up", "--site", str(site), "--broker", mosquitto.url)

    assert gateway.wait_for(lambda said: "told" in said) == {"told": {REBIRTH: True}}


def test_a_device_that_is_no_asset_is_listed(product, gateway):
    gateway.do("register", device="P-999", metrics=PUMP)
    gateway.do("connect")

    devices = wait_for(lambda: product.items("/unknown-devices"), what="unknown device", log=product.log)

    assert devices[0]["topic"] == "spBv1.0/riverside/DBIRTH/gateway/P-999"
    assert "flow" in devices[0]["excerpt"]


def test_a_value_that_its_point_cannot_have_is_a_dead_letter_that_people_can_read(product, gateway):
    gateway.do(
        "register", device="P-101", metrics={"running": ["STRING", "perhaps"], "flow": ["DOUBLE", 1e9]}
    )
    gateway.do("connect")

    def reasons() -> set[str]:
        return {letter["reason"] for letter in product.items("/dead-letters")}

    soon(product, "dead letters", lambda: len(reasons()) == 2)
    letters = {letter["reason"]: letter["excerpt"] for letter in product.items("/dead-letters")}
    assert letters["running: expected true or false, got text"] == '{"values": {"running": "perhaps"}}'


def test_the_host_says_whether_it_is_there(launch, site, mosquitto):
    with paho_client(mosquitto.port) as listener:
        listener.subscribe_and_wait("spBv1.0/STATE/duty")
        product = launch("up", "--site", str(site), "--broker", mosquitto.url)
        wait_for(lambda: said(listener), what="birth of the host", log=product.log)
        with paho_client(mosquitto.port) as late:
            late.subscribe_and_wait("spBv1.0/STATE/duty")
            wait_for(lambda: said(late), what="retained state")
            assert late.got[0].retain
        birth = said(listener)[-1]

        product.kill()
        death = wait_for(lambda: [each for each in said(listener) if not each["online"]], what="Will")[0]

    assert birth["online"] is True
    assert death["timestamp"] == birth["timestamp"]


def said(listener: paho.Client) -> list[dict[str, Any]]:
    return [json.loads(message.payload) for message in listener.got]  # type: ignore[attr-defined]


def test_a_host_that_stops_says_so(launch, site, mosquitto):
    product = launch("up", "--site", str(site), "--broker", mosquitto.url)

    seconds = product.terminate()

    with paho_client(mosquitto.port) as listener:
        listener.subscribe_and_wait("spBv1.0/STATE/duty")
        wait_for(lambda: said(listener), what="retained state")
        assert said(listener)[0]["online"] is False
    assert seconds < 20


def test_a_broker_that_was_away_is_followed_by_births(product, gateway, mosquitto):
    gateway.do("register", device="drive 7", metrics={"Q": ["FLOAT", 1.0]})
    gateway.do("connect")
    soon(product, "birth", lambda: status(product, "P-102") == "online")

    before = len(product.items("/assets/P-102/samples", point="flow"))

    mosquitto.restart()

    with paho_client(mosquitto.port) as listener:
        listener.subscribe_and_wait("spBv1.0/STATE/duty")
        wait_for(lambda: any(each.get("online") for each in said(listener)), what="state of the host")
    soon(
        product,
        "values of the new birth",
        lambda: len(product.items("/assets/P-102/samples", point="flow")) > before,
    )
    soon(product, "readiness", lambda: product.get_root("/health/ready").status_code == 200)
