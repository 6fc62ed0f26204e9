"""A real Chromium without a window, from Debian's packages."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from plantroom_testing.console import PATIENCE, Console, running_console

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LAPTOP, PHONE, WALL = (1440, 900), (360, 740), (1920, 1080)
T = TypeVar("T")


class Window:
    """One browser with its own cookies."""

    def __init__(self, profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService(shutil.which("chromedriver") or "chromedriver")
        self.driver = webdriver.Chrome(options=options, service=service)
        self._agent = self.run("return navigator.userAgent")

    def become(self, *, size: tuple[int, int], language: str, dark: bool) -> None:
        """Be as new: of that size and language, without cookies."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        for command, arguments in (
            ("Network.clearBrowserCookies", {}),
            ("Emulation.setDeviceMetricsOverride", metrics),
            ("Emulation.setEmulatedMedia", {"features": [scheme]}),
            ("Emulation.setUserAgentOverride", {"userAgent": self._agent, "acceptLanguage": language}),
        ):
            self.driver.execute_cdp_cmd(command, arguments)

    def leave(self) -> None:
        """Leave the page and what it keeps."""
        self.run("if (location.protocol === 'http:') localStorage.clear()")
        self.driver.get("about:blank")

    def open(self, url: str) -> None:
        """Go to `url` and wait until the page has loaded."""
        self.driver.get(url)

    def run(self, script: str, *arguments: object) -> Any:
        """Return what a script returns in the page."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        """Return the element that `selector` names, as soon as there is one."""
        return self.until(lambda: self.all(selector)[0], what=selector)

    def all(self, selector: str) -> list[WebElement]:
        """Return the elements that `selector` names now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """Return the text that is read there."""
        return self.find(selector).text

    def click(self, selector: str) -> None:
        """Click there, in the middle of the screen."""
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def until(self, condition: Callable[[], T], *, what: str) -> T:
        """Return what `condition` returns as soon as that is true."""
        wait = WebDriverWait(
            self.driver, PATIENCE, ignored_exceptions=[StaleElementReferenceException, IndexError]
        )
        return wait.until(lambda _driver: condition(), f"waited in vain for {what}")

    def wait_for_text(self, selector: str, text: str) -> None:
        """Wait until `text` is read there."""
        self.until(lambda: text in self.text(selector), what=f"{text!r} in {selector}")

    def wait_until_live(self) -> None:
        """Wait until the event stream is open."""
        self.find("#stream[data-state=good]")

    def mistakes(self) -> list[str]:
        """Return what the page has complained of since the last call."""
        log: list[dict[str, Any]] = self.driver.get_log("browser")
        return [entry["message"] for entry in log if entry["level"] == "SEVERE"]


Open = Callable[..., Window]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """Return a running API with its page and three pumps."""
    with running_console(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def windows() -> Iterator[list[Window]]:
    """Return the browsers that are running and not in use; starting one takes seconds."""
    idle: list[Window] = []
    yield idle
    for window in idle:
        window.driver.quit()


@pytest.fixture
def open_window(windows: list[Window], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a function that opens browsers; what their pages complain of fails the test."""
    opened: list[Window] = []

    def open_one(*, size: tuple[int, int] = LAPTOP, language: str = "en", dark: bool = False) -> Window:
        window = windows.pop() if windows else Window(tmp_path_factory.mktemp("profile"))
        opened.append(window)
        window.become(size=size, language=language, dark=dark)
        return window

    yield open_one
    mistakes = [mistake for window in opened for mistake in window.mistakes()]
    for window in opened:
        window.leave()
    windows.extend(opened)
    assert mistakes == []


@pytest.fixture
def window(console: Console, open_window: Open) -> Window:
    """Return a browser that has signed in as administrator and follows the event stream."""
    opened = open_window()
    opened.open(console.sign_in)
    opened.wait_until_live()
    return opened
