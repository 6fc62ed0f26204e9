"""Minutes and hours beside the samples: the same on each store."""

import math
from typing import Any

import pytest

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality
from plantroom.storage.series.down_sampling import DownSampling
from plantroom.storage.series.port import Buckets
from plantroom.storage.series.tier_store import Progress
from plantroom.storage.series.tiered_store import TieredStore
from plantroom.storage.series.tiers import DAY_MS, HOUR_MS, MINUTE_MS, Retention, Tier
from plantroom_testing.series import T0, NothingLeft, OpenTiered, Sample, batch_of, good, table_of

PUMPS = table_of({"P-1": "pump", "P-2": "pump", "F-1": "fan"})
HOUR = T0 - T0 % HOUR_MS
NOW = HOUR + 3 * HOUR_MS
FOR_EVER = Retention(raw=None, minutes=None, hours=None)


@pytest.fixture
def store(open_tiered: OpenTiered) -> TieredStore:
    return open_tiered(PUMPS)


def down_sampling(
    store: TieredStore, retention: Retention = FOR_EVER, *, now: int = NOW, table: PointTable = PUMPS
) -> DownSampling:
    job = DownSampling(store, points=len(table))
    assert job.prepare(retention, now=now) == ()
    return job


def finish(job: DownSampling, *, to: int = NOW) -> None:
    """Do all there is to do."""
    while job.advance(to):
        pass
    while job.mend():
        pass


def write(store: TieredStore, *samples: Sample) -> None:
    assert store.write(batch_of(PUMPS, samples)) == ()


def rows(buckets: Buckets) -> list[tuple[float, ...]]:
    """Return start, min, mean, max, last and count of each bucket."""
    columns = (buckets.ts, buckets.min, buckets.mean, buckets.max, buckets.last, buckets.count)
    return [tuple(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def tier(store: TieredStore, which: Tier, asset: str = "P-1", point: str = "flow") -> list[tuple[float, ...]]:
    return rows(store.read_tier(which, asset=asset, point=point, start=HOUR - DAY_MS, end=NOW + DAY_MS))


def read(store: TieredStore, every: int, *, start: int = HOUR, end: int = NOW, **more: Any) -> Buckets:
    asked: dict[str, Any] = {"asset": "P-1", "point": "flow", "limit": 10_000} | more
    return store.read_buckets(start=start, end=end, every=every, **asked)


def minutely(hours: int, *, asset: str = "P-1", step: int = 20_000) -> list[Sample]:
    """Return samples of some hours, whose values count them."""
    return [good(asset, "flow", HOUR + i * step, float(i)) for i in range(hours * HOUR_MS // step)]


def test_minutes_and_hours_summarise_the_good_samples(store: TieredStore) -> None:
    job = down_sampling(store)
    write(
        store,
        good("P-1", "flow", HOUR + 1, 3.0),
        good("P-1", "flow", HOUR + 30_000, 5.0),
        good("P-1", "flow", HOUR + 59_999, 1.0),
        ("P-1", "flow", HOUR + 31_000, 999.0, Quality.RANGE),
        ("P-1", "flow", HOUR + 32_000, math.nan, Quality.TYPE),
        ("P-1", "flow", HOUR + 60_000, 7.0, Quality.LATE),
        good("P-2", "pressure", HOUR + 60_000, 2.0),
    )

    finish(job)

    assert tier(store, Tier.MINUTES) == [
        (HOUR, 1.0, 3.0, 5.0, 1.0, 3),
        (HOUR + MINUTE_MS, 7.0, 7.0, 7.0, 7.0, 1),
    ]
    assert tier(store, Tier.HOURS) == [(HOUR, 1.0, 4.0, 7.0, 7.0, 4)]
    assert tier(store, Tier.MINUTES, "P-2", "pressure") == [(HOUR + MINUTE_MS, 2.0, 2.0, 2.0, 2.0, 1)]
    assert tier(store, Tier.MINUTES, "P-2", "flow") == []


def test_only_past_time_is_down_sampled_and_hours_only_whole(store: TieredStore) -> None:
    job = down_sampling(store)
    write(store, *minutely(2))

    finish(job, to=HOUR + HOUR_MS + 5 * MINUTE_MS + 59_999)

    assert len(tier(store, Tier.MINUTES)) == 65
    assert [row[0] for row in tier(store, Tier.HOURS)] == [HOUR]


def test_an_hour_that_was_begun_is_finished_later(store: TieredStore) -> None:
    job = down_sampling(store)
    write(store, *minutely(1))
    for minutes in (10, 11, 40, 60):
        finish(job, to=HOUR + minutes * MINUTE_MS)

    assert [row[-1] for row in tier(store, Tier.HOURS)] == [180]


def test_time_without_samples_is_passed_over(store: TieredStore) -> None:
    job = down_sampling(store)
    far = HOUR - 300 * DAY_MS
    write(store, good("P-1", "flow", far, 1.0), *minutely(1))

    steps = sum(job.advance(NOW) for _ in range(20))

    assert steps < 19
    assert rows(store.read_tier(Tier.HOURS, asset="P-1", point="flow", start=far, end=NOW))[0][-1] == 1
    assert [row[-1] for row in tier(store, Tier.HOURS)] == [180]


def test_a_late_sample_makes_its_minute_and_hour_anew(store: TieredStore) -> None:
    job = down_sampling(store)
    write(store, *minutely(1), good("P-2", "flow", HOUR, 1.0))
    finish(job)

    write(store, ("P-1", "flow", HOUR + 1, 1000.0, Quality.LATE))
    finish(job)

    assert tier(store, Tier.MINUTES)[0] == (HOUR, 0.0, 250.75, 1000.0, 2.0, 4)
    assert tier(store, Tier.HOURS)[0][-1] == 181
    assert tier(store, Tier.MINUTES, "P-2") == [(HOUR, 1.0, 1.0, 1.0, 1.0, 1)]


def test_a_replaced_sample_counts_once(store: TieredStore) -> None:
    job = down_sampling(store)
    write(store, good("P-1", "flow", HOUR, 1.0), good("P-1", "flow", HOUR + 1, 2.0))
    finish(job)

    write(store, good("P-1", "flow", HOUR, 5.0))
    finish(job)

    assert tier(store, Tier.MINUTES) == [(HOUR, 2.0, 3.5, 5.0, 2.0, 2)]


def test_a_good_sample_that_a_bad_one_replaces_leaves_its_bucket(store: TieredStore) -> None:
    job = down_sampling(store)
    write(store, good("P-1", "flow", HOUR, 1.0), good("P-1", "flow", HOUR + 1, 2.0))
    write(store, good("P-1", "flow", HOUR + MINUTE_MS, 3.0), good("P-1", "pressure", HOUR, 4.0))
    finish(job)

    write(
        store,
        ("P-1", "flow", HOUR, 1.0, Quality.RANGE),
        ("P-1", "flow", HOUR + MINUTE_MS, math.nan, Quality.TYPE),
    )
    finish(job)

    assert tier(store, Tier.MINUTES) == [(HOUR, 2.0, 2.0, 2.0, 2.0, 1)]
    assert tier(store, Tier.HOURS) == [(HOUR, 2.0, 2.0, 2.0, 2.0, 1)]
    assert rows(read(store, HOUR_MS)) == [(HOUR, 2.0, 2.0, 2.0, 2.0, 1)]
    assert tier(store, Tier.MINUTES, "P-1", "pressure") == [(HOUR, 4.0, 4.0, 4.0, 4.0, 1)]


def test_history_far_in_the_past_is_down_sampled(store: TieredStore) -> None:
    job = down_sampling(store)
    write(store, *minutely(1))
    finish(job)

    past = HOUR - 700 * DAY_MS
    write(store, *(("P-2", "flow", past + i * 60_000, float(i), Quality.HISTORICAL) for i in range(120)))
    finish(job)

    hours = store.read_tier(Tier.HOURS, asset="P-2", point="flow", start=past, end=past + DAY_MS)
    assert rows(hours) == [
        (past, 0.0, 29.5, 59.0, 59.0, 60),
        (past + HOUR_MS, 60.0, 89.5, 119.0, 119.0, 60),
    ]


def test_what_another_process_writes_is_made_anew(open_tiered: OpenTiered) -> None:
    store = open_tiered(PUMPS)
    write(store, *minutely(1))
    finish(down_sampling(store))
    other = open_tiered(PUMPS, down_samples=False)
    write(other, good("P-1", "flow", HOUR + 1, 1000.0))

    store = open_tiered(PUMPS)
    finish(down_sampling(store))

    assert tier(store, Tier.HOURS)[0][-1] == 181


def test_a_process_that_ends_half_way_leaves_nothing_undone(open_tiered: OpenTiered) -> None:
    store = open_tiered(PUMPS)
    job = down_sampling(store)
    write(store, *minutely(2))
    finish(job, to=HOUR + 90 * MINUTE_MS)
    write(store, good("P-1", "flow", HOUR + 1, 1000.0))

    store = open_tiered(PUMPS)
    write(store, good("P-1", "flow", HOUR + 2, 2000.0))
    finish(down_sampling(store))

    assert [row[-1] for row in tier(store, Tier.HOURS)] == [182, 180]


def test_what_is_written_while_its_hour_is_made_anew_is_not_forgotten(store: TieredStore) -> None:
    job = down_sampling(store)
    write(store, *minutely(1))
    finish(job)
    write(store, good("P-1", "flow", HOUR + 1, 1000.0))
    taken = store.take_stale(limit=10)

    write(store, good("P-1", "flow", HOUR + 2, 2000.0))
    store.tiers.settle(taken)

    assert store.tiers.stale(limit=10).assets == ("P-1",)
    finish(job)
    assert tier(store, Tier.HOURS)[0][-1] == 182
    assert len(store.tiers.stale(limit=10)) == 0


@pytest.mark.parametrize("every", [MINUTE_MS, 7 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, DAY_MS])
def test_buckets_come_from_the_tiers_where_samples_are_gone(store: TieredStore, every: int) -> None:
    job = down_sampling(store)
    write(store, *minutely(3), *minutely(3, asset="P-2", step=45_000))
    finish(job)
    whole = read(store, every)

    store.tiers.set_progress(Progress(until=NOW, raw_since=NOW))
    left = TieredStore(NothingLeft(), store.tiers, PUMPS)

    assert rows(read(left, every)) == rows(whole)
    assert whole.count.sum() == 540


def test_tiers_can_be_written_as_they_were_elsewhere(store: TieredStore) -> None:
    job = down_sampling(store)
    write(store, *minutely(1))
    finish(job)
    minutes = store.read_tier(Tier.MINUTES, asset="P-1", point="flow", start=HOUR, end=NOW)

    store.write_tier(Tier.MINUTES, asset="P-2", point="pressure", buckets=minutes)
    store.write_tier(Tier.MINUTES, asset="P-2", point="pressure", buckets=minutes)

    assert tier(store, Tier.MINUTES, "P-2", "pressure") == rows(minutes)


class Counting(NothingLeft):
    """Has no samples, and notes for what spans it is asked for their buckets."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []

    def read_buckets(self, *, start: int = 0, end: int = 0, **_: Any) -> Buckets:
        self.spans.append((start, end))
        return super().read_buckets()


def test_ninety_days_are_read_from_the_tiers(store: TieredStore) -> None:
    job = down_sampling(store)
    write(store, good("P-1", "flow", HOUR - 90 * DAY_MS, 1.0), *minutely(3))
    finish(job)
    raw = Counting()
    counting = TieredStore(raw, store.tiers, PUMPS)
    start, end = HOUR - 90 * DAY_MS - 500, NOW + 500

    hourly = read(counting, HOUR_MS, start=start, end=end)
    by_minute = read(counting, 5 * MINUTE_MS, start=start, end=end)

    assert hourly.count.sum() == by_minute.count.sum() == 541
    edges = [(start, start + 500), (NOW, end)]
    assert raw.spans == edges * 2


def test_the_last_day_is_read_from_the_samples(store: TieredStore) -> None:
    job = down_sampling(store)
    write(store, *minutely(3))
    finish(job)
    raw = Counting()

    read(TieredStore(raw, store.tiers, PUMPS), HOUR_MS)

    assert raw.spans == [(HOUR, NOW)]
