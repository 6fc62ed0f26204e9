"""A reading becomes a work order, seen from outside: a third-party MQTT client in, HTTP out."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from plantroom_testing.files import options_of
from plantroom_testing.mqtt import publish_burst
from plantroom_testing.product import ADMIN_TOKEN, Launch, Product, wait_for

SITE = """
site: riverside
name: {en: Riverside Plaza, zh: 江滨广场}
timezone: Asia/Shanghai
assets:
  - {id: P-101, class: pump, name: {en: Pump 1, zh: 1号水泵}}
  - {id: P-102, class: pump, name: {en: Pump 2, zh: 2号水泵}}
"""
RULES = """
- id: vibration-high
  class: pump
  when: vibration > 4.0
  clear: vibration < 3.6
  for: 1s
  severity: warning
  group: bearing
  title: {en: High vibration, zh: 振动偏高}
  work_order: {priority: high, skill: mechanical}
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Arguments that name a small site and its rules."""
    return options_of(tmp_path, SITE, RULES)


def telemetry(asset: str = "P-101", *, at: int | None = None, **values: float) -> tuple[str, bytes]:
    ts = int(time.time() * 1000) if at is None else at
    document = json.dumps({"ts": ts, "values": values}).encode()
    return f"plantroom/v1/riverside/{asset}/telemetry", document


def open_orders(product: Product) -> list[dict[str, Any]]:
    return [
        order for order in product.items("/work-orders") if order["status"] not in ("closed", "cancelled")
    ]


def raise_alarm(product: Product, *, vibration: float = 5.0) -> dict[str, Any]:
    publish_burst(product.mqtt_port, [telemetry(vibration=vibration)])
    return wait_for(
        lambda: next((a for a in product.items("/alarms") if a["active"]), None),
        what="alarm",
        log=product.log,
    )


def test_a_reading_published_by_mosquitto_pub_becomes_an_alarm_and_a_work_order(
    launch: Launch, files: list[str]
) -> None:
    product = launch("up", *files)
    topic, payload = telemetry(vibration=5.5)

    subprocess.run(
        ["mosquitto_pub", "-p", str(product.mqtt_port), "-q", "1", "-t", topic, "-m", payload.decode()],
        check=True,
    )
    alarm = wait_for(lambda: next(iter(product.items("/alarms")), None), what="alarm", log=product.log)
    order = wait_for(lambda: next(iter(open_orders(product)), None), what="work order", log=product.log)

    assert (alarm["asset"], alarm["rule"], alarm["state"], alarm["value"]) == (
        "P-101",
        "vibration-high",
        "active_unacked",
        5.5,
    )
    assert (order["asset"], order["priority"], order["status"]) == ("P-101", "high", "new")
    assert alarm["work_order"] == order["id"]


def test_samples_can_be_asked_for_as_they_are_and_in_buckets(launch: Launch, files: list[str]) -> None:
    product = launch("up", *files)
    now = int(time.time() * 1000)
    publish_burst(
        product.mqtt_port,
        [telemetry(at=now - 5_000 + second * 1_000, flow=float(second)) for second in range(5)],
    )

    raw = wait_for(
        lambda: (
            (items := product.get("/assets/P-101/samples", point="flow")["items"])
            and len(items) == 5
            and items
        ),
        what="samples",
        log=product.log,
    )
    buckets = product.get("/assets/P-101/samples", point="flow", every="1h")["items"]

    assert [item["value"] for item in raw] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert sum(bucket["count"] for bucket in buckets) == 5
    assert (min(b["min"] for b in buckets), max(b["max"] for b in buckets)) == (0.0, 4.0)


def test_bad_input_of_every_kind_shows_up_with_topic_reason_and_excerpt_and_changes_nothing_else(
    launch: Launch, files: list[str]
) -> None:
    product = launch("up", *files)
    known = "plantroom/v1/riverside/P-101/telemetry"
    now = int(time.time() * 1000)
    bad = {
        "broken JSON": (known, b'{"ts": 1, '),
        "not UTF-8": (known, b"\xff\xfe\x00"),
        "a list of numbers": (known, b"[1, 2]"),
        "unknown point": (known, b'{"values": {"nonsense": 1}}'),
        "wrong type": (known, b'{"values": {"flow": "fast"}}'),
        "not a number": (known, b'{"values": {"flow": NaN}}'),
        "infinite": (known, b'{"values": {"flow": 1e999}}'),
        "out of range": (known, b'{"values": {"vibration": 100000}}'),
        "a time nobody lives in": (known, b'{"ts": -5, "values": {"flow": 1}}'),
        "unknown asset": ("plantroom/v1/riverside/P-999/telemetry", b'{"values": {"flow": 1}}'),
        "unknown site": ("plantroom/v1/elsewhere/P-101/telemetry", b'{"values": {"flow": 1}}'),
        "a megabyte": (known, b"x" * 1_000_000),
    }

    publish_burst(
        product.mqtt_port,
        [telemetry(at=now - 2_000, pressure=3.0), *bad.values(), telemetry(at=now, pressure=4.0)],
    )
    letters = wait_for(
        lambda: (
            (found := product.items("/dead-letters")) and sum(f["count"] for f in found) >= len(bad) and found
        ),
        what="dead letters",
        log=product.log,
    )
    devices = wait_for(
        lambda: len(found := product.items("/unknown-devices")) == 2 and found, what="unknown devices"
    )
    good = wait_for(
        lambda: len(found := product.get("/assets/P-101/samples", point="pressure")["items"]) == 2 and found,
        what="the good samples",
    )

    assert all(letter["topic"] and letter["reason"] and len(letter["excerpt"]) <= 200 for letter in letters)
    assert {device["topic"] for device in devices} == {bad["unknown asset"][0], bad["unknown site"][0]}
    assert [item["value"] for item in good] == [3.0, 4.0]
    assert product.items("/alarms") == []


def test_duplicated_reordered_and_concurrent_deliveries_make_one_alarm_and_one_order(
    launch: Launch, files: list[str]
) -> None:
    product = launch("up", *files)
    now = int(time.time() * 1000)
    messages = [telemetry(at=now - 10_000 + step * 500, vibration=5.0 + step / 100) for step in range(20)]
    shuffled = [messages[step * 7 % 20] for step in range(20)]

    senders = [
        subprocess.Popen(
            ["mosquitto_pub", "-p", str(product.mqtt_port), "-q", "1", "-t", messages[0][0], "-l"],
            stdin=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for sender in senders:
        assert sender.stdin is not None
        sender.stdin.write(b"\n".join(payload for _, payload in [*messages, *shuffled]) + b"\n")
        sender.stdin.close()
    for sender in senders:
        assert sender.wait(60) == 0
    wait_for(lambda: product.metric("plantroom_messages_total") >= 160, what="messages", log=product.log)
    wait_for(lambda: open_orders(product), what="work order", log=product.log)
    time.sleep(2)

    assert len(product.items("/alarms")) == 1
    assert len(product.items("/work-orders")) == 1
    assert [i["value"] for i in product.get("/assets/P-101/samples", point="vibration")["items"]] == [
        5.0 + step / 100 for step in range(20)
    ]


def test_an_order_closed_while_its_condition_holds_stays_closed_over_a_restart(
    launch: Launch, files: list[str]
) -> None:
    product = launch("up", *files)
    raise_alarm(product)
    (order,) = wait_for(lambda: open_orders(product), what="work order", log=product.log)
    product.post(f"/work-orders/{order['id']}/cancel", {"comment": "known, pump is to be replaced"})

    product.kill()
    again = launch("up", *files)
    publish_burst(again.mqtt_port, [telemetry(vibration=5.2)])
    wait_for(lambda: again.metric("plantroom_messages_total") >= 1, what="the message", log=again.log)
    time.sleep(3)

    assert open_orders(again) == []
    (alarm,) = again.items("/alarms")
    assert (alarm["state"], alarm["order_closed"], alarm["activations"]) == ("active_unacked", True, 1)


def test_it_stops_within_five_seconds_of_sigterm_and_frees_its_ports(
    launch: Launch, files: list[str]
) -> None:
    product = launch("up", *files)
    with httpx.stream(
        "GET",
        f"{product.url}/api/v1/events",
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
        timeout=20,
    ) as events:
        assert events.status_code == 200

        seconds = product.terminate()

    assert seconds < 5.0, product.log.read_text()
    assert product.process.returncode == 0, product.log.read_text()
    assert "Traceback" not in product.log.read_text()
    with pytest.raises(httpx.ConnectError):
        httpx.get(product.url)


def test_a_second_process_on_the_same_data_is_refused_by_name(launch: Launch, files: list[str]) -> None:
    product = launch("up", *files)

    second = launch("up", *files, wait=False)

    assert second.process.wait(60) == 1
    assert f"in use by process {product.process.pid}" in second.log.read_text()
