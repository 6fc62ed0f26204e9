import pytest

from plantroom.ingest.qualify import GONE
from plantroom.ingest.sparkplug.presence import SETTLED, Presence

EVERY = 10_000


@pytest.fixture
def presence() -> Presence:
    return Presence({"flow": EVERY, "running": EVERY})


def test_a_value_that_does_not_change_is_said_again_at_its_interval(presence):
    presence.note({"flow": 5.0}, ts=1000, arrived=1000)

    assert presence.confirm(1000 + EVERY - 1) is None
    said = presence.confirm(1000 + EVERY)

    assert said is not None
    assert (said.values, said.ts) == ({"flow": 5.0}, 1000 + EVERY - SETTLED)


def test_it_goes_on_as_long_as_nothing_happens(presence):
    presence.note({"flow": 5.0}, ts=0, arrived=0)

    times = [said.ts for now in range(0, 60_001, 500) if (said := presence.confirm(now))]

    assert times == [at - SETTLED for at in range(EVERY, 60_001, EVERY)]


def test_a_value_that_was_just_said_is_not_said_again(presence):
    presence.note({"flow": 5.0}, ts=0, arrived=0)
    presence.note({"flow": 6.0}, ts=8000, arrived=8000)

    assert presence.confirm(EVERY) is None


def test_a_change_that_was_on_its_way_is_newer_than_what_was_confirmed(presence):
    presence.note({"flow": 5.0}, ts=0, arrived=0)

    said = presence.confirm(EVERY)

    assert said is not None
    assert isinstance(said.ts, int)
    assert said.ts < EVERY - 4000


def test_the_times_are_those_of_the_devices_clock(presence):
    presence.note({"flow": 5.0}, ts=100_000, arrived=1000)

    said = presence.confirm(1000 + EVERY)

    assert said is not None
    assert said.ts == 100_000 + EVERY - SETTLED


def test_a_short_interval_waits_until_a_change_would_have_come():
    presence = Presence({"flow": 1000})
    presence.note({"flow": 5.0}, ts=0, arrived=0)

    said = [presence.confirm(now) for now in range(0, 9000, 100)]
    times = [each.ts for each in said if each is not None and isinstance(each.ts, int)]

    assert times[0] > 0
    assert times == sorted(set(times))


def test_an_older_value_does_not_replace_a_newer_one(presence):
    presence.note({"flow": 5.0}, ts=2000, arrived=2000)
    presence.note({"flow": 4.0}, ts=1000, arrived=2100)

    said = presence.confirm(2000 + EVERY)

    assert said is not None
    assert said.values == {"flow": 5.0}


def test_a_null_is_not_said_again(presence):
    presence.note({"flow": 5.0, "running": True}, ts=0, arrived=0)
    presence.note({"flow": None}, ts=1000, arrived=1000)

    said = presence.confirm(60_000)

    assert said is not None
    assert said.values == {"running": True}


def test_at_the_end_all_values_hold_no_more_and_nothing_is_said_again(presence):
    presence.note({"flow": 5.0, "running": True}, ts=0, arrived=0)

    said = presence.end(4000)

    assert said is not None
    assert (said.values, said.ts) == ({"flow": GONE, "running": GONE}, 4000)
    assert presence.confirm(60_000) is None
    assert presence.end(5000) is None


def test_the_end_is_later_than_all_that_was_said(presence):
    presence.note({"flow": 5.0}, ts=9000, arrived=9000)
    presence.note({"flow": 6.0}, ts=9500, arrived=20_000)

    said = presence.end(20_000)

    assert said is not None
    assert isinstance(said.ts, int)
    assert said.ts > 9500


def test_a_value_without_a_time_is_of_its_arrival(presence):
    presence.note({"flow": 5.0}, ts=None, arrived=3000)

    said = presence.confirm(3000 + EVERY)

    assert said is not None
    assert said.ts == 3000 + EVERY - SETTLED
