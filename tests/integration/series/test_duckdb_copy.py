"""Copies of the embedded file while it is in use."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.series.duckdb_copy import merge_log
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom_testing.disk import files_of_at_most
from plantroom_testing.series import T0, batch_of, good, opened_duckdb, read_all, table_of

PUMPS = table_of({"P-1": "pump"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDbStore]:
    with opened_duckdb(tmp_path / "samples.duckdb", PUMPS) as store:
        yield store


def noise(count: int, first: int) -> SampleBatch:
    """Return `count` samples of one point, 1 ms apart, hard to compress."""
    times = np.arange(first, first + count)
    return SampleBatch(
        point=np.zeros(count, np.int32),
        ts=times,
        value=np.random.default_rng(first).random(count),
        quality=np.zeros(count, np.uint8),
        arrived=times,
        message=np.arange(count, dtype=np.int32),
    )


def test_a_copy_answers_as_the_original_did_and_the_original_goes_on(
    store: DuckDbStore, tmp_path: Path
) -> None:
    store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0), good("P-1", "flow", T0, 2.0)]))
    store.copy_aside("it's a backup")
    store.write(batch_of(PUMPS, [good("P-1", "flow", T0 + 1, 3.0)]))

    assert read_all(store, "P-1", "flow") == [(T0, 2.0, 0), (T0 + 1, 3.0, 0)]
    with opened_duckdb(tmp_path / "it's a backup/samples.duckdb", PUMPS) as copy:
        assert read_all(copy, "P-1", "flow") == [(T0, 2.0, 0)]
        copy.write(batch_of(PUMPS, [good("P-1", "flow", T0, 4.0)]))
        assert read_all(copy, "P-1", "flow") == [(T0, 4.0, 0)]


def test_a_copy_made_under_load_holds_whole_batches_up_to_one_moment(
    store: DuckDbStore, tmp_path: Path
) -> None:
    store.write(noise(300_000, T0))
    ended = threading.Event()
    written = [0]

    def write() -> None:
        while not ended.is_set():
            store.write(noise(100, T0 + 300_000 + 100 * written[0]))
            written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not written[0]:
            time.sleep(0.01)
        before = written[0]
        store.copy_aside("backup")
        after = written[0]
    finally:
        ended.set()
        writer.join()

    batches, rest = divmod(merge_log(tmp_path / "backup/samples.duckdb") - 300_000, 100)
    assert rest == 0
    assert before <= batches <= after + 1


def test_a_full_disk_leaves_no_copy_and_the_store_works(store: DuckDbStore, tmp_path: Path) -> None:
    store.write(noise(300_000, T0))
    with files_of_at_most(400_000), pytest.raises(StoreUnavailable):
        store.copy_aside("backup")

    store.write(batch_of(PUMPS, [good("P-1", "pressure", T0, 1.0)]))

    assert read_all(store, "P-1", "pressure") == [(T0, 1.0, 0)]
    assert list((tmp_path / "backup").iterdir()) == []


def test_closing_the_store_ends_a_copy_that_is_being_made(tmp_path: Path) -> None:
    with opened_duckdb(tmp_path / "samples.duckdb", PUMPS) as store:
        for number in range(5):
            store.write(noise(500_000, T0 + 500_000 * number))
        told: list[Exception] = []

        def copy() -> None:
            try:
                store.copy_aside("backup")
            except StoreUnavailable as error:
                told.append(error)

        thread = threading.Thread(target=copy)
        thread.start()
        while not (tmp_path / "backup/samples.duckdb").exists():
            time.sleep(0.001)
        store.close()
        thread.join()

    assert "Interrupted" in str(told)
    assert list((tmp_path / "backup").iterdir()) == []


def test_the_log_a_crash_left_is_merged_into_the_file(store: DuckDbStore, tmp_path: Path) -> None:
    store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))
    crashed = tmp_path / "crashed.duckdb"
    for suffix in ("", ".wal"):
        crashed.with_name(f"crashed.duckdb{suffix}").write_bytes(
            (tmp_path / f"samples.duckdb{suffix}").read_bytes()
        )

    assert merge_log(crashed) == 1
    assert not crashed.with_name("crashed.duckdb.wal").exists()
