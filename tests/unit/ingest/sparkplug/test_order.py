import pytest

from plantroom.ingest.sparkplug.order import MOST_HELD, Order

REORDER = 2000


@pytest.fixture
def order() -> Order[str]:
    order: Order[str] = Order()
    order.begin(0)
    return order


def test_what_comes_in_order_is_handed_on_at_once(order):
    assert order.take(1, "a", arrived=0) == ["a"]
    assert order.take(2, "b", arrived=0) == ["b"]


def test_what_came_too_early_follows_the_missing_message(order):
    assert order.take(3, "c", arrived=0) == []
    assert order.take(2, "b", arrived=1) == []

    assert order.take(1, "a", arrived=2) == ["a", "b", "c"]
    assert not order.is_broken(10**6, reorder=REORDER)


def test_counting_goes_on_from_255_to_0(order):
    order.begin(254)

    assert order.take(0, "b", arrived=0) == []
    assert order.take(255, "a", arrived=0) == ["a", "b"]
    assert order.take(1, "c", arrived=0) == ["c"]


def test_a_missing_message_is_waited_for_as_long_as_agreed(order):
    order.take(2, "b", arrived=100)

    assert not order.is_broken(100 + REORDER - 1, reorder=REORDER)
    assert order.is_broken(100 + REORDER, reorder=REORDER)


def test_each_gap_has_its_own_time(order):
    order.take(2, "b", arrived=0)
    order.take(4, "d", arrived=1500)
    order.take(1, "a", arrived=1900)

    assert not order.is_broken(2100, reorder=REORDER)
    assert order.is_broken(3500, reorder=REORDER)


def test_a_jump_of_more_than_half_a_round_is_a_gap_as_well(order):
    assert order.take(210, "far", arrived=0) == []

    assert order.is_broken(REORDER, reorder=REORDER)


def test_not_more_is_held_than_was_agreed(order):
    for seq in range(2, MOST_HELD + 2):
        order.take(seq, "x", arrived=0)
    assert not order.is_broken(0, reorder=REORDER)

    order.take(MOST_HELD + 2, "x", arrived=0)

    assert order.is_broken(0, reorder=REORDER)


def test_the_same_message_again_is_told_from_another_with_its_number(order):
    assert not order.is_repeated(1, b"a")

    assert order.is_repeated(1, b"a")
    assert not order.is_repeated(1, b"b")
    assert not order.is_repeated(2, b"a")


def test_a_message_one_round_later_is_no_repetition(order):
    order.is_repeated(1, b"a")
    for number in range(2, 257):
        order.is_repeated(number % 256, b"other")

    assert not order.is_repeated(1, b"a")


def test_a_birth_drops_what_was_held_before_it(order):
    order.take(2, "b", arrived=0)
    order.doubt(0)

    order.begin(0)

    assert order.take(1, "new", arrived=1) == ["new"]
    assert not order.is_broken(10**6, reorder=REORDER)
