"""A demo whose time runs faster: simulators, rules and pages alike (contract 4.3)."""

import time
from pathlib import Path

from plantroom.domain.report import from_rfc3339
from plantroom_testing.product import Launch, Product, wait_for


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def ahead(product: Product) -> float:
    """By how many seconds the newest alarm began after now."""
    newest = max((from_rfc3339(alarm["active_since"]) for alarm in product.items("/alarms")), default=0)
    return (newest - now_ms()) / 1000


def test_at_sixty_times_the_speed_alarms_come_sooner_and_every_page_says_so(launch: Launch) -> None:
    product = launch("up", environment={"PLANTROOM_CLOCK": "x60"})

    wait_for(lambda: ahead(product) > 20, what="an alarm of the future", log=product.log)

    assert "×60" in product.get_root("/").text
    assert [alarm["rule"] for alarm in product.items("/alarms") if alarm["rule"].startswith("system-")] == []


def test_its_time_goes_on_after_a_restart(launch: Launch) -> None:
    product = launch("up", environment={"PLANTROOM_CLOCK": "x60"})
    wait_for(lambda: ahead(product) > 20, what="an alarm of the future", log=product.log)
    product.terminate()

    again = launch("up", environment={"PLANTROOM_CLOCK": "x60"})
    taken = again.metric("plantroom_values_total")
    wait_for(lambda: again.metric("plantroom_values_total") > taken, what="readings", log=again.log)

    assert 'plantroom_samples_total{quality="late"} 0.0' in again.get_root("/metrics").text


def test_real_machines_live_by_real_time(launch: Launch, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("site: s\nassets:\n  - {id: P-1, class: pump}\n")

    product = launch("up", "--site", str(site), "--clock", "x60", wait=False)

    assert product.process.wait(60) == 2
    assert "real machines live by real time" in product.log.read_text()
