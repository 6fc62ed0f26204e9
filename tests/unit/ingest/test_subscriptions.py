"""What the session at the broker holds is remembered, so that what nobody wants can be given up."""

from pathlib import Path

import pytest

from plantroom.ingest.subscriptions import Subscriptions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "subscriptions.json"


def opened(path: Path, *wanted: str, session: str = "me at here:1883") -> Subscriptions:
    return Subscriptions(path, session=session, wanted=wanted)


def test_what_an_earlier_run_wanted_and_this_one_does_not_is_superfluous(path: Path) -> None:
    opened(path, "a", "b").begin()

    assert opened(path, "a", "c").superfluous == ("b",)


def test_until_the_broker_has_it_it_stays_superfluous(path: Path) -> None:
    opened(path, "a", "b").begin()
    opened(path, "a").begin()

    again = opened(path, "a")
    assert again.superfluous == ("b",)

    again.begin()
    again.settle()
    assert not again.superfluous
    assert opened(path, "a").superfluous == ()


def test_another_broker_or_client_id_has_a_session_of_its_own(path: Path) -> None:
    opened(path, "a", session="me at here:1883").begin()
    opened(path, "b", session="me at there:1883").begin()

    assert opened(path, "c", session="me at here:1883").superfluous == ("a",)
    assert opened(path, "c", session="you at here:1883").superfluous == ()


def test_only_so_many_sessions_are_remembered(path: Path) -> None:
    for port in range(30):
        opened(path, "a", session=f"me at here:{port}").begin()

    assert opened(path, session="me at here:9").superfluous == ()
    assert opened(path, session="me at here:29").superfluous == ("a",)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"me at here:1883": 5}'], ids=repr)
def test_a_broken_file_is_started_anew(path: Path, content: str) -> None:
    path.write_text(content)

    opened(path, "a").begin()

    assert opened(path).superfluous == ("a",)
