"""Roots with their consequences, and the pages of one alarm, one work order and one asset."""

from dataclasses import replace

import pytest

from plantroom.domain.alarm import Transition, TransitionKind, alarm_id
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text
from plantroom_testing.browser import LAPTOP, PHONE, Open, Window
from plantroom_testing.console import Console, activation, now_ms


def mains_lost(console: Console, *, consequences: int = 12) -> str:
    """Report a dead panel with what depends on it, and return the id of its alarm."""
    at = now_ms() - 60_000
    console.put(
        activation(
            rule="mains-lost", title=Text(en="Mains lost", zh="市电失电"), severity=Severity.CRITICAL, at=at
        )
    )
    root = alarm_id(site="riverside", asset="P-101", rule="mains-lost", activated_at=at)
    console.put(*(consequence(root, number) for number in range(consequences)))
    return root


def consequence(root: str, number: int) -> Transition:
    """Return the report of an alarm that is suppressed as a consequence of `root`."""
    return replace(activation(asset="P-102", rule=f"flow-low-{number}"), suppressed=True, cause=root)


def shown(window: Window, selector: str) -> int:
    return len([each for each in window.all(selector) if each.is_displayed()])


def test_consequences_are_folded_under_their_root(console: Console, window: Window) -> None:
    mains_lost(console)

    window.wait_for_text("#alarms summary", "12 consequences")
    assert len(window.all("#alarms li.alarm")) == 1
    assert shown(window, "#alarms .line") == 0
    assert window.driver.title.startswith("(1)")

    window.click("#alarms summary")

    assert shown(window, "#alarms .line") == 12


def test_what_was_unfolded_stays_so_when_more_happens(console: Console, window: Window) -> None:
    root = mains_lost(console)
    window.click("#alarms summary")

    console.put(consequence(root, 12))

    window.wait_for_text("#alarms summary", "13 consequences")
    assert shown(window, "#alarms .line") == 13


def test_what_is_suppressed_can_be_listed(console: Console, window: Window) -> None:
    mains_lost(console, consequences=2)
    by_design = replace(activation(asset="P-103", rule="low"), suppressed=True, reason="not running")
    console.put(by_design)
    window.wait_for_text("#alarms-shown", "Suppressed (3)")

    window.click("#alarms-shown option[value=suppressed]")

    window.until(lambda: len(window.all("#alarms li.alarm")) == 3, what="three suppressed alarms")
    assert "not running" in window.text("#alarms")
    assert "consequence of Mains lost, Chilled water pump 1" in window.text("#alarms")
    assert window.all("#alarms button.main") == []
    console.put(consequence("0" * 20, 9))
    window.wait_for_text("#alarms-shown", "Suppressed (4)")
    assert len(window.all("#alarms li.alarm")) == 4


def test_a_released_alarm_comes_out_of_the_fold(console: Console, window: Window) -> None:
    root = mains_lost(console, consequences=1)
    window.wait_for_text("#alarms summary", "1 consequence")
    alarm = console.get("/alarms", root=root)["items"][0]
    report = replace(consequence(root, 0), kind=TransitionKind.RELEASED, suppressed=False, cause="")
    started = int(window.run("return Date.parse(arguments[0])", alarm["activated_at"]))

    console.put(replace(report, activated_at=started, at=now_ms()))

    window.until(lambda: len(window.all("#alarms li.alarm")) == 2, what="two alarms")
    assert window.all("#alarms summary") == []


def test_an_alarm_tells_what_to_check(console: Console, window: Window) -> None:
    console.put(activation())

    window.click("#alarms .what a")

    window.wait_for_text(".guidance ol", "Feel the bearing's temperature")
    assert [item.text for item in window.all(".guidance ol:last-of-type li")] == [
        "Worn bearing",
        "Misalignment",
    ]
    assert "ISO 10816-7 (zone B/C) not verified" in window.text(".guidance p")
    window.wait_for_text("#chart-now", "Chilled water pump 1 · Vibration")


def test_an_alarm_is_acknowledged_on_its_page(console: Console, window: Window) -> None:
    console.put(activation())
    window.click("#alarms .what a")

    window.click("#detail button.main")

    window.find("#detail .alarm[data-state=active_acked]")
    window.click("nav a[href='/']")
    window.find("#alarms .alarm[data-state=active_acked]")


def test_the_page_of_a_root_lists_its_consequences(console: Console, window: Window) -> None:
    root = mains_lost(console, consequences=25)

    window.open(f"{console.url}/alarms/{root}")

    window.wait_for_text("#consequences-title", "25")
    assert shown(window, "#detail .line") == 25
    window.click("#detail .line a")
    window.wait_for_text("#detail .facts", "consequence of Mains lost, Chilled water pump 1")


def test_a_work_order_tells_what_to_check_for_its_alarms(console: Console, window: Window) -> None:
    console.put(activation())

    window.open(str(window.find("#work-orders a.ref").get_attribute("href")))

    window.wait_for_text(".guidance ol", "Feel the bearing's temperature")
    assert "High vibration" in window.text("#detail .lines")
    window.click("#start-WO-1")
    window.find("#detail .order[data-status=in_progress]")


@pytest.mark.parametrize(
    ("mode", "button", "kind"), [("maintenance", "maintenance", "maintenance"), ("test-mode", "test", "test")]
)
def test_an_asset_without_alarms_is_put_in_a_mode_with_reason_and_end(
    console: Console, window: Window, mode: str, button: str, kind: str
) -> None:
    window.click("#asset-P-102 h3 a")
    window.wait_for_text("#asset-title", "Chilled water pump 2")

    window.click(f"#begin-{button}")
    window.find("dialog [name=reason]").send_keys("commissioning")
    window.click("dialog [value='480']")
    window.click("dialog button.main")

    window.wait_for_text("#set-asides", "commissioning")
    [item] = console.get("/set-asides")["items"]
    assert (item["kind"], item["asset"], item["reason"]) == (kind, "P-102", "commissioning")
    assert window.all(f"#begin-{button}") == []
    window.click(f"#set-asides [data-post$='{mode}/end']")
    window.find(f"#begin-{button}")
    assert console.get("/set-asides")["items"] == []


def test_what_is_not_there_is_said(console: Console, window: Window) -> None:
    window.open(f"{console.url}/alarms/none")

    window.wait_for_text("#detail", "there is no alarm none")
    assert all("404" in mistake for mistake in window.mistakes())


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=lambda size: f"{size[0]} wide")
def test_nothing_sticks_out_sideways(console: Console, open_window: Open, size: tuple[int, int]) -> None:
    root = mains_lost(console)
    console.put(activation())
    window = open_window(size=size, language="zh-CN")
    window.open(console.sign_in)
    window.wait_until_live()
    window.click("#alarms summary")

    for path in ("", f"/alarms/{root}", "/work-orders/WO-1", "/assets/P-102"):
        if path:
            window.open(console.url + path)
            window.wait_until_live()
        widths = window.run(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert widths[0] <= widths[1], path
