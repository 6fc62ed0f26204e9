"""The journal keeps what was appended, in order, through crashes, full disks and changed site files."""

import os
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.errors import SpoolBroken, SpoolFull
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Asset, Point, Site
from plantroom.storage.journal import Journal, Record, segment


def table(*assets: str, points: tuple[str, ...] = ("flow", "pressure")) -> PointTable:
    declared = tuple(
        Asset(id=asset, asset_class="pump", points=tuple(Point(name=name) for name in points))
        for asset in assets
    )
    return PointTable((Site(id="s", assets=declared),))


@pytest.fixture
def opened() -> Iterator[Callable[..., Journal]]:
    """Open journals that are closed at the end."""
    with ExitStack() as stack:

        def open_journal(folder: Path, points: PointTable, **limits: int) -> Journal:
            return stack.enter_context(closing(Journal(folder, points, **limits)))

        yield open_journal


def batch(*values: float, point: int = 0) -> SampleBatch:
    n = len(values)
    return SampleBatch(
        point=np.full(n, point, np.int32),
        ts=np.arange(n, dtype=np.int64) + 1_763_750_000_000,
        value=np.array(values, np.float64),
        quality=np.zeros(n, np.uint8),
        arrived=np.arange(n, dtype=np.int64),
        message=np.arange(n, dtype=np.int32),
    )


def read_all(journal: Journal, after: int = 0) -> list[Record]:
    reader = journal.reader(after=after)
    records: list[Record] = []
    while reader.position < journal.last:
        records += reader.read(max_samples=10)
    reader.close()
    return records


def values(records: list[Record]) -> list[list[float]]:
    return [record.batch.value.tolist() for record in records]


def test_what_was_appended_is_read_back_after_reopening(
    tmp_path: Path, opened: Callable[..., Journal]
) -> None:
    journal = opened(tmp_path, table("P-1"))
    journal.append(now=100, batch=batch(1.0, float("nan"), -0.0), notes=b"note")
    journal.append(now=200, batch=SampleBatch.empty())
    journal.close()

    records = read_all(opened(tmp_path, table("P-1")))

    assert [(record.sequence, record.now, record.notes) for record in records] == [
        (1, 100, b"note"),
        (2, 200, b""),
    ]
    np.testing.assert_array_equal(records[0].batch.value, [1.0, np.nan, -0.0])


def test_the_clock_of_the_last_record_is_known_after_reopening(
    tmp_path: Path, opened: Callable[..., Journal]
) -> None:
    journal = opened(tmp_path, table("P-1"))
    journal.append(now=100, batch=batch(1.0))
    journal.append(now=250, batch=SampleBatch.empty())
    journal.close()

    assert opened(tmp_path, table("P-1")).last_now == 250


def test_a_reader_sees_only_what_is_durable(tmp_path: Path, opened: Callable[..., Journal]) -> None:
    journal = opened(tmp_path, table("P-1"))
    journal.append(now=1, batch=batch(1.0))
    journal.append(now=2, batch=batch(2.0), sync=False)

    before = values(read_all(journal))
    journal.sync()

    assert before == [[1.0]]
    assert values(read_all(journal)) == [[1.0], [2.0]]


@given(cut=st.integers(1, 400))
def test_a_half_written_tail_is_cut_off_and_what_was_durable_before_it_stays(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder, table("P-1"))
    for value in range(5):
        journal.append(now=value + 1, batch=batch(float(value), float(value)))
    journal.close()
    (path,) = segment.find(folder)
    size = path.stat().st_size
    os.truncate(path, max(0, size - cut))

    with closing(Journal(folder, table("P-1"))) as reopened:
        kept = values(read_all(reopened))
        reopened.append(now=99, batch=batch(99.0))
        everything = values(read_all(reopened))

    assert kept == [[float(value)] * 2 for value in range(len(kept))]
    assert everything == [*kept, [99.0]]


def test_a_flipped_byte_in_the_tail_is_noticed(tmp_path: Path, opened: Callable[..., Journal]) -> None:
    journal = opened(tmp_path, table("P-1"))
    journal.append(now=1, batch=batch(1.0))
    journal.append(now=2, batch=batch(2.0))
    journal.close()
    (path,) = segment.find(tmp_path)
    data = bytearray(path.read_bytes())
    data[-5] ^= 0xFF
    path.write_bytes(data)

    assert values(read_all(opened(tmp_path, table("P-1")))) == [[1.0]]


def test_records_span_segments_and_segments_that_all_have_read_are_dropped(
    tmp_path: Path, opened: Callable[..., Journal]
) -> None:
    journal = opened(tmp_path, table("P-1"), segment_bytes=200)
    for value in range(20):
        journal.append(now=value + 1, batch=batch(float(value)))
    everything = values(read_all(journal))

    journal.drop_through(10)

    assert everything == [[float(value)] for value in range(20)]
    assert values(read_all(journal, after=10)) == [[float(value)] for value in range(10, 20)]
    assert segment.first_sequence(segment.find(tmp_path)[0]) <= 11
    assert journal.size == sum(path.stat().st_size for path in segment.find(tmp_path))


def test_a_reader_follows_into_the_next_segment(tmp_path: Path, opened: Callable[..., Journal]) -> None:
    journal = opened(tmp_path, table("P-1"), segment_bytes=150)
    reader = journal.reader(after=0)
    seen = []
    for value in range(10):
        journal.append(now=1, batch=batch(float(value)))
        seen += values(list(reader.read(max_samples=10)))
    reader.close()

    assert seen == [[float(value)] for value in range(10)]


def test_a_full_spool_refuses_and_goes_on_when_something_was_dropped(
    tmp_path: Path, opened: Callable[..., Journal]
) -> None:
    journal = opened(tmp_path, table("P-1"), max_bytes=1000, segment_bytes=300)
    while journal.size + 100 < 1000:
        journal.append(now=1, batch=batch(1.0))
    kept = journal.last

    with pytest.raises(SpoolFull, match="of 1000 bytes"):
        journal.append(now=1, batch=batch(*[2.0] * 10))
    journal.drop_through(kept)
    journal.append(now=2, batch=batch(77.0))

    assert values(read_all(journal, after=kept)) == [[77.0]]


def test_room_is_left_on_the_disk_for_others(
    tmp_path: Path, opened: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    Disk = namedtuple("Disk", "f_bavail f_frsize f_blocks")  # noqa: PYI024 - stands in for os.statvfs_result
    monkeypatch.setattr(os, "statvfs", lambda _: Disk(f_bavail=19, f_frsize=1, f_blocks=100))
    journal = opened(tmp_path, table("P-1"))

    with pytest.raises(SpoolFull, match="20 are reserved"):
        journal.append(now=1, batch=batch(1.0))


def test_a_failed_sync_keeps_nothing_and_the_next_append_does(
    tmp_path: Path, opened: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(tmp_path, table("P-1"))
    journal.append(now=1, batch=batch(1.0))

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", fail)
        with pytest.raises(SpoolBroken, match="Input/output error"):
            journal.append(now=2, batch=batch(2.0))
    journal.append(now=3, batch=batch(3.0))
    journal.close()

    assert values(read_all(opened(tmp_path, table("P-1")))) == [[1.0], [3.0]]


def test_another_site_file_renumbers_and_leaves_out_removed_points(
    tmp_path: Path, opened: Callable[..., Journal]
) -> None:
    journal = opened(tmp_path, table("P-1", "P-2"))
    journal.append(now=1, batch=batch(1.0, point=0))
    journal.append(now=2, batch=batch(2.0, point=3))
    journal.close()

    changed = opened(tmp_path, table("P-0", "P-2"))
    records = read_all(changed)

    assert [len(record.batch) for record in records] == [0, 1]
    assert changed.table.keys[records[1].batch.point[0]] == ("P-2", "pressure")


def test_sequences_go_on_when_the_files_were_taken_away(
    tmp_path: Path, opened: Callable[..., Journal]
) -> None:
    journal = opened(tmp_path, table("P-1"), start=500)

    sequence = journal.append(now=1, batch=batch(1.0))

    assert sequence == 501
    assert values(read_all(journal, after=500)) == [[1.0]]


def test_a_file_of_another_kind_is_named(tmp_path: Path, opened: Callable[..., Journal]) -> None:
    (tmp_path / segment.name(1)).write_bytes(b"something else entirely")

    with pytest.raises(SpoolBroken, match="not a journal segment"):
        opened(tmp_path, table("P-1"))


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["append", "append_unsynced", "reopen", "drop"]), st.integers(0, 5)),
        max_size=40,
    )
)
def test_any_history_reads_back_as_it_was_written(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder, table("P-1"), segment_bytes=250)
    written: list[list[float]] = []
    dropped = 0
    for step, (action, count) in enumerate(steps):
        if action.startswith("append"):
            sample = [float(step)] * count
            journal.append(now=step + 1, batch=batch(*sample), sync=action == "append")
            written.append(sample)
        elif action == "reopen":
            journal.close()
            journal = Journal(folder, table("P-1"), segment_bytes=250)
        else:
            dropped = max(dropped, journal.last // 2)
            journal.drop_through(dropped)
    journal.sync()

    kept = values(read_all(journal, after=dropped))

    assert kept == written[dropped:]
    journal.close()


def test_a_record_that_a_killed_process_had_not_synced_is_synced_before_it_counts(
    tmp_path: Path, opened: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(tmp_path, table("P-1"))
    journal.append(now=1, batch=batch(1.0), sync=False)
    synced: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    reopened = opened(tmp_path, table("P-1"))

    assert reopened.last == 1
    assert str(tmp_path / segment.name(1)) in synced


def test_folders_and_segments_are_there_after_a_power_cut(
    tmp_path: Path, opened: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    opened(tmp_path / "data" / "journal", table("P-1")).append(now=1, batch=batch(1.0))

    assert {str(tmp_path), str(tmp_path / "data"), str(tmp_path / "data" / "journal")} <= set(synced)


def test_a_small_spool_that_was_full_has_room_again_once_all_have_read(
    tmp_path: Path, opened: Callable[..., Journal]
) -> None:
    journal = opened(tmp_path, table("P-1"), max_bytes=20_000)
    while journal.size + 100 < 20_000:
        journal.append(now=1, batch=batch(1.0))
    with pytest.raises(SpoolFull):
        journal.append(now=1, batch=batch(*[2.0] * 10))

    journal.drop_through(journal.last)

    assert journal.append(now=2_000, batch=batch(77.0)) > 1
    assert journal.size < 5_000


def test_what_is_appended_after_a_failed_sync_of_ticks_survives_the_loss_of_those_ticks(
    tmp_path: Path, opened: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(tmp_path, table("P-1"))
    journal.append(now=1, batch=batch(1.0))
    journal.append(now=2, batch=SampleBatch.empty(), sync=False)

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", fail)
        with pytest.raises(SpoolBroken):
            journal.sync()
    tick_lost = segment.find(tmp_path)[-1]
    journal.append(now=3, batch=batch(3.0))
    journal.close()
    size = tick_lost.stat().st_size
    with tick_lost.open("r+b") as file:  # the page that was not written is empty after a power cut
        file.seek(size - 20)
        file.write(bytes(20))

    assert values(read_all(opened(tmp_path, table("P-1")))) == [[1.0], [3.0]]


def test_a_record_that_failed_and_is_there_again_after_a_power_cut_hides_nothing(
    tmp_path: Path, opened: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(tmp_path, table("P-1"))
    journal.append(now=1, batch=batch(1.0))

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", fail)
        patched.setattr(segment, "cut", fail)
        with pytest.raises(SpoolBroken):
            journal.append(now=2, batch=batch(2.0))
    journal.append(now=3, batch=batch(3.0))
    journal.close()

    assert values(read_all(opened(tmp_path, table("P-1")))) == [[1.0], [3.0]]


def test_a_segment_whose_content_a_power_cut_took_is_begun_again(
    tmp_path: Path, opened: Callable[..., Journal]
) -> None:
    (tmp_path / segment.name(1)).write_bytes(bytes(4096))

    journal = opened(tmp_path, table("P-1"))
    journal.append(now=1, batch=batch(1.0))

    assert values(read_all(journal)) == [[1.0]]
