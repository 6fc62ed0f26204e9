"""The demo building as anyone sees it: all five systems alive, and made to fail from the command line."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from plantroom_testing.mqtt import paho_client
from plantroom_testing.product import Launch, Product, wait_for
from plantroom_testing.simulation import demo, demo_site

SYSTEMS = {"elevators", "water", "hvac", "fire", "power"}


def told(product: Product, *arguments: str) -> subprocess.CompletedProcess[str]:
    broker = f"mqtt://127.0.0.1:{product.mqtt_port}"
    return subprocess.run(
        [sys.executable, "-m", "plantroom", "simulate", *arguments, "--broker", broker],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def alarm_of(product: Product, asset: str, *, active: bool) -> Mapping[str, Any] | None:
    found = [each for each in product.items("/alarms", asset=asset) if each["active"] is active]
    return found[0] if found else None


def test_all_five_systems_are_alive_and_nothing_they_send_is_refused(launch: Launch) -> None:
    product = launch("up")

    def online() -> bool:
        assets = product.items("/assets", limit=200)
        return len(assets) == len(demo_site().assets) and all(each["status"] == "online" for each in assets)

    wait_for(online, what="every asset online", log=product.log)

    assert {demo().classes[asset.asset_class].system for asset in demo_site().assets} >= SYSTEMS
    assert product.items("/dead-letters") == []
    assert product.items("/unknown-devices") == []


def test_a_fault_is_injected_into_the_running_building_raises_its_alarm_and_is_repaired(
    launch: Launch,
) -> None:
    product = launch("up")
    wait_for(lambda: product.get("/assets/TR-1")["status"] == "online", what="transformer", log=product.log)

    injected = told(product, "inject", "TR-1", "mains_failure")
    alarm = wait_for(lambda: alarm_of(product, "TR-1", active=True), what="alarm", log=product.log)
    repaired = told(product, "repair", "TR-1", "mains_failure")
    wait_for(lambda: alarm_of(product, "TR-1", active=False), what="its end", log=product.log)

    assert injected.returncode == 0, injected.stderr
    assert "TR-1 has mains_failure" in injected.stdout
    assert alarm["rule"] == "transformer-supply-lost"
    assert repaired.returncode == 0, repaired.stderr


def test_the_truth_is_told_beside_the_product_and_what_cannot_be_done_is_said(launch: Launch) -> None:
    product = launch("up")

    with paho_client(product.mqtt_port) as listener:
        listener.subscribe_and_wait("plantroom-sim/v1/#")
        told(product, "inject", "P-102", "drift", "--point", "flow", "--severity", "0.5")
        truth = wait_for(
            lambda: next(
                (each.payload for each in listener.got if each.topic.endswith("P-102/labels/drift/flow")),
                None,
            ),
            what="label",
            log=product.log,
        )
    refused = told(product, "inject", "P-102", "rust")
    nowhere = told(product, "inject", "P-999", "bearing_wear")

    label = json.loads(bytes(truth))
    assert (label["asset"], label["fault"], label["point"], label["severity"]) == (
        "P-102",
        "drift",
        "flow",
        0.5,
    )
    assert label["to"] is None
    assert refused.returncode != 0
    assert "bearing_wear" in refused.stderr
    assert nowhere.returncode != 0
    assert "'P-999' is not simulated; simulated here: riverside" in nowhere.stderr
