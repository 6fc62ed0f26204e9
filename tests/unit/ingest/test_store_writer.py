"""The journal's samples reach the store in order, none left out, however often it is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Asset, Point, Site
from plantroom.ingest import store_writer
from plantroom.ingest.store_writer import StoreWriter, load_cursor
from plantroom.storage.journal import Journal
from plantroom.storage.series.port import Rejection

TABLE = PointTable(
    (Site(id="s", assets=(Asset(id="P-1", asset_class="pump", points=(Point(name="flow"),)),)),)
)


class FakeStore:
    """Takes batches, or is away, or refuses rows."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.sizes: list[int] = []
        self.away = 0
        self.retry_after = 0.0
        self.refuse = False

    def write(self, batch: SampleBatch) -> tuple[Rejection, ...]:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("connection refused", retry_after=self.retry_after)
        self.sizes.append(len(batch))
        self.values += batch.value.tolist()
        if self.refuse:
            return (Rejection(rows=np.array([0]), reason="points beyond retention policy"),)
        return ()


def sample(value: float) -> SampleBatch:
    return SampleBatch(
        point=np.zeros(1, np.int32),
        ts=np.array([int(value)], np.int64),
        value=np.array([value]),
        quality=np.zeros(1, np.uint8),
        arrived=np.array([int(value)], np.int64),
        message=np.zeros(1, np.int32),
    )


@asynccontextmanager
async def writing(folder: Path, store: FakeStore) -> AsyncIterator[tuple[Journal, StoreWriter, list[str]]]:
    journal = Journal(folder / "journal", TABLE)
    refused: list[str] = []
    writer = StoreWriter(
        journal=journal,
        store=store,  # type: ignore[arg-type]  # what is written is all that is asked of it here
        cursor=folder / "stored",
        on_rejected=lambda _, rejections: refused.extend(rejection.reason for rejection in rejections),
    )
    try:
        yield journal, writer, refused
    finally:
        writer.close()
        journal.close()


def append(journal: Journal, *values: float) -> None:
    for value in values:
        journal.append(now=int(value), batch=sample(value))


async def test_samples_arrive_in_order(tmp_path: Path) -> None:
    store = FakeStore()
    async with writing(tmp_path, store) as (journal, writer, _):
        append(journal, 1, 2, 3)

        await writer.drain()

    assert store.values == [1, 2, 3]
    assert load_cursor(tmp_path / "stored") == 3


async def test_nothing_is_lost_or_reordered_while_the_store_is_away(tmp_path: Path) -> None:
    store = FakeStore()
    async with writing(tmp_path, store) as (journal, writer, _):
        append(journal, 1, 2)
        store.away = 2
        there = [await writer.write_some(), await writer.write_some()]
        append(journal, 3)
        since = writer.away_for
        there.append(await writer.write_some())

        assert there == [False, False, True]
        assert since is not None
        assert writer.away_for is None
    assert store.values == [1, 2, 3]


async def test_a_restart_goes_on_where_the_store_was(tmp_path: Path) -> None:
    store = FakeStore()
    async with writing(tmp_path, store) as (journal, writer, _):
        append(journal, 1, 2)
        await writer.drain()

    async with writing(tmp_path, store) as (journal, writer, _):
        append(journal, 3)
        await writer.drain()

    assert store.values == [1, 2, 3]


async def test_an_unreadable_cursor_writes_again_what_is_kept(tmp_path: Path) -> None:
    store = FakeStore()
    async with writing(tmp_path, store) as (journal, writer, _):
        append(journal, 1)
        await writer.drain()
    (tmp_path / "stored").write_text("??")

    async with writing(tmp_path, store) as (_, writer, _):
        await writer.drain()

    assert store.values == [1, 1]


async def test_what_the_store_will_never_take_is_told_and_does_not_block(tmp_path: Path) -> None:
    store = FakeStore()
    store.refuse = True
    async with writing(tmp_path, store) as (journal, writer, refused):
        append(journal, 1, 2)

        await writer.drain()

        assert refused == ["points beyond retention policy"]
        assert writer.samples == 1
        assert writer.stored == 2


async def test_it_runs_by_itself_and_recovers(tmp_path: Path) -> None:
    store = FakeStore()
    store.away = 1
    async with writing(tmp_path, store) as (journal, writer, _):
        task = asyncio.create_task(writer.run())
        append(journal, 1, 2)

        async with asyncio.timeout(30):
            while store.values != [1, 2]:
                await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_cursor_of_a_journal_that_was_taken_away_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "stored").write_text("500")
    store = FakeStore()
    async with writing(tmp_path, store) as (journal, writer, _):
        append(journal, 1, 2)

        await writer.drain()

    assert store.values == [1, 2]


async def test_a_disk_that_does_not_take_the_cursor_does_not_stop_the_writing(tmp_path: Path) -> None:
    (tmp_path / "stored.new").mkdir()
    store = FakeStore()
    async with writing(tmp_path, store) as (journal, writer, _):
        append(journal, 1, 2)

        await writer.drain()

    assert store.values == [1, 2]


async def test_writes_shrink_while_the_store_fails_and_grow_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_writer, "_FEWEST_SAMPLES", 2)
    monkeypatch.setattr(store_writer, "_MOST_SAMPLES", 8)
    store = FakeStore()
    async with writing(tmp_path, store) as (journal, writer, _):
        append(journal, *range(40))
        for _ in range(4):
            await writer.write_some()
        store.away = 2
        for _ in range(6):
            await writer.write_some()

    assert store.sizes == [2, 4, 8, 8, 2, 4, 8, 4]
    assert store.values == [float(value) for value in range(40)]


async def test_a_store_is_left_alone_for_as_long_as_it_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", sleep)
    store = FakeStore()
    store.away, store.retry_after = 2, 7.0
    async with writing(tmp_path, store) as (journal, writer, _):
        append(journal, 1)
        with pytest.raises(asyncio.CancelledError):
            await writer.run()

    assert all(7.0 < pause <= 8.0 for pause in pauses[:2])
    assert pauses[2] < 1.0
