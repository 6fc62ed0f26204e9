"""What models say on the pages of assets and alarms, and what people answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plantroom.domain.feedback import Verdict
from plantroom.domain.text import Text
from plantroom.storage.models.registry import Registry
from plantroom_testing.browser import LAPTOP, PHONE, Open, Window
from plantroom_testing.console import Console, activation, now_ms, running_console
from plantroom_testing.modelled_pump import Pump, installation, kept, stored, trained


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """A folder of models."""
    return Registry(tmp_path / "models")


@pytest.fixture
def console(tmp_path: Path, registry: Registry) -> Iterator[Console]:
    """A running console on a pump that draws too much current and shakes more every day."""
    site = installation(tmp_path)
    with running_console(tmp_path, installation=site, models=registry) as running:
        pump = Pump(end=now_ms(), days=3, current_share=0.18, wear=0.6)
        bundle = trained(site.table, "P-101", pump)
        kept(registry, bundle, pump)
        stored(running.store, site.table, bundle, pump)
        yield running


def raise_alarm(console: Console, rule: str = "model-anomaly") -> None:
    title = Text(en="Does not behave as usual", zh="运行状态异常（模型判断）")
    console.put(activation(rule=rule, title=title, value=1.4))


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_page_of_an_asset_says_what_its_models_find_and_draws_it(
    console: Console, open_window: Open, size: tuple[int, int]
) -> None:
    window = open_window(size=size)
    window.open(console.sign_in)
    window.open(f"{console.url}/assets/P-101")

    window.wait_for_text("#models", "Motor current 18 % above expected for this flow")
    window.wait_for_text("#models", "mm/s in ")
    window.until(lambda: len(window.all("#models .compared[data-drawn] canvas")) >= 3, what="charts")
    assert [each.get_attribute("data-drawn") for each in window.all(".compared")].count("0") == 0
    assert window.run("return document.documentElement.scrollWidth <= window.innerWidth")
    assert window.mistakes() == []


def test_it_is_said_in_chinese(console: Console, open_window: Open) -> None:
    window = open_window(language="zh")
    window.open(console.sign_in)
    window.open(f"{console.url}/assets/P-101")

    window.wait_for_text("#models", "电机电流比当前流量下的预期值高 18 %")
    window.wait_for_text("#models", "80% 区间")


def test_a_model_s_alarm_says_in_its_row_and_on_its_page_what_was_found(
    console: Console, window: Window
) -> None:
    raise_alarm(console)

    window.wait_for_text("#alarms .said", "18 % above expected")
    window.click("#alarms .what a")

    window.wait_for_text("#models", "Motor current 18 % above expected for this flow")


def test_an_asset_whose_models_are_not_trained_says_so(console: Console, window: Window) -> None:
    window.open(f"{console.url}/assets/P-102")

    window.wait_for_text("#models", "No model is at work for this asset yet")


def test_who_closes_the_order_of_a_model_says_whether_it_was_right(
    console: Console, window: Window, registry: Registry
) -> None:
    raise_alarm(console)
    for step in ("start", "complete", "verify"):
        console.post(f"/work-orders/WO-1/{step}")

    window.click("#close-WO-1")
    window.click("dialog button.main")
    assert window.run("return document.querySelector('dialog form').checkValidity()") is False
    window.click("dialog [value=real_fault]")
    window.find("dialog [name=cause]").send_keys("bearing worn")
    window.click("dialog button.main")

    window.until(lambda: registry.feedback("P-101"), what="the verdict")
    assert registry.feedback("P-101")[0].cause == "bearing worn"
    window.open(f"{console.url}/work-orders/WO-1")
    window.wait_for_text("#feedback", "bearing worn (admin)")


def test_the_order_of_a_rule_is_closed_without_a_verdict(console: Console, window: Window) -> None:
    console.put(activation())
    for step in ("start", "complete", "verify"):
        console.post(f"/work-orders/WO-1/{step}")

    window.click("#close-WO-1")

    window.until(lambda: not window.all("#order-WO-1"), what="the order gone")


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_all_models_are_listed_with_what_people_think_of_them(
    console: Console, open_window: Open, registry: Registry, size: tuple[int, int]
) -> None:
    registry.record_feedback("P-101", verdict=Verdict.REAL_FAULT, alarm="a", at=1)
    console.measure("P-101", {"anomaly": 1.42, "days_to_limit": 6.4})
    window = open_window(size=size)
    window.open(console.sign_in)

    window.open(f"{console.url}/models")

    assert "Chilled water pump 1" in window.text("#model-P-101")
    assert "142 % of the limit" in window.text("#model-P-101")
    assert "100 % (1/1)" in window.text("#model-P-101")
    assert window.run("return document.documentElement.scrollWidth <= window.innerWidth")
