"""People ride when offices and their lunch begin and end."""

from datetime import UTC, datetime

import pytest

from plantroom.simulators.elevator_traffic import WORKDAY_RATES, Traffic, rates
from plantroom.simulators.machine import Chance
from plantroom_testing.simulation import world

TRAFFIC = Traffic(floors=12, main=0, people=100.0)


def at(hour: int, minute: int = 0, *, day: int = 15, occupancy: float = 0.9) -> tuple[float, float, float]:
    return rates(world(local=datetime(2026, 7, day, hour, minute, tzinfo=UTC), occupancy=occupancy))


def test_mornings_are_up_peaks_and_evenings_down_peaks() -> None:
    come, leave, _ = at(8, 50)
    assert come > 10 * leave

    come, leave, _ = at(18)
    assert leave > 10 * come


def test_lunch_goes_both_ways() -> None:
    come, leave, _ = at(12, 45)

    assert min(come, leave) > 0.3


def test_the_up_peak_is_what_a_group_is_designed_for() -> None:
    # CIBSE Guide D: 11 to 15 % of the people in five minutes
    come, _, _ = at(8, 50)

    assert 0.10 < come / 12 < 0.15


def test_nights_are_almost_still() -> None:
    assert TRAFFIC.per_second(at(3)) * 3600 < 2


def test_who_comes_leaves_again() -> None:
    come, leave, _ = (sum(slot[kind] for slot in WORKDAY_RATES) / 12 for kind in range(3))

    assert come == pytest.approx(leave, rel=0.15)
    assert 1 < come < 4


def test_a_weekend_follows_the_people_who_are_in() -> None:
    assert sum(at(9, day=18, occupancy=0.3)) == pytest.approx(1.15 * 0.3)
    assert sum(at(9, day=18, occupancy=0.0)) == 0


@pytest.mark.parametrize("main", [0, 2])
def test_passengers_want_to_another_floor_of_the_building(main: int) -> None:
    traffic, chance = Traffic(floors=14, main=main, people=50.0), Chance(1)

    found = [traffic.passenger((1.0, 1.0, 1.0), chance) for _ in range(3000)]

    assert all(0 <= at < 14 and 0 <= to < 14 and at != to for at, to in found)
    assert {to for at, to in found if at == main} == set(range(14)) - {main}
    assert sum(at == main for at, _ in found) == pytest.approx(1000, rel=0.1)
