"""What the control room does to alarms on the page."""

from selenium.webdriver.common.keys import Keys

from plantroom.api.access.identity import Role
from plantroom.domain.rule import Severity
from plantroom_testing.browser import PHONE, Open, Window
from plantroom_testing.console import Console, activation, clearing, now_ms


def fill_in(window: Window, field: str, text: str) -> None:
    window.find(f"dialog [name={field}]").send_keys(text)


def test_an_alarm_is_shelved_for_two_hours_with_a_reason_and_put_back(
    console: Console, window: Window
) -> None:
    console.put(activation())
    window.click("[data-dialog=shelve]")
    assert "High vibration, Chilled water pump 1" in window.text("dialog .subject")

    fill_in(window, "reason", "vendor on site")
    window.click("dialog button.main")

    window.wait_for_text("#alarms .alarm", "Shelved")
    window.wait_for_text("#set-asides", "vendor on site")
    [alarm] = console.get("/alarms")["items"]
    assert alarm["shelved"]["reason"] == "vendor on site"
    assert window.all("dialog") == []
    window.click("#set-asides button")
    window.find(".alarm[data-state=active_unacked]")
    window.until(lambda: window.all("#set-asides .aside") == [], what="nothing set aside")


def test_a_reason_is_demanded(console: Console, window: Window) -> None:
    console.put(activation())
    window.click("[data-dialog=shelve]")

    window.click("dialog button.main")

    assert len(window.all("dialog :invalid[name=reason]")) == 1
    assert console.get("/alarms")["items"][0]["state"] == "active_unacked"


def test_until_a_time_on_the_clock_of_the_site(console: Console, window: Window) -> None:
    console.put(activation())
    window.click("[data-dialog=shelve]")
    tomorrow = window.run("return new Date(Date.now() + 86400000).toISOString().slice(0, 10)")
    window.run(
        "const field = document.querySelector('dialog [name=until]'); field.value = arguments[0];"
        "field.dispatchEvent(new Event('input', {bubbles: true}))",
        f"{tomorrow}T06:30",
    )
    fill_in(window, "reason", "until the morning")

    window.click("dialog button.main")

    window.find(".alarm[data-state=shelved]")
    until = console.get("/alarms")["items"][0]["shelved"]["until"]
    assert until[11:] == "22:30:00.000Z"  # Shanghai is eight hours ahead


def test_what_is_refused_is_said_in_the_dialog(console: Console, window: Window) -> None:
    console.put(activation())
    window.click("[data-dialog=shelve]")
    window.run("document.querySelector('dialog form').dataset.path = '/api/v1/alarms/none/shelve'")
    fill_in(window, "reason", "x")

    window.click("dialog button.main")

    window.wait_for_text("dialog .refused", "Not done")
    assert all("404" in mistake for mistake in window.mistakes())


def test_a_dialog_is_left_by_the_keyboard(console: Console, window: Window) -> None:
    console.put(activation())
    window.click("[data-dialog=comment]")

    fill_in(window, "text", str(Keys.ESCAPE))

    window.until(lambda: window.all("dialog") == [], what="no dialog")


def test_a_comment_is_seen_on_the_alarm(console: Console, window: Window) -> None:
    console.put(activation())
    window.click("[data-dialog=comment]")

    fill_in(window, "text", "bearing ordered")
    window.click("dialog button.main")

    window.wait_for_text("#alarms .note", "bearing ordered")


def test_out_of_service_until_the_order_is_done(console: Console, window: Window) -> None:
    console.put(activation())
    window.click("[data-dialog=out-of-service]")
    fill_in(window, "reason", "sensor broken")
    window.click("dialog button.main")
    window.find(".alarm[data-state=out_of_service]")
    window.wait_for_text("#set-asides", "until WO-1 is closed")

    window.click("#cancel-WO-1")
    fill_in(window, "comment", "sensor replaced by the vendor")
    window.click("dialog button.main")

    window.find(".alarm[data-state=active_unacked]")
    window.wait_for_text("#work-orders", "No open work orders")
    assert console.get("/work-orders/WO-1")["status"] == "cancelled"


def test_an_asset_in_maintenance(console: Console, window: Window) -> None:
    console.put(activation())
    window.click("[data-dialog=maintenance]")
    fill_in(window, "reason", "service")
    window.click("dialog [value='480']")

    window.click("dialog button.main")

    window.find(".alarm[data-state=suppressed]")
    window.click("#set-asides button")
    window.find(".alarm[data-state=active_unacked]")


def test_a_flood_is_announced_above_the_alarms(console: Console, window: Window) -> None:
    console.put(*(activation(rule=f"rule-{number}") for number in range(11)))

    window.wait_for_text("#flood", "Alarm flood since")


def test_chattering_is_said(console: Console, window: Window) -> None:
    now = now_ms()
    for number in range(3):
        alarm = activation(at=now - 10_000 + number * 1000)
        console.put(alarm)
        console.put(clearing(alarm))

    window.wait_for_text("#alarms", "comes and goes, held")


def test_in_chinese_on_a_phone(console: Console, open_window: Open) -> None:
    console.put(activation(severity=Severity.CRITICAL))
    window = open_window(size=PHONE, language="zh-CN")
    window.open(console.sign_in)
    window.wait_until_live()

    window.click("[data-dialog=shelve]")

    assert "搁置" in window.text("dialog h2")
    assert "2 小时" in window.text("dialog fieldset")
    widths = window.run(
        "const box = document.querySelector('dialog').getBoundingClientRect();"
        "return [box.left, box.right, document.documentElement.clientWidth]"
    )
    assert widths[0] >= 0
    assert widths[1] <= widths[2]


def test_an_operator_takes_nothing_out_of_service(console: Console, open_window: Open) -> None:
    console.put(activation())
    window = open_window()
    window.open(console.url)
    window.find("#token").send_keys(console.token(Role.OPERATOR))
    window.click("form button.main")

    window.find("[data-dialog=shelve]")

    assert window.all("[data-dialog=out-of-service]") == []


def test_the_performance_of_the_alarm_system_is_one_click_away(console: Console, window: Window) -> None:
    console.put(*(activation(rule=f"rule-{number}") for number in range(12)))

    window.click("a[href='/performance']")

    window.wait_for_text("#measure-most_in_10_minutes", "12")
    assert "not met" in window.text("#measure-most_in_10_minutes")
    window.click("a[href='/performance?days=1']")
    window.find("a[href='/performance?days=1'][aria-current]")
    window.click("a[href='/']")
    window.find("#alarms")


def test_the_performance_page_fits_a_phone(console: Console, open_window: Open) -> None:
    now = now_ms()
    for number in range(4):
        alarm = activation(at=now - 100_000 + number * 5000)
        console.put(alarm)
        console.put(clearing(alarm))
    window = open_window(size=PHONE, language="zh-CN")
    window.open(console.sign_in)
    window.wait_until_live()
    window.open(f"{console.url}/performance")

    window.wait_for_text("#worst", "频繁抖动")
    widths = window.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1]
