"""An engineer looks at rules, changes a limit, switches a rule off, and tries one on history."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plantroom.api.access.identity import Role
from plantroom_testing.browser import PHONE, Open, Window
from plantroom_testing.console import Console, now_ms, running_console
from plantroom_testing.files import loaded

SITE = """
site: riverside
timezone: Asia/Shanghai
assets:
  - {id: P-101, class: pump, name: {en: Chilled water pump 1, zh: 1号冷冻水泵}}
  - {id: P-102, class: pump, name: {en: Chilled water pump 2, zh: 2号冷冻水泵}, rated: {power_kw: 22}}
"""
RULES = """
- id: shaky
  class: pump
  params: {limit: 4.5 mm/s}
  when: vibration > limit
  title: {en: Shaky, zh: 抖动}
  source: {standard: ISO 10816-7, verified: false}
  causes: [{en: Bearing worn, zh: 轴承磨损}]
  actions: [{en: Listen to it, zh: 听诊}]
- {id: loaded, class: pump, when: power > rated.power_kw, title: {en: Overloaded, zh: 过载}}
"""


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """Return a running API with its page, two pumps and two rules."""
    with running_console(tmp_path, installation=loaded(tmp_path / "files", SITE, RULES)) as running:
        yield running


@pytest.fixture
def rule(console: Console, window: Window) -> Window:
    """Return a browser that shows a rule's page to an administrator."""
    window.open(f"{console.url}/rules/shaky")
    return window


def test_the_list_says_limits_sources_and_what_is_not_watched(console: Console, window: Window) -> None:
    window.click("a[href='/rules']")

    shaky, overloaded = (window.text(f"#rule-pump-{name}") for name in ("shaky", "loaded"))
    assert "limit 4.5 mm/s" in shaky
    assert "ISO 10816-7 not verified" in shaky
    assert "watches 2 of 2" in shaky
    assert "watches 1 of 2" in overloaded
    assert "lacks rated.power_kw" in overloaded


def test_causes_and_first_actions_are_told(rule: Window) -> None:
    text = rule.text("#rule")

    assert "Bearing worn" in text
    assert "Listen to it" in text


def test_a_limit_is_changed_for_one_asset_with_a_reason_and_changed_back(
    console: Console, rule: Window
) -> None:
    rule.click("[data-change][data-asset='P-101']")
    rule.find("dialog [name=param-limit]").send_keys("6.5")
    rule.find("dialog [name=reason]").send_keys("new impeller")

    rule.click("dialog button.main")

    rule.wait_for_text("#on-P-101", "limit 6.5 mm/s")
    assert "new impeller" in rule.text("#on-P-101")
    [override] = console.get("/rule-overrides")["items"]
    assert (override["asset"], override["params"]) == ("P-101", {"limit": "6.5 mm/s"})
    rule.click("#on-P-101 [data-undo]")
    rule.until(lambda: not rule.all("#on-P-101 [data-undo]"), what="no change")
    assert console.get("/rule-overrides")["items"] == []


def test_switching_off_keeps_the_changed_limit(console: Console, rule: Window) -> None:
    for opener, field in (
        ("[data-change][data-asset='P-102']", "6"),
        ("[data-switch=off][data-asset='P-102']", ""),
    ):
        rule.click(opener)
        if field:
            rule.find("dialog [name=param-limit]").send_keys(field)
        rule.find("dialog [name=reason]").send_keys("being repaired")
        rule.click("dialog button.main")
        rule.until(lambda: not rule.all("dialog"), what="the dialog is gone")

    rule.wait_for_text("#on-P-102", "switched off")
    [override] = console.get("/rule-overrides")["items"]
    assert (override["enabled"], override["params"]) == (False, {"limit": "6 mm/s"})


def test_what_is_refused_is_said_in_the_dialog(rule: Window) -> None:
    rule.click("[data-change][data-asset='']")
    rule.find("dialog [name=param-limit]").send_keys("6 bar")
    rule.find("dialog [name=reason]").send_keys("x")

    rule.click("dialog button.main")

    rule.wait_for_text("dialog .refused", "expected a number in mm/s")
    [mistake] = rule.mistakes()
    assert "422" in mistake


def test_a_trial_shows_the_point_the_limit_and_the_alarms(console: Console, rule: Window) -> None:
    now = now_ms()
    ts = [now - 60_000 * minute for minute in range(60, 0, -1)]
    console.record("P-101", "vibration", ts, [5.0 if 20 <= n < 40 else 1.0 for n in range(60)])
    limit = rule.find("#try [name=param-limit]")
    limit.clear()
    limit.send_keys("3")

    rule.click("#try button.main")

    rule.find("#try-chart[data-alarms] canvas")
    told = rule.text("#tried")
    assert rule.find("#try-chart").get_attribute("data-alarms") == "1"
    assert told.startswith("Alarms: 1 (")


def test_an_operator_sees_rules_and_changes_none(console: Console, open_window: Open) -> None:
    window = open_window()
    window.open(console.url)
    window.find("input[name=token]").send_keys(console.token(Role.OPERATOR))
    window.click("form button")
    window.wait_until_live()

    window.open(f"{console.url}/rules/shaky")

    assert "vibration > limit" in window.text("#rule")
    assert window.all("#rule button") == []


def test_a_phone_in_chinese_has_no_sideways_scrolling(console: Console, open_window: Open) -> None:
    window = open_window(size=PHONE, language="zh")
    window.open(console.sign_in)
    window.wait_until_live()

    for path in ("/rules", "/rules/shaky"):
        window.open(f"{console.url}{path}")
        assert "抖动" in window.text("body")
        assert window.run("return document.documentElement.scrollWidth <= innerWidth")
