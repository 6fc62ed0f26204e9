from plantroom.api.access.identity import Role
from plantroom_testing.browser import Open, Window
from plantroom_testing.console import Console


def test_the_link_of_the_first_start_opens_the_page(console: Console, open_window: Open) -> None:
    window = open_window()

    window.open(console.sign_in)

    assert window.text("h1").startswith("Riverside Plaza")
    assert window.driver.current_url == f"{console.url}/"


def test_the_link_works_once(console: Console, open_window: Open) -> None:
    first, second = open_window(), open_window()
    first.open(console.sign_in)

    second.open(console.sign_in)

    assert "works once" in second.text("form")
    assert all("401" in mistake for mistake in second.mistakes())


def test_nobody_sees_the_page_without_signing_in(console: Console, open_window: Open) -> None:
    window = open_window()

    window.open(console.url)

    assert window.find("#token").is_displayed()
    assert window.all("#alarms") == []


def test_a_token_opens_the_page(console: Console, open_window: Open) -> None:
    window = open_window()
    window.open(console.url)

    window.find("#token").send_keys(console.token(Role.OPERATOR))
    window.click("form button.main")

    window.wait_until_live()


def test_a_wrong_token_does_not(console: Console, open_window: Open) -> None:
    window = open_window()
    window.open(console.url)

    window.find("#token").send_keys("pr_guessed")
    window.click("form button.main")

    assert "unknown or revoked" in window.text("[role=alert]")
    assert all("401" in mistake for mistake in window.mistakes())


def test_signing_out_closes_the_page(window: Window) -> None:
    window.click("form[action='/sign-out'] button")

    assert window.find("#token").is_displayed()
