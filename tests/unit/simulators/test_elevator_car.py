"""A car takes people the way collective control does."""

import pytest

from plantroom.simulators.elevator_car import Car, board, next_stop


def test_a_car_that_nobody_needs_stays() -> None:
    assert next_stop(Car(floor=3), capacity=10) is None


def test_an_empty_car_goes_to_who_has_waited_longest() -> None:
    car = Car(floor=3, waiting=((9, 0), (4, 0)))

    assert next_stop(car, capacity=10) == 9


@pytest.mark.parametrize(
    ("waiting", "stop"),
    [
        pytest.param(((5, 9),), 5, id="takes along who wants the same"),
        pytest.param(((5, 0),), 7, id="leaves who wants back"),
        pytest.param(((2, 9),), 7, id="does not turn round"),
        pytest.param(((8, 9),), 7, id="keeps the order of floors"),
    ],
)
def test_a_car_with_people_goes_on_in_their_direction(
    waiting: tuple[tuple[int, int], ...], stop: int
) -> None:
    assert next_stop(Car(floor=3, aboard=(7, 10), waiting=waiting), capacity=10) == stop


def test_a_car_going_down_stops_at_the_highest_stop_first() -> None:
    assert next_stop(Car(floor=9, aboard=(0, 4), waiting=((6, 2),)), capacity=10) == 6


def test_a_full_car_passes_by() -> None:
    assert next_stop(Car(floor=0, aboard=(7, 7), waiting=((3, 9),)), capacity=2) == 7


def test_people_get_in_who_want_the_same_direction() -> None:
    car = Car(floor=4, waiting=((4, 9), (4, 0), (6, 0), (4, 11)))

    entered = board(car, capacity=10)

    assert entered == 2
    assert car.aboard == (9, 11)
    assert sorted(car.waiting) == [(4, 0), (6, 0)]


def test_nobody_gets_into_a_full_car() -> None:
    car = Car(floor=0, waiting=((0, 3), (0, 4), (0, 5)))

    assert board(car, capacity=2) == 2
    assert car.waiting == ((0, 5),)


def test_a_call_that_nobody_made_is_forgotten_when_the_doors_have_opened() -> None:
    car = Car(floor=4, waiting=((4, 4),))

    assert board(car, capacity=2) == 0
    assert car.waiting == ()
