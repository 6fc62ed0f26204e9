"""What every time-series store promises, proved on each."""

import threading
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from plantroom.domain.samples import Quality, SampleBatch, concatenate
from plantroom.storage.series.port import EARLIEST, LATEST, TimeSeriesStore
from plantroom_testing.series import T0, OpenStore, batch_of, good, read_all, rows_of, table_of

PUMPS = table_of({"P-1": "pump", "P-2": "pump"})
EXTREMES = [
    1e308,
    -1e308,
    5e-324,
    2.2250738585072014e-308,
    0.1 + 0.2,
    float(2**53),
    -0.0,
    123456789.123456789,
]


@pytest.fixture
def store(open_store: OpenStore) -> TimeSeriesStore:
    return open_store(PUMPS)


def write(store: TimeSeriesStore, *samples: tuple[str, str, int, float, int]) -> None:
    assert store.write(batch_of(PUMPS, samples)) == ()


def dtypes(*columns: npt.NDArray[Any]) -> list[str]:
    return [str(column.dtype) for column in columns]


def test_what_is_written_is_read_oldest_first(store: TimeSeriesStore) -> None:
    write(
        store,
        good("P-1", "flow", T0 + 2, 3.0),
        good("P-1", "flow", T0, 1.0),
        good("P-1", "flow", T0 + 1, 2.0),
    )

    series = store.read(asset="P-1", point="flow", start=T0, end=T0 + 10, limit=10)

    assert rows_of(series) == [(T0, 1.0, 0), (T0 + 1, 2.0, 0), (T0 + 2, 3.0, 0)]
    assert dtypes(series.ts, series.value, series.quality) == ["int64", "float64", "uint8"]


def test_points_and_assets_do_not_mix(store: TimeSeriesStore) -> None:
    write(
        store,
        good("P-1", "flow", T0, 1.0),
        good("P-1", "pressure", T0, 2.0),
        good("P-2", "flow", T0, 3.0),
        good("P-2", "pressure", T0 + 1, 4.0),
    )

    assert read_all(store, "P-1", "flow") == [(T0, 1.0, 0)]
    assert read_all(store, "P-1", "pressure") == [(T0, 2.0, 0)]
    assert read_all(store, "P-2", "flow") == [(T0, 3.0, 0)]
    assert read_all(store, "P-2", "pressure") == [(T0 + 1, 4.0, 0)]


def test_start_is_included_and_end_is_not(store: TimeSeriesStore) -> None:
    write(store, *(good("P-1", "flow", T0 + i, float(i)) for i in range(5)))

    series = store.read(asset="P-1", point="flow", start=T0 + 1, end=T0 + 3, limit=10)

    assert series.ts.tolist() == [T0 + 1, T0 + 2]


@pytest.mark.parametrize(("start", "end"), [(T0 + 3, T0 + 3), (T0 + 3, T0), (2**62, 2**63 - 1)])
def test_an_empty_range_gives_an_empty_series(store: TimeSeriesStore, start: int, end: int) -> None:
    write(store, good("P-1", "flow", T0 + 3, 1.0))

    series = store.read(asset="P-1", point="flow", start=start, end=end, limit=10)
    buckets = store.read_buckets(asset="P-1", point="flow", start=start, end=end, every=1000, limit=10)

    assert (len(series), len(buckets)) == (0, 0)
    assert dtypes(series.ts, series.value, series.quality) == ["int64", "float64", "uint8"]
    assert dtypes(buckets.ts, buckets.mean, buckets.count) == ["int64", "float64", "int64"]


def test_the_oldest_are_read_where_the_limit_cuts(store: TimeSeriesStore) -> None:
    write(store, *(good("P-1", "flow", T0 + i, float(i)) for i in range(5)))

    series = store.read(asset="P-1", point="flow", start=T0, end=T0 + 5, limit=2)

    assert series.ts.tolist() == [T0, T0 + 1]


def test_the_limit_counts_samples_and_not_what_they_replaced(store: TimeSeriesStore) -> None:
    for value in (1.0, 2.0, 3.0):
        write(store, *(good("P-1", "flow", T0 + i, value) for i in range(3)))

    series = store.read(asset="P-1", point="flow", start=T0, end=T0 + 5, limit=2)

    assert rows_of(series) == [(T0, 3.0, 0), (T0 + 1, 3.0, 0)]


@pytest.mark.parametrize(
    ("asset", "point"), [("P-9", "flow"), ("P-1", "nothing"), ("x' or 'a'='a", 'f"; DROP')]
)
def test_what_was_never_written_gives_empty_series(store: TimeSeriesStore, asset: str, point: str) -> None:
    write(store, good("P-1", "flow", T0, 1.0))

    assert read_all(store, asset, point) == []
    assert len(store.read_buckets(asset=asset, point=point, start=0, end=2 * T0, every=1000, limit=9)) == 0


def test_a_store_nobody_wrote_to_gives_empty_series(store: TimeSeriesStore) -> None:
    assert read_all(store, "P-1", "flow") == []
    assert len(store.read_buckets(asset="P-1", point="flow", start=0, end=T0, every=1000, limit=9)) == 0


def test_an_empty_batch_writes_nothing(store: TimeSeriesStore) -> None:
    assert store.write(SampleBatch.empty()) == ()

    assert read_all(store, "P-1", "flow") == []


def test_a_batch_written_again_changes_nothing(store: TimeSeriesStore) -> None:
    samples = [good("P-1", "flow", T0 + i, float(i)) for i in range(3)]

    write(store, *samples)
    write(store, *samples)

    assert read_all(store, "P-1", "flow") == [(T0, 0.0, 0), (T0 + 1, 1.0, 0), (T0 + 2, 2.0, 0)]


def test_the_last_arrival_wins(store: TimeSeriesStore) -> None:
    write(store, good("P-1", "flow", T0, 1.0))
    write(store, good("P-1", "flow", T0, 3.0))
    write(store, good("P-1", "flow", T0, 2.0))

    assert read_all(store, "P-1", "flow") == [(T0, 2.0, 0)]


def test_the_last_row_of_a_batch_wins(store: TimeSeriesStore) -> None:
    write(
        store,
        good("P-1", "flow", T0, 1.0),
        ("P-1", "flow", T0, 9.0, Quality.LATE),
        good("P-1", "flow", T0, 2.0),
    )

    assert read_all(store, "P-1", "flow") == [(T0, 2.0, 0)]


@pytest.mark.parametrize("quality", list(Quality), ids=lambda quality: quality.label)
def test_every_quality_is_kept_with_its_value(store: TimeSeriesStore, quality: Quality) -> None:
    write(store, ("P-1", "flow", T0, 1.5, quality), ("P-1", "flow", T0 + 1, float("nan"), quality))

    assert read_all(store, "P-1", "flow") == [(T0, 1.5, quality), (T0 + 1, None, quality)]


@pytest.mark.parametrize("restarting", [False, True], ids=["running", "restarting"])
@pytest.mark.parametrize(
    "steps",
    [
        [(1.0, Quality.GOOD), (2.0, Quality.RANGE), (3.0, Quality.GOOD)],
        [(1.0, Quality.GOOD), (float("nan"), Quality.NOT_A_NUMBER), (3.0, Quality.GOOD)],
        [(1.0, Quality.RANGE), (float("nan"), Quality.TYPE), (2.0, Quality.RANGE), (2.0, Quality.GOOD)],
        [(1.0, Quality.LATE), (1.0, Quality.GOOD), (1.0, Quality.HISTORICAL), (1.0, Quality.GOOD)],
        [(float("nan"), Quality.GOOD), (1.0, Quality.GOOD), (float("nan"), Quality.GOOD)],
    ],
    ids=["range", "not-a-number", "bad-to-bad", "not-evaluated", "without-value"],
)
def test_a_sample_replaces_value_and_quality(
    open_store: OpenStore, steps: list[tuple[float, int]], restarting: bool
) -> None:
    store = open_store(PUMPS)
    for value, quality in steps:
        store = open_store(PUMPS) if restarting else store

        write(store, ("P-1", "flow", T0, value, quality))

        assert read_all(store, "P-1", "flow") == [(T0, None if np.isnan(value) else value, quality)]
        buckets = store.read_buckets(asset="P-1", point="flow", start=T0, end=T0 + 1, every=1000, limit=9)
        usable = quality < Quality.RANGE and not np.isnan(value)
        assert buckets.last.tolist() == ([value] if usable else [])


def test_an_old_bad_sample_is_replaced_after_a_restart_that_began_with_newer_ones(
    open_store: OpenStore,
) -> None:
    write(open_store(PUMPS), ("P-1", "flow", T0, 1.0, Quality.RANGE))
    store = open_store(PUMPS)
    write(store, good("P-1", "flow", T0 + 86_400_000, 2.0))

    write(store, good("P-1", "flow", T0, 3.0))

    assert read_all(store, "P-1", "flow") == [(T0, 3.0, 0), (T0 + 86_400_000, 2.0, 0)]


def test_a_bad_sample_from_the_future_is_replaced_after_a_restart(open_store: OpenStore) -> None:
    write(open_store(PUMPS), ("P-1", "flow", T0 + 10**9, 1.0, Quality.CLOCK))
    store = open_store(PUMPS)
    write(store, good("P-1", "flow", T0, 2.0))

    write(store, good("P-1", "flow", T0 + 10**9, 3.0))

    assert read_all(store, "P-1", "flow") == [(T0, 2.0, 0), (T0 + 10**9, 3.0, 0)]


def test_late_samples_take_their_place_in_time(store: TimeSeriesStore) -> None:
    write(store, good("P-1", "flow", T0 + 1000, 2.0))
    write(
        store, ("P-1", "flow", T0 - 10**10, 1.0, Quality.HISTORICAL), ("P-1", "flow", T0, 1.5, Quality.LATE)
    )

    assert read_all(store, "P-1", "flow") == [(T0 - 10**10, 1.0, 2), (T0, 1.5, 1), (T0 + 1000, 2.0, 0)]


@pytest.mark.parametrize("value", EXTREMES, ids=repr)
def test_every_finite_value_comes_back_as_it_was(store: TimeSeriesStore, value: float) -> None:
    write(store, good("P-1", "flow", T0, value), ("P-1", "pressure", T0, value, Quality.RANGE))

    assert read_all(store, "P-1", "flow") == [(T0, value, 0)]
    assert read_all(store, "P-1", "pressure") == [(T0, value, 16)]


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_an_infinite_value_is_kept_as_none(store: TimeSeriesStore, value: float) -> None:
    write(store, ("P-1", "flow", T0, value, Quality.NOT_A_NUMBER))

    assert read_all(store, "P-1", "flow") == [(T0, None, 17)]


@pytest.mark.parametrize("ts", [EARLIEST, -1, 0, 1, LATEST - 1])
def test_any_time_a_store_can_hold_is_kept(store: TimeSeriesStore, ts: int) -> None:
    write(store, good("P-1", "flow", ts, 1.0))

    assert read_all(store, "P-1", "flow") == [(ts, 1.0, 0)]


def test_what_no_store_can_hold_is_returned_and_the_rest_kept(store: TimeSeriesStore) -> None:
    batch = batch_of(
        PUMPS,
        [
            good("P-1", "flow", LATEST, 1.0),
            good("P-1", "flow", T0, 2.0),
            good("P-1", "flow", EARLIEST - 1, 3.0),
            good("P-1", "flow", T0 + 1, 4.0),
        ],
    )
    batch.point[3] = -1

    rejections = store.write(batch)

    assert sorted((each.rows.tolist(), each.reason.partition(" is ")[2][:14]) for each in rejections) == [
        ([0, 2], "outside -92233"),
        ([3], "not in the sit"),
    ]
    assert read_all(store, "P-1", "flow") == [(T0, 2.0, 0)]
    assert read_all(store, "P-2", "pressure") == []


def test_buckets_hold_what_their_samples_say(store: TimeSeriesStore) -> None:
    start = T0 - T0 % 1000
    write(store, *(good("P-1", "flow", start + 100 * i, float((7 * i) % 20)) for i in range(20)))

    buckets = store.read_buckets(
        asset="P-1", point="flow", start=start, end=start + 2000, every=1000, limit=9
    )

    assert buckets.ts.tolist() == [start, start + 1000]
    assert buckets.min.tolist() == [0.0, 4.0]
    assert buckets.max.tolist() == [16.0, 19.0]
    assert buckets.mean.tolist() == pytest.approx([7.5, 11.5])
    assert buckets.last.tolist() == [3.0, 13.0]
    assert buckets.count.tolist() == [10, 10]


def test_buckets_begin_at_multiples_and_count_only_what_is_in_range(store: TimeSeriesStore) -> None:
    base = T0 - T0 % 7000
    write(store, *(good("P-1", "flow", base + 1000 * i, float(i)) for i in range(21)))

    buckets = store.read_buckets(
        asset="P-1", point="flow", start=base + 2000, end=base + 16_000, every=7000, limit=9
    )

    assert buckets.ts.tolist() == [base, base + 7000, base + 14_000]
    assert buckets.count.tolist() == [5, 7, 2]
    assert buckets.min.tolist() == [2.0, 7.0, 14.0]
    assert buckets.last.tolist() == [6.0, 13.0, 15.0]


def test_empty_buckets_are_left_out_and_not_counted_by_the_limit(store: TimeSeriesStore) -> None:
    base = T0 - T0 % 1000
    write(store, *(good("P-1", "flow", base + 1000 * i, float(i)) for i in (0, 5, 90, 95)))

    buckets = store.read_buckets(
        asset="P-1", point="flow", start=base - 50_000, end=base + 100_000, every=1000, limit=3
    )

    assert buckets.ts.tolist() == [base, base + 5000, base + 90_000]


def test_buckets_before_the_epoch_begin_at_multiples_too(store: TimeSeriesStore) -> None:
    write(
        store, good("P-1", "flow", -1, 1.0), good("P-1", "flow", -1000, 2.0), good("P-1", "flow", -1001, 3.0)
    )

    buckets = store.read_buckets(asset="P-1", point="flow", start=-5000, end=5000, every=1000, limit=9)

    assert (buckets.ts.tolist(), buckets.count.tolist()) == ([-2000, -1000], [1, 2])


def test_buckets_leave_out_bad_samples_and_count_late_ones(store: TimeSeriesStore) -> None:
    base = T0 - T0 % 1000
    write(
        store,
        good("P-1", "flow", base, 1.0),
        ("P-1", "flow", base + 1, 99.0, Quality.RANGE),
        ("P-1", "flow", base + 2, float("nan"), Quality.NOT_A_NUMBER),
        ("P-1", "flow", base + 3, 3.0, Quality.LATE),
        ("P-1", "flow", base + 1000, 99.0, Quality.RANGE),
    )

    buckets = store.read_buckets(asset="P-1", point="flow", start=base, end=base + 2000, every=1000, limit=9)

    assert (buckets.ts.tolist(), buckets.count.tolist()) == ([base], [2])
    assert (buckets.min.tolist(), buckets.max.tolist(), buckets.last.tolist()) == ([1.0], [3.0], [3.0])


def test_buckets_leave_out_good_values_that_bad_ones_replaced(store: TimeSeriesStore) -> None:
    base = T0 - T0 % 1000
    write(store, *(good("P-1", "flow", base + i, float(i)) for i in range(2000)))

    write(store, *(("P-1", "flow", base + i, 9e9, Quality.RANGE) for i in range(999, 2000)))

    buckets = store.read_buckets(asset="P-1", point="flow", start=base, end=base + 2000, every=1000, limit=9)
    assert (buckets.ts.tolist(), buckets.count.tolist(), buckets.max.tolist()) == ([base], [999], [998.0])


def test_buckets_count_a_repeated_sample_once(store: TimeSeriesStore) -> None:
    for value in (1.0, 2.0):
        write(store, good("P-1", "flow", T0, value))

    buckets = store.read_buckets(asset="P-1", point="flow", start=T0, end=T0 + 1, every=1000, limit=9)

    assert (buckets.count.tolist(), buckets.mean.tolist()) == ([1], [2.0])


def test_compacting_changes_nothing_that_is_read(store: TimeSeriesStore) -> None:
    write(store, good("P-1", "flow", T0, 1.0), ("P-1", "flow", T0 + 1, 2.0, Quality.RANGE))

    store.compact()

    assert read_all(store, "P-1", "flow") == [(T0, 1.0, 0), (T0 + 1, 2.0, 16)]


def test_samples_outlast_the_store_that_wrote_them(open_store: OpenStore) -> None:
    write(open_store(PUMPS), good("P-1", "flow", T0, 1.0))

    again = open_store(PUMPS)
    write(again, good("P-1", "flow", T0 + 1, 2.0))

    assert read_all(again, "P-1", "flow") == [(T0, 1.0, 0), (T0 + 1, 2.0, 0)]


def test_history_outlasts_a_change_of_the_site_files(open_store: OpenStore) -> None:
    write(open_store(PUMPS), *(good("P-2", point, T0, 1.0) for point in ("flow", "pressure")))
    changed = table_of(
        {"AHU-1": "ahu", "P-2": "pump"}, points=("current", "pressure", "flow"), site="elsewhere"
    )

    store = open_store(changed)
    store.write(batch_of(changed, [good("P-2", "flow", T0 + 1, 2.0), good("AHU-1", "flow", T0, 3.0)]))

    assert read_all(store, "P-2", "flow") == [(T0, 1.0, 0), (T0 + 1, 2.0, 0)]
    assert read_all(store, "P-2", "pressure") == [(T0, 1.0, 0)]
    assert read_all(store, "AHU-1", "flow") == [(T0, 3.0, 0)]


def test_history_outlasts_the_removal_of_its_asset(open_store: OpenStore) -> None:
    write(open_store(PUMPS), good("P-2", "flow", T0, 1.0))

    store = open_store(table_of({"P-1": "pump"}))

    assert read_all(store, "P-2", "flow") == [(T0, 1.0, 0)]


def test_history_outlasts_a_change_of_the_assets_class(open_store: OpenStore) -> None:
    write(open_store(PUMPS), *(good("P-2", "flow", T0 + i, float(i)) for i in range(3)))
    changed = table_of({"P-2": "fire_pump"})

    store = open_store(changed)
    store.write(batch_of(changed, [good("P-2", "flow", T0 + 2, 9.0), good("P-2", "flow", T0 + 3, 3.0)]))

    assert read_all(store, "P-2", "flow") == [
        (T0, 0.0, 0),
        (T0 + 1, 1.0, 0),
        (T0 + 2, 9.0, 0),
        (T0 + 3, 3.0, 0),
    ]
    series = store.read(asset="P-2", point="flow", start=T0, end=T0 + 9, limit=3)
    assert series.ts.tolist() == [T0, T0 + 1, T0 + 2]
    buckets = store.read_buckets(asset="P-2", point="flow", start=T0, end=T0 + 9, every=10**6, limit=9)
    assert (buckets.count.tolist(), buckets.max.tolist()) == ([4], [9.0])


def test_names_of_every_allowed_kind_are_kept(open_store: OpenStore) -> None:
    assets = {"9.a_b-C": "pump", "A" * 64: "x class, odd=1", "-".join("abc"): "pump"}
    points = ("p", "a_1", "z" * 64, "time_of_day", "value")
    table = table_of(assets, points=points, site="S_1.x-y")
    store = open_store(table)
    samples = [good(asset, point, T0, float(i)) for i, (asset, point) in enumerate(table.keys)]

    assert store.write(batch_of(table, samples)) == ()

    found = {key: read_all(store, *key) for key in table.keys}
    assert found == {key: [(T0, float(i), 0)] for i, key in enumerate(table.keys)}


def test_a_large_batch_is_kept_whole(open_store: OpenStore) -> None:
    table = table_of({f"P-{i}": "pump" for i in range(50)})
    store = open_store(table)
    count = 100_000
    order = np.random.default_rng(1).permutation(count)
    batch = SampleBatch(
        point=(order % 100).astype(np.int32),
        ts=T0 + order // 100,
        value=order / 8,
        quality=np.zeros(count, np.uint8),
        arrived=T0 + order // 100,
        message=np.arange(count, dtype=np.int32),
    )

    assert store.write(batch) == ()

    for number in (0, 57, 99):
        series = store.read(
            asset=table.keys[number][0], point=table.keys[number][1], start=0, end=2 * T0, limit=9999
        )
        assert series.ts.tolist() == list(range(T0, T0 + 1000))
        assert series.value.tolist() == [(number + 100 * i) / 8 for i in range(1000)]


def test_readers_see_ever_more_while_one_writes(store: TimeSeriesStore) -> None:
    batches = [
        batch_of(PUMPS, [good("P-1", "flow", T0 + 10 * i + j, float(i)) for j in range(10)])
        for i in range(30)
    ]
    counts: list[list[int]] = [[], []]
    done = threading.Event()

    def read(into: list[int]) -> None:
        while not done.is_set():
            into.append(len(read_all(store, "P-1", "flow")))
            store.read_buckets(asset="P-1", point="flow", start=T0, end=T0 + 300, every=10, limit=99)

    readers = [threading.Thread(target=read, args=(into,)) for into in counts]
    for reader in readers:
        reader.start()
    for batch in batches:
        store.write(batch)
        store.compact()
    done.set()
    for reader in readers:
        reader.join()

    assert all(seen == sorted(seen) for seen in counts)
    assert all(seen for seen in counts)
    assert len(read_all(store, "P-1", "flow")) == 300


def test_the_last_batches_written_again_in_order_end_as_before(store: TimeSeriesStore) -> None:
    batches = [
        batch_of(PUMPS, [("P-1", "flow", T0 + i % 4, float(i), Quality.RANGE if i % 3 else Quality.GOOD)])
        for i in range(12)
    ]
    for batch in batches:
        store.write(batch)
    before = read_all(store, "P-1", "flow")

    store.write(concatenate(batches[6:]))
    for batch in batches[8:]:
        store.write(batch)

    assert read_all(store, "P-1", "flow") == before
