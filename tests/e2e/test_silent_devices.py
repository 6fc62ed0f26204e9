"""Devices that fall silent are found, once each, and only when it is not we who hear nothing."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.product import Launch, Product, wait_for

SITE = """
site: s
offline_grace: 3s
assets:
  - {id: GW-1, class: gateway, name: {en: Gateway, zh: 网关}}
  - {id: P-1, class: pump, gateway: GW-1}
  - {id: P-2, class: pump, gateway: GW-1}
  - {id: P-3, class: pump}
"""
DEVICES = """
import sys, time
import paho.mqtt.client as paho
port, topic, *assets = sys.argv[1:]
client = paho.Client(paho.CallbackAPIVersion.VERSION2)
client.will_set(topic, b"offline", qos=1, retain=True)
client.connect("127.0.0.1", int(port), keepalive=5)
client.loop_start()
client.publish(topic, b"online", qos=1, retain=True)
while True:
    for asset in assets:
        client.publish(f"plantroom/v1/s/{asset}/telemetry", b'{"values": {"flow": 5.0}}', qos=1)
    print("sent", flush=True)
    time.sleep(1)
"""

Devices = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE, encoding="utf-8")
    return path


@contextmanager
def devices(mosquitto: Mosquitto, speaker: str, *assets: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a process that sends readings of `assets` every second; its Will is that `speaker` is offline."""
    topic = f"plantroom/v1/s/{speaker}/status"
    command = [sys.executable, "-c", DEVICES, str(mosquitto.port), topic, *assets]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "sent\n"
        yield process
    finally:
        process.kill()
        process.wait(60)
        process.stdout.close()


def status(product: Product, asset: str) -> tuple[str, str | None]:
    found = product.get(f"/assets/{asset}")
    return found["status"], found["status_cause"]


def wait_until_online(product: Product, asset: str) -> None:
    wait_for(lambda: status(product, asset) == ("online", None), what=asset, log=product.log)


def offline_alarms(product: Product) -> list[dict[str, Any]]:
    return [alarm for alarm in product.items("/alarms") if alarm["rule"] == "asset-offline"]


def test_a_killed_gateway_makes_one_alarm_which_clears_when_it_is_back(
    launch: Launch, site: Path, mosquitto: Mosquitto
) -> None:
    product = launch("up", "--site", str(site), "--broker", mosquitto.url)
    with devices(mosquitto, "P-3", "P-3"):
        with devices(mosquitto, "GW-1", "P-1", "P-2") as gateway:
            for asset in ("GW-1", "P-1", "P-2", "P-3"):
                wait_until_online(product, asset)

            gateway.kill()

        wait_for(
            lambda: status(product, "P-2") == ("offline", "gateway GW-1"), what="offline", log=product.log
        )
        assert status(product, "GW-1") == ("offline", "said_offline")
        assert status(product, "P-1") == ("offline", "gateway GW-1")
        assert status(product, "P-3") == ("online", None)
        (alarm,) = wait_for(lambda: offline_alarms(product), what="alarm", log=product.log)
        assert (alarm["asset"], alarm["severity"], alarm["active"]) == ("GW-1", "major", True)
        assert alarm["title"]["zh"].startswith("网关离线")
        order = product.get(f"/work-orders/{alarm['work_order']}")
        assert (order["priority"], order["skill"]) == ("normal", "monitoring")
        assert 'plantroom_assets{status="offline"} 3.0' in product.get_root("/metrics").text

        with devices(mosquitto, "GW-1", "P-1", "P-2"):
            wait_for(lambda: not offline_alarms(product)[0]["active"], what="clear", log=product.log)
            wait_for(lambda: status(product, "P-2") == ("online", None), what="online", log=product.log)
        assert len(offline_alarms(product)) == 1


def test_a_device_that_was_silent_before_the_start_is_found_and_stays_found_after_a_restart(
    launch: Launch, site: Path, mosquitto: Mosquitto
) -> None:
    product = launch("up", "--site", str(site), "--broker", mosquitto.url)
    with devices(mosquitto, "GW-1", "GW-1", "P-1", "P-2"):
        wait_for(
            lambda: status(product, "P-3") == ("offline", "never_heard"),
            what="never heard",
            log=product.log,
            patience=120,
        )
        wait_for(lambda: offline_alarms(product), what="alarm", log=product.log)
        since = product.get("/assets/P-3")["status_since"]
        product.terminate()

        again = launch("up", "--site", str(site), "--broker", mosquitto.url)
        wait_for(lambda: status(again, "P-3") == ("offline", "never_heard"), what="again", log=again.log)
        assert again.get("/assets/P-3")["status_since"] == since
        assert [alarm["asset"] for alarm in offline_alarms(again)] == ["P-3"]


def test_while_our_broker_is_away_no_asset_is_silent(
    launch: Launch, site: Path, mosquitto: Mosquitto
) -> None:
    product = launch("up", "--site", str(site), "--broker", mosquitto.url)
    with devices(mosquitto, "GW-1", "P-1", "P-2"), devices(mosquitto, "P-3", "P-3"):
        for asset in ("P-1", "P-2", "P-3"):
            wait_until_online(product, asset)

        mosquitto.kill()
        time.sleep(40)  # longer than readings hold, and the grace
        assert [alarm["rule"] for alarm in product.items("/alarms")] == ["system-broker-away"]
        assert status(product, "P-3") == ("online", None)

        mosquitto.start()
        wait_for(
            lambda: [alarm for alarm in product.items("/alarms") if not alarm["active"]],
            what="broker back",
            log=product.log,
        )
        time.sleep(5)
        assert [alarm["rule"] for alarm in product.items("/alarms")] == ["system-broker-away"]
        wait_for(lambda: status(product, "P-3") == ("online", None), what="online", log=product.log)
