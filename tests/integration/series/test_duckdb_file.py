"""The embedded store's file: crashes, owners, housekeeping, a full disk."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.storage.series import duckdb_store
from plantroom.storage.series.down_sampling import DownSampling
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.tiers import DAY_MS, HOUR_MS, Retention, Tier
from plantroom_testing.disk import files_of_at_most
from plantroom_testing.series import T0, batch_of, good, opened_duckdb, read_all, table_of, tiered_duckdb

PUMPS = table_of({"P-1": "pump", "P-2": "pump"})
PRELUDE = """
import os, signal, sys
from pathlib import Path
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom_testing.series import T0, batch_of, good, table_of
table = table_of({"P-1": "pump", "P-2": "pump"})
store = DuckDbStore(Path(sys.argv[1]), table)
"""


def run(program: str, path: Path) -> subprocess.Popen[bytes]:
    """Start `program` after the prelude, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(program), path],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compact ten rows at a time."""
    monkeypatch.setattr(duckdb_store, "PIECE", 10)


def test_a_kill_right_after_a_write_returned_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "series.duckdb"
    program = """
        for i in range(50):
            store.write(batch_of(table, [good("P-1", "flow", T0 + 10 * i + j, float(i)) for j in range(10)]))
        os.kill(os.getpid(), signal.SIGKILL)
    """

    with run(program, path) as process:
        assert process.wait(60) == -signal.SIGKILL

    with opened_duckdb(path, PUMPS) as store:
        assert read_all(store, "P-1", "flow") == [(T0 + i, float(i // 10), 0) for i in range(500)]


def test_a_kill_at_any_moment_loses_nothing_that_was_told(tmp_path: Path) -> None:
    path = tmp_path / "series.duckdb"
    program = """
        import plantroom.storage.series.duckdb_store as duckdb_store
        duckdb_store.PIECE = 1000
        for i in range(10**6):
            samples = [good("P-1", "flow", T0 + 100 * i + j, float(i)) for j in range(100)]
            store.write(batch_of(table, samples))
            if i % 7 == 6:
                store.compact()
            print(i, flush=True)
    """
    told = -1
    for round_ in range(3):
        process = run(program, path)
        assert process.stdout is not None
        for _ in range(17 + 23 * round_):
            told = max(told, int(process.stdout.readline()))
        process.kill()
        told = max([told, *map(int, process.stdout.read().splitlines())])
        process.wait(60)
        process.stdout.close()

    with opened_duckdb(path, PUMPS) as store:
        samples = read_all(store, "P-1", "flow")
    assert samples[: 100 * (told + 1)] == [(T0 + i, float(i // 100), 0) for i in range(100 * (told + 1))]
    assert len(samples) in {100 * (told + 1), 100 * (told + 2)}


def test_a_second_process_is_told_who_owns_the_file(tmp_path: Path) -> None:
    path = tmp_path / "series.duckdb"
    owner = run('print("open", flush=True); sys.stdin.read()', path)
    assert owner.stdout is not None
    owner.stdout.readline()

    with pytest.raises(StoreUnavailable, match=r"one owner, `plantroom up`; other processes need --influx"):
        DuckDbStore(path, PUMPS)

    owner.kill()
    owner.wait(60)
    owner.stdout.close()
    with opened_duckdb(path, PUMPS) as store:
        assert read_all(store, "P-1", "flow") == []


def test_a_file_that_is_something_else_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "series.duckdb"
    path.write_bytes(b"not a database" * 1000)

    with pytest.raises(StoreUnavailable, match=str(path)):
        DuckDbStore(path, PUMPS)


def test_compacting_keeps_what_arrived_last(tmp_path: Path, small_pieces: None) -> None:
    with opened_duckdb(tmp_path / "series.duckdb", PUMPS) as store:
        for value in range(7):
            samples = [good("P-1", "flow", T0 + i, float(value)) for i in range(4)]
            store.write(batch_of(PUMPS, [*samples, ("P-2", "flow", T0, float("nan"), Quality.TYPE)]))
            store.compact()

            assert read_all(store, "P-1", "flow") == [(T0 + i, float(value), 0) for i in range(4)]
            assert read_all(store, "P-2", "flow") == [(T0, None, 18)]


def test_compacting_removes_what_was_replaced(tmp_path: Path, small_pieces: None) -> None:
    with opened_duckdb(tmp_path / "series.duckdb", PUMPS) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0 + i % 2, float(i)) for i in range(20)]))

        store.compact()

        assert store.count_rows() == 4
        assert read_all(store, "P-1", "flow") == [(T0, 18.0, 0), (T0 + 1, 19.0, 0)]


def test_compacting_waits_for_enough_rows(tmp_path: Path, small_pieces: None) -> None:
    with opened_duckdb(tmp_path / "series.duckdb", PUMPS) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, float(i)) for i in range(9)]))

        store.compact()

        assert store.count_rows() == 9


def test_arrivals_after_a_restart_come_after_all_compacted_ones(tmp_path: Path, small_pieces: None) -> None:
    path = tmp_path / "series.duckdb"
    with opened_duckdb(path, PUMPS) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, float(i)) for i in range(10)]))
        store.compact()

    with opened_duckdb(path, PUMPS) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 99.0)]))

        assert read_all(store, "P-1", "flow") == [(T0, 99.0, 0)]


def test_writing_goes_on_while_another_thread_compacts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_store, "PIECE", 1000)
    with opened_duckdb(tmp_path / "series.duckdb", PUMPS) as store:
        done = threading.Event()

        def compact() -> None:
            while not done.is_set():
                store.compact()

        compacting = threading.Thread(target=compact)
        compacting.start()
        for i in range(200):
            store.write(batch_of(PUMPS, [good("P-1", "flow", T0 + 50 * i + j, float(i)) for j in range(100)]))
        done.set()
        compacting.join()

        assert read_all(store, "P-1", "flow") == [
            (T0 + i, float(min(i // 50, 199)), 0) for i in range(200 * 50 + 50)
        ]


def test_the_log_is_merged_into_the_file_while_the_store_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "series.duckdb"
    count = 50_000
    with opened_duckdb(path, PUMPS) as store:
        for i in range(40):
            store.write(many(count, T0 + i * count))

        assert path.with_suffix(".duckdb.wal").stat().st_size < 40_000_000
        assert path.stat().st_size > 1_000_000


def test_space_of_what_was_dropped_is_used_again(tmp_path: Path) -> None:
    path = tmp_path / "series.duckdb"
    count, sizes = 100_000, []
    with opened_duckdb(path, PUMPS) as store:
        for i in range(30):
            store.write(many(count, T0 + i * count))
            store.drop_before(T0 + (i - 4) * count)
            sizes.append(path.stat().st_size)

    assert max(sizes[20:]) <= max(sizes[:20])


def test_a_full_disk_is_unavailable_and_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "series.duckdb"
    with opened_duckdb(path, PUMPS) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))
        with files_of_at_most(400_000), pytest.raises(StoreUnavailable, match=str(path)):
            store.write(many(200_000, T0 + 10**6))

        assert store.write(batch_of(PUMPS, [good("P-1", "flow", T0 - 1, 2.0)])) == ()

        assert read_all(store, "P-1", "flow") == [(T0 - 1, 2.0, 0), (T0, 1.0, 0)]


def many(count: int, first: int) -> SampleBatch:
    """Return `count` samples of one point, 1 ms apart, hard to compress."""
    return SampleBatch(
        point=np.zeros(count, np.int32),
        ts=np.arange(first, first + count),
        value=np.random.default_rng(first).random(count),
        quality=np.zeros(count, np.uint8),
        arrived=np.arange(first, first + count),
        message=np.arange(count, dtype=np.int32),
    )


def test_what_is_older_is_dropped_and_can_be_written_again(tmp_path: Path) -> None:
    with opened_duckdb(tmp_path / "series.duckdb", PUMPS) as store:
        store.drop_before(T0)
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0 + i, float(i)) for i in range(4)]))

        store.drop_before(T0 + 2)
        kept = read_all(store, "P-1", "flow")
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 9.0)]))

        assert kept == [(T0 + 2, 2.0, 0), (T0 + 3, 3.0, 0)]
        assert read_all(store, "P-1", "flow") == [(T0, 9.0, 0), *kept]


def test_what_is_down_sampled_outlasts_its_samples(tmp_path: Path) -> None:
    hour = T0 - T0 % HOUR_MS
    with closing(tiered_duckdb(tmp_path / "series.duckdb", PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", hour + i * 1000, float(i)) for i in range(3600)]))
        job = DownSampling(store, points=len(PUMPS))
        days = Retention(raw=DAY_MS, minutes=2 * DAY_MS, hours=3 * DAY_MS)
        kept = []
        for day in range(5):
            now = hour + HOUR_MS + day * DAY_MS
            job.prepare(days, now=now)
            job.advance(now)
            if day:
                store.write(batch_of(PUMPS, [good("P-1", "flow", hour, 1e6)]))
            while job.mend():
                pass
            job.forget(days, now=now)
            span: dict[str, Any] = {"asset": "P-1", "point": "flow", "start": hour, "end": hour + HOUR_MS}
            minutes, hours = (store.read_tier(tier, **span) for tier in Tier)
            kept.append((len(read_all(store, "P-1", "flow")), len(minutes), hours.count.tolist()))

    assert kept == [(3600, 60, [3600]), (0, 60, [3600]), (0, 0, [3600]), (0, 0, []), (0, 0, [])]
