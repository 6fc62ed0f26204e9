"""Rules are written, mended, changed and taken away while the product runs, and stay so after a crash."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from plantroom_testing.files import written
from plantroom_testing.mqtt import paho_client
from plantroom_testing.product import ADMIN_TOKEN, Launch, Product, wait_for

SITE = "site: s\nassets:\n  - {id: P-1, class: pump}\n  - {id: P-2, class: pump}\n"
HIGH = "- {id: high, class: pump, when: vibration > 8 mm/s}\n"
NEW = "- {id: new, class: pump, params: {limit: 4 mm/s}, when: vibration > limit, title: {en: New}}\n"


class Running:
    """A running product, and what it is told of its pumps."""

    def __init__(self, launch: Launch, folder: Path) -> None:
        self.site = written(folder, "site.yaml", SITE)
        self.rules = written(folder, "rules/rules.yaml", HIGH)
        self._launch = launch
        self.product: Product
        self.sent = 0

    def start(self) -> None:
        self.product = self._launch("up", "--site", str(self.site), "--rules", str(self.rules.parent))

    def vibrate(self, value: float) -> None:
        """Let both pumps vibrate so, now."""
        with paho_client(self.product.mqtt_port) as peer:
            for asset in ("P-1", "P-2"):
                payload = json.dumps({"ts": time.time_ns() // 1_000_000, "values": {"vibration": value}})
                peer.publish(f"plantroom/v1/s/{asset}/telemetry", payload, 1).wait_for_publish(60)
                self.sent += 1

    def active(self) -> list[tuple[str, str]]:
        """The rule and asset of each active alarm."""
        return sorted(
            (each["rule"], each["asset"]) for each in self.product.items("/alarms") if each["active"]
        )

    def wait_for_active(self, *expected: tuple[str, str]) -> None:
        wait_for(lambda: self.active() == sorted(expected), what=f"{expected}", log=self.product.log)

    def reload(self) -> Any:
        """What came of reading the files last."""
        return self.product.get("/rules")["reload"]

    def call(self, method: str, path: str, **body: Any) -> Any:
        answer = httpx.request(
            method,
            f"{self.product.url}/api/v1{path}",
            json=body or None,
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=20,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def running(launch: Launch, tmp_path: Path) -> Running:
    made = Running(launch, tmp_path)
    made.start()
    return made


def test_a_rule_is_written_tried_switched_on_changed_and_taken_away_without_a_restart(
    running: Running,
) -> None:
    running.vibrate(5.0)
    tried = wait_for(
        lambda: (found := running.call("POST", "/rules/try", rule=NEW))["samples"] and found,
        what="samples in the store",
    )
    assert tried["tried"]["alarms"] == 2
    assert running.active() == []

    running.rules.write_text(HIGH + NEW)
    running.wait_for_active(("new", "P-1"), ("new", "P-2"))

    running.call("PUT", "/assets/P-1/rules/new", enabled=False, reason="being repaired")
    running.wait_for_active(("new", "P-2"))
    running.call("PUT", "/sites/s/rules/new", params={"limit": "6 mm/s"}, reason="too low")
    running.wait_for_active()
    running.call("DELETE", "/sites/s/rules/new")
    running.vibrate(5.0)
    running.wait_for_active(("new", "P-2"))

    running.rules.write_text(HIGH)
    running.wait_for_active()
    reasons = {each["asset"]: each["cleared_at"] for each in running.product.items("/alarms")}
    assert None not in reasons.values()


def test_a_bad_file_changes_nothing_and_says_why_and_a_hangup_reads_again(running: Running) -> None:
    running.rules.write_text(HIGH + "- {id: odd, class: pump, when: vibration > 4 bar}\n")
    running.product.process.send_signal(signal.SIGHUP)

    reload = wait_for(lambda: not (said := running.reload())["ok"] and said, what="the mistake is told")

    [error] = reload["errors"]
    assert error.startswith(f"{running.rules}:2: when: on P-1: cannot compare vibration (in mm/s) and 4 bar")
    running.vibrate(9.0)
    running.wait_for_active(("high", "P-1"), ("high", "P-2"))
    health = running.product.get_root("/health/ready").json()
    assert (health["status"], health["warnings"]) == ("ok", [f"rules not reloaded: {error}"])

    running.rules.write_text(HIGH)
    running.product.process.send_signal(signal.SIGHUP)
    wait_for(lambda: running.reload()["ok"], what="the mended file is read")


def test_new_assets_wait_for_a_restart_and_rules_do_not(running: Running) -> None:
    running.site.write_text(SITE + "  - {id: P-3, class: pump}\n")
    running.rules.write_text(HIGH + NEW)

    reload = wait_for(lambda: running.reload()["restart_needed"] and running.reload(), what="said")

    assert reload["restart_needed"] == ["site s: new: P-3"]
    running.vibrate(5.0)
    running.wait_for_active(("new", "P-1"), ("new", "P-2"))


def test_changes_and_overrides_outlive_a_crash(running: Running) -> None:
    running.rules.write_text(HIGH + NEW)
    running.call("POST", "/rules/reload")
    running.call("PUT", "/assets/P-1/rules/new", enabled=False, reason="being repaired")
    running.vibrate(5.0)
    running.wait_for_active(("new", "P-2"))

    running.product.kill()
    running.start()

    running.vibrate(5.0)
    running.vibrate(5.0)
    running.wait_for_active(("new", "P-2"))
    of_first = [each for each in running.product.items("/alarms") if each["asset"] == "P-1"]
    assert [each["active"] for each in of_first] in ([], [False])
    wait_for(
        lambda: len(running.product.get("/assets/P-2/samples", point="vibration")["items"]) == 3,
        what="the store has taken every sample, that of before the crash too",
    )
