"""From where each part of a span is read."""

import numpy as np

from plantroom.storage.series.pieces import pieces_of
from plantroom.storage.series.tiers import HOUR_MS, MINUTE_MS, Tier

HOUR = 490_000 * HOUR_MS
NOW = HOUR + 100 * HOUR_MS


def pieces(
    start: int, end: int, every: int, *, until: int = NOW, stale: tuple[int, ...] = ()
) -> list[tuple[Tier | None, int, int]]:
    found = pieces_of(start=start, end=end, every=every, until=until, stale=np.array(stale, np.int64))
    return [(piece.tier, piece.start, piece.end) for piece in found]


def test_buckets_of_less_than_a_minute_are_made_of_samples() -> None:
    assert pieces(HOUR, HOUR + HOUR_MS, 90_000) == [(None, HOUR, HOUR + HOUR_MS)]


def test_hours_are_read_where_they_will_do_and_edges_from_what_is_finer() -> None:
    start, end = HOUR + 30_000, HOUR + 3 * HOUR_MS + 90_000

    assert pieces(start, end, HOUR_MS) == [
        (None, start, HOUR + MINUTE_MS),
        (Tier.MINUTES, HOUR + MINUTE_MS, HOUR + HOUR_MS),
        (Tier.HOURS, HOUR + HOUR_MS, HOUR + 3 * HOUR_MS),
        (Tier.MINUTES, HOUR + 3 * HOUR_MS, HOUR + 3 * HOUR_MS + MINUTE_MS),
        (None, HOUR + 3 * HOUR_MS + MINUTE_MS, end),
    ]


def test_minutes_are_read_for_buckets_that_no_hour_fits() -> None:
    assert pieces(HOUR, HOUR + 2 * HOUR_MS, 90 * MINUTE_MS) == [(Tier.MINUTES, HOUR, HOUR + 2 * HOUR_MS)]


def test_what_is_not_down_sampled_yet_is_read_from_samples() -> None:
    until = HOUR + 90 * MINUTE_MS + 1

    assert pieces(HOUR, HOUR + 3 * HOUR_MS, HOUR_MS, until=until) == [
        (Tier.HOURS, HOUR, HOUR + HOUR_MS),
        (Tier.MINUTES, HOUR + HOUR_MS, HOUR + 90 * MINUTE_MS),
        (None, HOUR + 90 * MINUTE_MS, HOUR + 3 * HOUR_MS),
    ]


def test_stale_hours_are_read_from_samples() -> None:
    stale = (HOUR + HOUR_MS, HOUR + 2 * HOUR_MS, HOUR + 4 * HOUR_MS)

    assert pieces(HOUR, HOUR + 5 * HOUR_MS, HOUR_MS, stale=stale) == [
        (Tier.HOURS, HOUR, HOUR + HOUR_MS),
        (None, HOUR + HOUR_MS, HOUR + 3 * HOUR_MS),
        (Tier.HOURS, HOUR + 3 * HOUR_MS, HOUR + 4 * HOUR_MS),
        (None, HOUR + 4 * HOUR_MS, HOUR + 5 * HOUR_MS),
    ]


def test_very_many_stale_spans_are_read_as_one() -> None:
    stale = tuple(HOUR + 2 * i * HOUR_MS for i in range(60))

    found = pieces(HOUR - HOUR_MS, HOUR + 200 * HOUR_MS, HOUR_MS, until=HOUR + 300 * HOUR_MS, stale=stale)

    assert [tier for tier, _, _ in found] == [Tier.HOURS, None, Tier.HOURS]


def test_a_span_that_ends_before_it_begins_has_no_pieces() -> None:
    assert pieces(HOUR + HOUR_MS, HOUR, HOUR_MS) == []
    assert pieces(HOUR + 1, HOUR + 1, MINUTE_MS) == []


def test_pieces_leave_nothing_out_and_read_nothing_twice() -> None:
    random = np.random.default_rng(3)
    for _ in range(300):
        start, end = sorted(int(HOUR + each) for each in random.integers(0, 20 * HOUR_MS, 2))
        stale = tuple(sorted(HOUR + int(each) * HOUR_MS for each in set(random.integers(0, 20, 5))))
        until = int(HOUR + random.integers(-HOUR_MS, 25 * HOUR_MS))

        found = pieces(start, end, int(random.choice([1000, MINUTE_MS, HOUR_MS])), until=until, stale=stale)

        assert [part[1] for part in found] == [start, *(part[2] for part in found[:-1])][: len(found)]
        assert (found[-1][2] if found else start) == end
