"""Buckets made of finer ones."""

import numpy as np

from plantroom.storage.series.folding import empty_buckets, first_of, folded, joined
from plantroom.storage.series.port import Buckets


def buckets(*rows: tuple[int, float, float, float, float, int]) -> Buckets:
    """Return buckets of start, min, max, mean, last and count."""
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    names = ("ts", "min", "max", "mean", "last", "count")
    return Buckets(**dict(zip(names, columns, strict=True)))


def test_means_weigh_by_counts_and_the_last_is_the_latest() -> None:
    found = folded(
        buckets((0, 1.0, 5.0, 2.0, 4.0, 1), (60, 0.0, 3.0, 1.0, 2.0, 3), (120, 9.0, 9.0, 9.0, 9.0, 1)),
        every=120,
    )

    assert found.ts.tolist() == [0, 120]
    assert (found.min.tolist(), found.max.tolist()) == ([0.0, 9.0], [5.0, 9.0])
    assert (found.mean.tolist(), found.last.tolist()) == ([1.25, 9.0], [2.0, 9.0])
    assert found.count.tolist() == [4, 1]


def test_buckets_before_the_epoch_begin_at_multiples_too() -> None:
    assert folded(buckets((-60, 1.0, 1.0, 1.0, 1.0, 1)), every=120).ts.tolist() == [-120]


def test_of_no_buckets_there_are_none() -> None:
    assert len(folded(empty_buckets(), every=60)) == 0
    assert len(joined([])) == 0


def test_the_oldest_are_kept_where_there_are_more() -> None:
    made = buckets(*((i * 60, 1.0, 1.0, 1.0, 1.0, 1) for i in range(3)))

    assert first_of(made, 2).ts.tolist() == [0, 60]
    assert first_of(made, 5) is made
