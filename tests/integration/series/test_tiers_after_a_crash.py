"""A pipeline that is killed between the store and its own notes leaves tiers as the samples say."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.ingest.store_writer import StoreWriter, load_cursor, save_cursor
from plantroom.storage.journal import Journal
from plantroom.storage.series.down_sampling import DownSampling
from plantroom.storage.series.port import Rejection
from plantroom.storage.series.tiered_store import TieredStore
from plantroom.storage.series.tiers import HOUR_MS, Retention, Tier
from plantroom_testing.series import T0, NothingLeft, OpenTiered, Sample, batch_of, good, table_of

PUMPS = table_of({"P-1": "pump", "P-2": "pump"})
HOUR = T0 - T0 % HOUR_MS
NOW = HOUR + 2 * HOUR_MS


@contextmanager
def pipeline(folder: Path, store: TieredStore) -> Iterator[tuple[Journal, StoreWriter]]:
    journal = Journal(folder / "journal", PUMPS)
    writer = StoreWriter(
        journal=journal, store=store, cursor=folder / "stored", on_rejected=lambda *_: pytest.fail("refused")
    )
    try:
        yield journal, writer
    finally:
        writer.close()
        journal.close()


def keep(journal: Journal, *samples: Sample) -> None:
    journal.append(now=NOW, batch=batch_of(PUMPS, samples))


def down_sample(store: TieredStore) -> None:
    job = DownSampling(store, points=len(PUMPS))
    job.prepare(Retention(raw=None, minutes=None, hours=None), now=NOW)
    while job.advance(NOW):
        pass
    while job.mend():
        pass


class Away(NothingLeft):
    """A store that takes nothing."""

    def write(self, _: SampleBatch) -> tuple[Rejection, ...]:
        raise StoreUnavailable("killed")


def hour(store: TieredStore, asset: str = "P-1") -> tuple[list[int], list[float]]:
    """Return count and last of an asset's first hour, once nothing of it is read from the samples."""
    assert store.tiers.stale_hours(asset=asset, start=HOUR, end=NOW).tolist() == []
    found = store.read_tier(Tier.HOURS, asset=asset, point="flow", start=HOUR, end=HOUR + HOUR_MS)
    return found.count.tolist(), found.last.tolist()


def test_samples_that_are_written_twice_count_once(open_tiered: OpenTiered, tmp_path: Path) -> None:
    store = open_tiered(PUMPS)
    with pipeline(tmp_path, store) as (journal, writer):
        keep(journal, *(good("P-1", "flow", HOUR + i * 10_000, float(i)) for i in range(30)))
        asyncio.run(writer.drain())
        down_sample(store)
        keep(journal, ("P-1", "flow", HOUR + 1, 99.0, Quality.LATE), good("P-2", "flow", HOUR, 1.0))
        before = load_cursor(tmp_path / "stored")
        asyncio.run(writer.drain())
    save_cursor(tmp_path / "stored", before)

    store = open_tiered(PUMPS)
    with pipeline(tmp_path, store) as (journal, writer):
        keep(journal, good("P-1", "flow", HOUR + HOUR_MS - 1, 7.0))
        asyncio.run(writer.drain())
        down_sample(store)

        assert hour(store) == ([32], [7.0])
        assert hour(store, "P-2") == ([1], [1.0])


def test_what_was_marked_and_never_written_harms_nothing(open_tiered: OpenTiered, tmp_path: Path) -> None:
    store = open_tiered(PUMPS)
    with pipeline(tmp_path, store) as (journal, writer):
        keep(journal, *(good("P-1", "flow", HOUR + i * 10_000, float(i)) for i in range(30)))
        asyncio.run(writer.drain())
        down_sample(store)
    killed = TieredStore(Away(), store.tiers, PUMPS, down_samples=True)
    with pytest.raises(StoreUnavailable):
        killed.write(batch_of(PUMPS, [good("P-1", "flow", HOUR + 1, 5.0)]))
    marked = store.tiers.stale(limit=9).assets

    store = open_tiered(PUMPS)
    down_sample(store)

    assert marked == ("P-1",)
    assert hour(store) == ([30], [29.0])


def test_a_piece_that_was_made_and_not_noted_is_made_again(open_tiered: OpenTiered, tmp_path: Path) -> None:
    store = open_tiered(PUMPS)
    with pipeline(tmp_path, store) as (journal, writer):
        keep(journal, *(good("P-1", "flow", HOUR + i * 10_000, float(i)) for i in range(30)))
        asyncio.run(writer.drain())
        down_sample(store)
        noted = store.tiers.progress()
        assert noted is not None
        store.tiers.set_progress(type(noted)(until=HOUR, raw_since=noted.raw_since))
        keep(journal, ("P-1", "flow", HOUR + 290_000, 5.0, Quality.RANGE))

    store = open_tiered(PUMPS)
    with pipeline(tmp_path, store) as (_, writer):
        asyncio.run(writer.drain())
        down_sample(store)

        assert hour(store) == ([29], [28.0])
