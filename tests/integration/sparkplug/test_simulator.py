"""The simulated edge node on a real Mosquitto, read by a third party and by the product."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.peers import Start
from plantroom_testing.product import Launch, Product, launched, wait_for

SITE = """
site: riverside
offline_grace: 1s
assets:
  - id: P-101
    class: pump
    points: {flow: {every: 1s}, running: {every: 1s}}
sparkplug:
  reorder: 500ms
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE, encoding="utf-8")
    return path


@pytest.fixture
def simulator(tmp_path: Path, site: Path, mosquitto: Mosquitto) -> Iterator[Product]:
    arguments = ["simulate", "--sparkplug", "--site", str(site), "--broker", mosquitto.url]
    arguments += ["--sparkplug-drop", "0.2"]
    with launched(arguments, log=tmp_path / "simulate.log", wait=False) as running:
        yield running


def test_a_third_party_reads_its_births_and_data_and_is_answered(peer: Start, mosquitto, request):
    listener = peer("listener", mosquitto.port, "riverside", "gateway-1")
    listener.wait_for(lambda said: "connected" in said)
    request.getfixturevalue("simulator")

    birth = listener.wait_for(lambda said: said.get("kind") == "DBIRTH")
    data = listener.wait_for(lambda said: said.get("kind") == "DDATA")
    listener.write("rebirth")
    again = listener.wait_for(lambda said: said.get("kind") == "NBIRTH")

    named = {metric["alias"]: metric["name"] for metric in birth["metrics"]}
    types = {metric["name"]: metric["type"] for metric in birth["metrics"]}
    assert birth["device"] == "P-101"
    assert (types["flow"], types["running"]) == ("DOUBLE", "BOOLEAN")
    assert {metric["alias"] for metric in data["metrics"]} <= named.keys()
    assert again["seq"] == 0


def test_gaps_are_mended_by_births_and_its_end_is_seen(
    launch: Launch, site: Path, mosquitto: Mosquitto, simulator: Product
):
    product = launch("up", "--site", str(site), "--broker", mosquitto.url)

    def asked() -> int:
        return product.log.read_text(encoding="utf-8").count("edge node asked for its births")

    wait_for(lambda: asked() >= 3, what="gaps", log=product.log, patience=150)
    before = len(product.items("/assets/P-101/samples", point="flow"))
    wait_for(
        lambda: len(product.items("/assets/P-101/samples", point="flow")) > before,
        what="readings after the gaps",
        log=product.log,
    )
    simulator.kill()

    wait_for(lambda: product.get("/assets/P-101")["status"] == "offline", what="death", log=product.log)
