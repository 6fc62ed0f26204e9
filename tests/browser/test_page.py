import time
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from plantroom.api.access.identity import Role
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text
from plantroom_testing.browser import PHONE, WALL, Open, Window
from plantroom_testing.console import (
    MALICIOUS,
    Console,
    activation,
    clearing,
    now_ms,
    running_console,
)

CURVE_PIXELS = """
  const canvas = document.querySelector('#chart canvas');
  if (!canvas) return 0;
  const wanted = getComputedStyle(document.documentElement).getPropertyValue('--curve').trim();
  const [r, g, b] = wanted.match(/\\w\\w/g).map((hex) => parseInt(hex, 16));
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] === r && data[i + 1] === g && data[i + 2] === b) found += 1;
  }
  return found;
"""
FAINT_TEXTS = """
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [x, y, z] = [r, g, b].map((c) => linear(c / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest('noscript')) continue;
    const [one, two] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))];
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (contrast < 4.5) faint.push(`${element.textContent.trim()}: ${contrast.toFixed(2)}`);
  }
  return faint;
"""


def fill(console: Console) -> None:
    """Put one alarm of every severity and state on the page, work orders, and readings good and stale."""
    now = now_ms()
    for asset in ("P-101", "P-102", "P-103"):
        console.measure(asset, {"running": 1, "flow": 58.2, "vibration": 7.31, "bearing_temp": 61.5})
    console.measure("P-103", {"pressure": 3.2}, ts=now - 600_000)
    for number, severity in enumerate(Severity):
        console.put(activation(rule=f"rule-{number}", severity=severity, at=now - 1000 * number))
    gone = activation(asset="P-102", at=now - 50_000)
    console.put(gone)
    console.put(clearing(gone))
    known = activation(asset="P-103", title=Text(en=MALICIOUS), at=now - 60_000)
    console.put(known)
    [alarm] = console.get("/alarms", asset="P-103")["items"]
    console.post(f"/alarms/{alarm['id']}/ack")


def test_an_alarm_and_its_work_order_appear_without_reloading(console: Console, window: Window) -> None:
    window.run("window.loadedOnce = true")
    assert "No alarms" in window.text("#alarms")
    assert "No open work orders" in window.text("#work-orders")

    console.put(activation())

    window.wait_for_text("#alarms", "High vibration")
    window.wait_for_text("#work-orders", "WO-1")
    alarm = window.text("#alarms .alarm")
    for fact in ("Warning", "Chilled water pump 1", "P-101", "7.31 mm/s", "Active, unacknowledged", "WO-1"):
        assert fact in alarm
    assert "High" in window.text("#work-orders .order .tag")
    assert window.driver.title.startswith("(1)")
    assert window.run("return window.loadedOnce") is True


def test_acknowledging_is_kept_with_the_name(console: Console, window: Window) -> None:
    console.put(activation())

    window.click("#alarms .alarm button.main")

    window.wait_for_text("#alarms .alarm", "acknowledged by admin")
    assert console.get("/alarms")["items"][0]["state"] == "active_acked"
    assert window.all("#alarms .alarm button.main") == []


def test_an_alarm_that_is_gone_and_acknowledged_leaves_the_page(console: Console, window: Window) -> None:
    alarm = activation()
    console.put(alarm)
    window.find(".alarm[data-state=active_unacked]")

    console.put(clearing(alarm))
    window.find(".alarm[data-state=cleared_unacked]")
    window.click("#alarms .alarm button.main")

    window.wait_for_text("#alarms", "No alarms")


def test_a_list_that_changes_keeps_the_keyboard_where_it_is(console: Console, window: Window) -> None:
    console.put(activation(rule="first"))
    window.find("#alarms .alarm button.main")
    window.run("document.querySelector('#alarms .alarm button.main').focus()")
    focused = window.run("return document.activeElement.id")

    console.put(activation(rule="second", severity=Severity.CRITICAL))
    window.until(lambda: len(window.all("#alarms .alarm")) == 2, what="two alarms")
    window.driver.switch_to.active_element.send_keys(Keys.ENTER)

    window.find(".alarm.warning[data-state=active_acked]")
    assert focused.startswith("ack-")
    assert window.all(".alarm.critical[data-state=active_unacked]") != []


def test_the_most_pressing_alarm_comes_first(console: Console, window: Window) -> None:
    for severity in (Severity.INFO, Severity.CRITICAL, Severity.WARNING):
        console.put(activation(rule=severity.value, severity=severity))

    window.until(lambda: len(window.all("#alarms .alarm")) == 3, what="three alarms")

    shown = [alarm.text.split()[0] for alarm in window.all("#alarms .alarm .tag")]
    assert shown == ["Critical", "Warning", "Info"]


def test_a_work_order_goes_through_its_life(console: Console, window: Window) -> None:
    console.put(activation())

    for action, status in (
        ("assign", "assigned"),
        ("start", "in_progress"),
        ("complete", "completed"),
        ("verify", "verified"),
    ):
        window.click(f"#{action}-WO-1")
        window.find(f".order[data-status={status}]")
    window.click("#close-WO-1")

    window.wait_for_text("#work-orders", "No open work orders")
    window.wait_for_text("#alarms", "order closed, condition persists")
    assert console.get("/work-orders/WO-1")["assignee"] == "admin"


def test_what_cannot_be_done_is_said(console: Console, window: Window) -> None:
    console.put(activation())
    window.find("#start-WO-1")
    window.run("document.querySelector('#start-WO-1').dataset.post = '/api/v1/work-orders/WO-1/verify'")

    window.click("#start-WO-1")

    window.wait_for_text("#refused", "Not done")
    assert all("409" in mistake for mistake in window.mistakes())


def test_a_viewer_gets_no_buttons(console: Console, open_window: Open) -> None:
    console.put(activation())
    window = open_window()
    window.open(console.url)
    window.find("#token").send_keys(console.token(Role.VIEWER))
    window.click("form button.main")

    window.wait_for_text("#alarms", "High vibration")

    assert window.all("button[data-post]") == []


def test_readings_follow_the_plant(console: Console, window: Window) -> None:
    assert "no reading yet" in window.text("#reading-P-101-vibration")

    console.measure("P-101", {"vibration": 4.567, "running": 1})

    window.wait_for_text("#reading-P-101-vibration", "4.57 mm/s")
    window.wait_for_text("#reading-P-101-running", "on")


def test_a_list_fetched_before_a_sample_does_not_hide_it(console: Console, window: Window) -> None:
    window.run("window.listBefore = document.getElementById('readings').innerHTML")
    console.measure("P-101", {"vibration": 4.567})
    window.wait_for_text("#reading-P-101-vibration", "4.57 mm/s")

    window.run(
        "document.getElementById('readings').innerHTML = window.listBefore;"
        "document.body.dispatchEvent(new CustomEvent('htmx:after:swap'))"
    )

    assert "4.57 mm/s" in window.text("#reading-P-101-vibration")


def test_a_reading_that_is_too_old_says_so(console: Console, window: Window) -> None:
    console.measure("P-101", {"vibration": 4.567}, ts=now_ms() - 300_000)

    window.wait_for_text("#reading-P-101-vibration", "stale · 5 min")


def test_a_bad_reading_is_not_shown_as_a_good_one(console: Console, window: Window) -> None:
    console.measure("P-101", {"vibration": 900.0}, quality="range")

    window.wait_for_text("#reading-P-101-vibration", "bad reading")


def test_assets_can_be_found(window: Window) -> None:
    window.find("input[type=search]").send_keys("p-102")

    window.until(lambda: len(window.all("#readings .asset")) == 1, what="one asset")
    assert "Chilled water pump 2" in window.text("#readings .asset")


def test_the_chart_shows_what_is_stored_and_goes_on(console: Console, window: Window) -> None:
    now = now_ms()
    ts = list(range(now - 600_000, now, 2_000))
    console.record("P-102", "vibration", ts, [2 + number / 100 for number in range(len(ts))])

    window.click("#reading-P-102-vibration")

    window.until(lambda: window.run(CURVE_PIXELS) > 200, what="a curve")
    console.measure("P-102", {"vibration": 9.87})
    window.wait_for_text("#chart-now", "9.87 mm/s")
    assert "Chilled water pump 2" in window.text("#chart-now")
    assert window.find("#chart-asset").get_attribute("value") == "P-102"


def test_an_alarm_leads_to_its_chart(console: Console, window: Window) -> None:
    console.put(activation(asset="P-102"))

    window.click("#alarms .alarm button.link")

    window.wait_for_text("#chart-now", "Chilled water pump 2 · Vibration")


def test_until_somebody_chooses_the_chart_shows_what_is_wrong(console: Console, window: Window) -> None:
    window.wait_for_text("#chart-now", "Chilled water pump 1 · Flow")

    console.put(activation(asset="P-102"))

    window.wait_for_text("#chart-now", "Chilled water pump 2 · Vibration")


def test_what_somebody_chose_stays(console: Console, window: Window) -> None:
    window.click("#reading-P-101-pressure")

    console.put(activation(asset="P-102"))
    window.find("#alarms .alarm")

    assert "Pressure" in window.text("#chart-now")


def test_a_chart_without_readings_says_so(window: Window) -> None:
    window.wait_for_text("#chart-now", "No readings in this range yet.")


def test_the_language_can_be_switched_and_is_remembered(console: Console, window: Window) -> None:
    console.put(activation())

    window.click("a[hreflang=zh-CN]")

    window.wait_for_text("#alarms", "振动偏高")
    assert "预警" in window.text("#alarms .tag")
    assert "江滨广场" in window.text("h1")
    window.open(console.url)
    assert window.find("html").get_attribute("lang") == "zh-CN"
    window.click("a[hreflang=en]")
    window.wait_for_text("#alarms", "High vibration")


def test_a_chinese_browser_is_greeted_in_chinese(console: Console, open_window: Open) -> None:
    window = open_window(language="zh-CN")

    window.open(console.url)

    assert window.text("form button.main") == "登录"


@pytest.mark.parametrize("size", [(320, 600), PHONE, (768, 1024), WALL], ids=lambda size: f"{size[0]} wide")
def test_nothing_sticks_out_sideways(console: Console, open_window: Open, size: tuple[int, int]) -> None:
    fill(console)
    window = open_window(size=size)
    window.open(console.sign_in)
    window.wait_until_live()
    window.find("#chart canvas")

    widths = window.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")

    assert widths[0] <= widths[1]


@pytest.mark.parametrize("dark", [False, True], ids=["by day", "by night"])
def test_every_text_stands_out_from_its_ground(console: Console, open_window: Open, dark: bool) -> None:
    fill(console)
    window = open_window(dark=dark)
    window.open(console.sign_in)
    window.wait_until_live()
    window.find("#chart canvas")

    assert window.run(FAINT_TEXTS) == []


def test_every_control_has_a_name(console: Console, open_window: Open) -> None:
    fill(console)
    window = open_window()
    window.open(console.sign_in)
    window.wait_until_live()

    controls = window.all("button, a, select, input")

    assert len(controls) > 20
    assert [control.get_attribute("outerHTML") for control in controls if not control.accessible_name] == []


def test_names_and_titles_cannot_run_as_scripts(console: Console, window: Window) -> None:
    fill(console)

    window.wait_for_text("#alarms", MALICIOUS)
    window.wait_for_text("#readings", MALICIOUS)
    window.click("#reading-P-103-vibration")
    window.wait_for_text("#chart-now", MALICIOUS)

    assert window.all("img[src=x]") == []
    assert "owned" not in window.driver.title


def test_a_lost_connection_is_seen_and_mended(tmp_path: Path, open_window: Open) -> None:
    window = open_window()
    with running_console(tmp_path) as console:
        window.open(console.sign_in)
        window.wait_until_live()
        port = int(console.url.rpartition(":")[2])

    window.wait_for_text("#lost", "Connection lost")
    window.find("#stream[data-state=bad]")
    time.sleep(1)  # let the browser try in vain at least once

    with running_console(tmp_path, port=port) as console:
        console.put(activation())
        window.wait_until_live()
        window.wait_for_text("#alarms", "High vibration")
        assert not window.find("#lost").is_displayed()
    window.mistakes()


def test_a_revoked_session_leads_back_to_the_door(console: Console, window: Window) -> None:
    for token in console.get("/tokens")["items"]:
        console.revoke(token["number"])

    window.find("#token")

    assert all("401" in mistake for mistake in window.mistakes())
