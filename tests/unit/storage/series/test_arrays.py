import numpy as np
import pytest

from plantroom.domain.samples import Quality
from plantroom.storage.series.arrays import bucketed, latest_rows, latest_samples
from plantroom.storage.series.port import Series


def series(*samples: tuple[int, float, int]) -> Series:
    return Series(
        ts=np.array([ts for ts, _, _ in samples], np.int64),
        value=np.array([value for _, value, _ in samples], np.float64),
        quality=np.array([quality for _, _, quality in samples], np.uint8),
    )


def test_of_equal_rows_the_last_is_left_and_the_rest_ordered() -> None:
    ts = np.array([2, 1, 2, 1, 2])
    point = np.array([0, 1, 0, 0, 1])

    assert latest_rows(ts, point).tolist() == [3, 1, 2, 4]


def test_of_no_rows_none_are_left() -> None:
    assert latest_rows(np.empty(0, np.int64), np.empty(0, np.int32)).tolist() == []


def test_buckets_hold_good_values_only() -> None:
    nan = float("nan")
    samples = series(
        (-1, 5.0, 0), (0, 1.0, 0), (3, 4.0, Quality.LATE), (4, 9.0, Quality.RANGE), (9, nan, 0), (20, 2.0, 0)
    )

    buckets = bucketed(samples, every=10, limit=9)

    assert buckets.ts.tolist() == [-10, 0, 20]
    assert buckets.min.tolist() == [5.0, 1.0, 2.0]
    assert buckets.max.tolist() == [5.0, 4.0, 2.0]
    assert buckets.mean.tolist() == [5.0, 2.5, 2.0]
    assert buckets.last.tolist() == [5.0, 4.0, 2.0]
    assert buckets.count.tolist() == [1, 2, 1]


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_the_oldest_buckets_are_left_where_the_limit_cuts(limit: int) -> None:
    buckets = bucketed(series((0, 1.0, 0), (10, 2.0, 0)), every=10, limit=limit)

    assert buckets.ts.tolist() == [0, 10][:limit]
    assert len(buckets.last) == limit


def test_no_good_samples_make_no_buckets() -> None:
    assert len(bucketed(series((0, 1.0, Quality.TYPE)), every=10, limit=9)) == 0
    assert len(bucketed(series(), every=10, limit=9)) == 0


@pytest.mark.parametrize("span", [1, 5, 1000, 2**62], ids=["one time", "few", "many", "too far apart"])
def test_latest_samples_are_the_latest_rows_of_time_and_point(span: int) -> None:
    random = np.random.default_rng(4)
    ts = random.integers(-span // 2, span // 2 + 1, 500)
    point = random.integers(0, 7, 500, dtype=np.int32)

    assert latest_samples(ts, point, points=7).tolist() == latest_rows(ts, point).tolist()
    assert latest_samples(ts[:0], point[:0], points=7).tolist() == []
