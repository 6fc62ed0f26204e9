"""History as files: what rows mean, which are rejected, going on after a stop, the same bytes again."""

import gzip
from collections.abc import Iterator
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.domain.site import Asset, Point, Site, ValueType
from plantroom.simulators.replay.cells import time_reader
from plantroom.storage.history_files import csv_rows, parquet_rows
from plantroom.storage.history_files.block import Block, Reading
from plantroom.storage.history_files.csv_rows import csv_blocks
from plantroom.storage.history_files.parquet_rows import parquet_blocks
from plantroom.storage.history_files.progress import Progress
from plantroom.storage.history_files.rejects import write_rejects
from plantroom.storage.history_files.taking import count, take
from plantroom.storage.history_files.writer import HistoryWriter
from plantroom.storage.recordings import FORMATS, RecordingUnreadable, RecordingUnwritable
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.port import Series
from plantroom_testing.series import rows_of

POINTS = (
    Point(name="flow", unit="m3/h", low=0, high=100),
    Point(name="mode", value_type=ValueType.STATE, states=("off", "auto")),
    Point(name="running", value_type=ValueType.BOOLEAN),
)
TABLE = PointTable(
    (Site(id="s", assets=tuple(Asset(id=id_, asset_class="pump", points=POINTS) for id_ in ("P-1", "P-2"))),)
)
TS = 1_763_750_000_000
T = "2025-11-21T18:33:20.000Z"
Sample = tuple[str, str, int, float | None, str]


def reading(
    *, zone: tzinfo = UTC, time: str = "iso", factor: float = 1.0, decimal_comma: bool = False
) -> Reading:
    return Reading(
        table=TABLE,
        read_time=time_reader(time, zone),
        plain_utc=time == "iso",
        scale=np.full(len(TABLE), factor),
        offset=np.zeros(len(TABLE)),
        decimal_comma=decimal_comma,
    )


def written(folder: Path, *lines: str, header: str = "ts,asset,point,value") -> Path:
    path = folder / "history.csv"
    path.write_text("\n".join((header, *lines, "")), encoding="utf-8")
    return path


def samples_of(blocks: Iterator[Block]) -> list[Sample]:
    found = []
    for block in blocks:
        samples = block.samples(TABLE)
        found += [
            (*TABLE.keys[point], ts, None if np.isnan(value) else value, Quality(quality).label)
            for point, ts, value, quality in zip(
                samples.point.tolist(),
                samples.ts.tolist(),
                samples.value.tolist(),
                samples.quality.tolist(),
                strict=True,
            )
        ]
    return found


def rejects_of(blocks: Iterator[Block]) -> list[tuple[int, str]]:
    return [(each.line, each.reason) for block in blocks for each in block.rejects]


class TestCsv:
    def test_a_row_without_a_quality_is_history(self, tmp_path: Path) -> None:
        file = written(tmp_path, f"{T},P-1,flow,1.5")

        assert samples_of(csv_blocks(file, reading())) == [("P-1", "flow", TS, 1.5, "historical")]

    def test_a_value_out_of_range_is_marked_as_such(self, tmp_path: Path) -> None:
        file = written(tmp_path, f"{T},P-1,flow,101", f"{T},P-2,flow,inf")

        assert [each[4] for each in samples_of(csv_blocks(file, reading()))] == ["range", "not_a_number"]

    def test_a_quality_that_is_said_holds(self, tmp_path: Path) -> None:
        header = "ts,asset,point,value,quality"
        file = written(tmp_path, f"{T},P-1,flow,1.5,good", f"{T},P-2,flow,,type", header=header)

        assert samples_of(csv_blocks(file, reading())) == [
            ("P-1", "flow", TS, 1.5, "good"),
            ("P-2", "flow", TS, None, "type"),
        ]

    def test_columns_may_be_in_any_order_and_others_beside_them(self, tmp_path: Path) -> None:
        file = written(tmp_path, f'7,flow,"P, 1",{T}', f"8,flow,P-1,{T}", header="Value,Point,Asset,TS")

        assert samples_of(csv_blocks(file, reading())) == [("P-1", "flow", TS, 8.0, "historical")]

    @pytest.mark.parametrize(
        ("cell", "point", "number"),
        [
            ("auto", "mode", 1.0),
            ("1", "mode", 1.0),
            ("true", "running", 1.0),
            ("False", "running", 0.0),
            (" 2.5e1 ", "flow", 25.0),
        ],
    )
    def test_values_are_numbers_words_and_states(
        self, tmp_path: Path, cell: str, point: str, number: float
    ) -> None:
        file = written(tmp_path, f"{T},P-1,{point},{cell}")

        assert samples_of(csv_blocks(file, reading()))[0][3] == number

    def test_a_missing_value_is_left_out_and_counted(self, tmp_path: Path) -> None:
        file = written(tmp_path, f"{T},P-1,flow,", f"{T},P-2,flow,NaN", f"{T},P-2,flow,3")

        (block,) = csv_blocks(file, reading())

        assert (len(block), block.without_value, block.rejects) == (1, 2, [])

    def test_rows_that_cannot_be_read_are_named_and_the_others_are_taken(self, tmp_path: Path) -> None:
        file = written(
            tmp_path,
            f"{T},P-1,flow,1",
            f"{T},P-9,flow,1",
            "yesterday,P-1,flow,1",
            f"{T},P-1,flow,1_0",
            f"{T},P-1,flow",
            "",
            f"{T},P-1,mode,broken",
            f"{T},P-2,flow,2",
        )

        assert [each[3] for each in samples_of(csv_blocks(file, reading()))] == [1.0, 2.0]
        assert rejects_of(csv_blocks(file, reading())) == [
            (6, "has 3 cells, the first line 4"),
            (3, "the site files have no point 'flow' of an asset 'P-9'"),
            (4, "is no ISO 8601 time: 'yesterday'"),
            (5, "value is no number: '1_0'"),
            (8, "value is no number: 'broken'"),
        ]

    def test_an_unknown_quality_is_rejected(self, tmp_path: Path) -> None:
        file = written(tmp_path, f"{T},P-1,flow,1,nice", header="ts,asset,point,value,quality")

        assert rejects_of(csv_blocks(file, reading()))[0][1].startswith("quality must be one of good, late")

    @pytest.mark.parametrize(
        ("time", "cell", "zone"),
        [
            ("iso", "2025-11-22 02:33:20", ZoneInfo("Asia/Shanghai")),
            ("iso", "2025-11-22T02:33:20+08:00", UTC),
            ("epoch", "1763750000", UTC),
            ("epoch-ms", "1763750000000", UTC),
            ("%d.%m.%Y %H:%M:%S", "21.11.2025 18:33:20", UTC),
        ],
    )
    def test_times_are_of_the_zone_and_the_form_that_are_said(
        self, tmp_path: Path, time: str, cell: str, zone: tzinfo
    ) -> None:
        file = written(tmp_path, f"{cell},P-1,flow,1")

        assert samples_of(csv_blocks(file, reading(time=time, zone=zone)))[0][2] == TS

    def test_values_are_brought_into_the_unit_of_their_point(self, tmp_path: Path) -> None:
        file = written(tmp_path, f"{T},P-1,flow,1000", f"{T},P-1,flow,1000 ")

        assert {each[3] for each in samples_of(csv_blocks(file, reading(factor=0.06)))} == {60.0}

    def test_a_comma_may_be_the_decimal_point(self, tmp_path: Path) -> None:
        file = written(tmp_path, f'{T},P-1,flow,"1,5"')

        assert samples_of(csv_blocks(file, reading(decimal_comma=True)))[0][3] == 1.5

    def test_plain_rows_mean_the_same_as_others(self, tmp_path: Path) -> None:
        times = [f"2025-11-21T18:33:2{second}.125Z" for second in range(8)]
        rows = [f"{ts},P-{number % 2 + 1},flow,{number / 3!r}" for number, ts in enumerate(times)]

        plain = samples_of(csv_blocks(written(tmp_path, *rows), reading()))
        slow = samples_of(csv_blocks(written(tmp_path, *rows, f"{T},P-1,flow,NaN"), reading()))

        assert len(plain) == 8
        assert plain == slow

    def test_a_compressed_file_is_told_by_its_content(self, tmp_path: Path) -> None:
        file = written(tmp_path, f"{T},P-1,flow,1.5")
        file.write_bytes(gzip.compress(file.read_bytes()))

        assert len(samples_of(csv_blocks(file, reading()))) == 1

    def test_a_file_that_ends_too_early_is_an_error(self, tmp_path: Path) -> None:
        file = written(tmp_path, *[f"{T},P-1,flow,{number}" for number in range(9_999)])
        file.write_bytes(gzip.compress(file.read_bytes())[:-20])

        with pytest.raises(RecordingUnreadable, match="ends too early"):
            list(csv_blocks(file, reading()))

    def test_a_file_without_a_column_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(RecordingUnreadable, match="no column point; columns: ts, asset, value"):
            next(csv_blocks(written(tmp_path, header="ts,asset,value"), reading()))


class TestParquet:
    def parquet(self, folder: Path, rows: str) -> Path:
        path = folder / "history.parquet"
        with duckdb.connect() as database:
            database.execute("SET TimeZone = 'Asia/Shanghai'")
            database.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
        return path

    @pytest.mark.parametrize(
        "ts",
        [
            "TIMESTAMP '2025-11-21 18:33:20'",
            "TIMESTAMPTZ '2025-11-21 18:33:20Z'",
            "'2025-11-21T18:33:20Z'",
        ],
    )
    def test_times_of_each_type_are_understood(self, tmp_path: Path, ts: str) -> None:
        file = self.parquet(tmp_path, f"SELECT {ts} AS ts, 'P-1' AS asset, 'flow' AS point, 1.5 AS value")

        assert samples_of(parquet_blocks(file, reading())) == [("P-1", "flow", TS, 1.5, "historical")]

    def test_rows_that_cannot_be_read_are_named(self, tmp_path: Path) -> None:
        file = self.parquet(
            tmp_path,
            f"SELECT make_timestamp({TS}000) AS ts, 'P-1' AS asset, p AS point, v AS value, q AS quality "
            "FROM (VALUES ('flow', '1', 'good'), ('flux', '1', 'good'), ('mode', 'auto', NULL), "
            "('flow', 'x', NULL), ('flow', NULL, NULL)) AS rows(p, v, q)",
        )

        (block,) = parquet_blocks(file, reading())

        assert samples_of(iter([block])) == [
            ("P-1", "flow", TS, 1.0, "good"),
            ("P-1", "mode", TS, 1.0, "historical"),
        ]
        assert [each.line for each in block.rejects] == [2, 4]
        assert '"flux"' in block.rejects[0].text
        assert block.without_value == 1

    def test_what_is_no_parquet_is_an_error(self, tmp_path: Path) -> None:
        file = tmp_path / "history.parquet"
        file.write_text("ts,asset")

        with pytest.raises(RecordingUnreadable, match=r"history\.parquet"):
            next(parquet_blocks(file, reading()))


class FailsAfter:
    """A place that is away after some writes."""

    def __init__(self, store: DuckDbStore, writes: int) -> None:
        self.store, self.writes = store, writes
        self.read = store.read

    def write(self, batch: SampleBatch) -> tuple[()]:
        if self.writes == 0:
            raise ConnectionError
        self.writes -= 1
        assert self.store.write(batch) == ()
        return ()


class TestTaking:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[DuckDbStore]:
        store = DuckDbStore(tmp_path / "samples.duckdb", TABLE)
        yield store
        store.close()

    @pytest.fixture
    def file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Nine rows, three at a time: one is of no point, one of a time that was there before."""
        monkeypatch.setattr(csv_rows, "ROWS", 3)
        rows = [f"2025-11-21T18:33:{20 + number}Z,P-1,flow,{number}" for number in range(7)]
        return written(tmp_path, *rows[:4], f"{T},P-9,flow,1", *rows[4:], rows[0].replace(",0", ",7"))

    def progress(self, folder: Path, identity: str = "same") -> Progress:
        return Progress(folder / ".import", identity=identity, begins_after=1)

    def take(self, file: Path, place: FailsAfter | DuckDbStore, progress: Progress) -> None:
        blocks = csv_blocks(file, reading(), after=progress.line)
        list(take(blocks, place=place, table=TABLE, progress=progress))

    def test_all_that_was_taken_is_found_again(self, tmp_path: Path, store: DuckDbStore, file: Path) -> None:
        with self.progress(tmp_path) as progress:
            self.take(file, store, progress)
            (found,) = count(progress, place=store, table=TABLE)

            assert (found.asset, found.point, found.wanted, found.held) == ("P-1", "flow", 7, 7)
            assert (progress.rows, [each.line for each in progress.rejects()]) == (8, [6])

    def test_what_is_not_there_is_missed(self, tmp_path: Path, store: DuckDbStore, file: Path) -> None:
        with self.progress(tmp_path) as progress:
            self.take(file, store, progress)
            other = DuckDbStore(tmp_path / "other.duckdb", TABLE)
            (found,) = count(progress, place=other, table=TABLE)
            other.close()

        assert (found.wanted, found.held) == (7, 0)

    def test_it_goes_on_where_it_stopped(self, tmp_path: Path, store: DuckDbStore, file: Path) -> None:
        with self.progress(tmp_path) as progress, pytest.raises(ConnectionError):
            self.take(file, FailsAfter(store, writes=2), progress)
        again = FailsAfter(store, writes=1)
        with self.progress(tmp_path) as progress:
            assert progress.resumed
            self.take(file, again, progress)

            assert again.writes == 0
            assert progress.rows == 8
            assert [each.line for each in progress.rejects()] == [6]
            assert [each.held for each in count(progress, place=store, table=TABLE)] == [7]

    def test_another_file_or_target_begins_anew(self, tmp_path: Path, store: DuckDbStore, file: Path) -> None:
        with self.progress(tmp_path) as progress:
            self.take(file, store, progress)
        with self.progress(tmp_path, identity="other") as progress:
            assert (progress.line, progress.rows, progress.resumed) == (1, 0, False)

    def test_rejected_rows_are_written_beside_the_file(
        self, tmp_path: Path, store: DuckDbStore, file: Path
    ) -> None:
        rejects = tmp_path / "rejects.csv"
        with self.progress(tmp_path) as progress:
            self.take(file, store, progress)
            write_rejects(rejects, file, progress.rejects(), has_lines=True)

        reason = "the site files have no point 'flow' of an asset 'P-9'"
        assert rejects.read_text() == f'file,line,reason,row\n{file},6,{reason},"{T},P-9,flow,1"\n'


def series(*values: float, quality: int = 0) -> Series:
    return Series(
        ts=np.arange(TS, TS + 1000 * len(values), 1000),
        value=np.array(values),
        quality=np.full(len(values), quality, np.uint8),
    )


class TestWriter:
    SERIES = (("P-1", POINTS[0]), ("P-1", POINTS[1]), ("P-1", POINTS[2]))

    def write(self, path: Path) -> Path:
        with HistoryWriter(path, self.SERIES, identity="x") as writer:
            writer.write(0, [series(1.5, 1e-7), series(np.nan, quality=17)])
            writer.write(1, [series(1.0)])
            writer.write(2, [series(0.0, quality=99)])
            writer.finish()
        return path

    def test_a_row_says_what_a_sample_is(self, tmp_path: Path) -> None:
        assert self.write(tmp_path / "a.csv").read_text().splitlines() == [
            "ts,asset,point,value,quality",
            f"{T},P-1,flow,1.5,good",
            "2025-11-21T18:33:21.000Z,P-1,flow,1e-07,good",
            f"{T},P-1,flow,,not_a_number",
            f"{T},P-1,mode,1.0,good",
            f"{T},P-1,running,0.0,99",
        ]

    @pytest.mark.parametrize("suffix", sorted(FORMATS))
    def test_the_same_samples_give_the_same_bytes(self, tmp_path: Path, suffix: str) -> None:
        first, again = (self.write(tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")

        assert first == again
        assert sorted(path.name for path in tmp_path.iterdir()) == [f"a{suffix}", f"b{suffix}"]

    @pytest.mark.parametrize("suffix", sorted(FORMATS))
    def test_what_is_written_is_read_as_it_was(self, tmp_path: Path, suffix: str) -> None:
        path = self.write(tmp_path / f"a{suffix}")
        blocks = csv_blocks if suffix == ".csv" else parquet_blocks

        (block,) = blocks(path, reading())

        assert block.rejects == []
        assert block.ts.tolist() == [TS, TS + 1000, TS, TS, TS]
        assert block.quality.tolist() == [0, 0, 17, 0, 99]

    def test_a_column_for_each_point_leaves_bad_samples_out(self, tmp_path: Path) -> None:
        path = tmp_path / "wide.csv"
        with HistoryWriter(path, self.SERIES, identity="x") as writer:
            writer.write(0, [series(1.5, 2.5)])
            writer.write(1, [series(1.0)])
            writer.write(2, [series(1.0, 0.0, quality=18)])
            writer.finish_wide()

        lines = ["ts,flow,mode,running", f"{T},1.5,auto,", "2025-11-21T18:33:21.000Z,2.5,,"]
        assert path.read_text().splitlines() == lines

    def test_a_stop_leaves_the_file_as_it_was_and_is_gone_on_with(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("old")
        with HistoryWriter(path, self.SERIES, identity="x") as writer:
            writer.write(0, [series(1.5, 1e-7), series(np.nan, quality=17)])

        assert path.read_text() == "old"
        with HistoryWriter(path, self.SERIES, identity="x") as writer:
            assert writer.done == {0: 3}
            writer.write(1, [series(1.0)])
            writer.write(2, [series(0.0, quality=99)])
            writer.finish()
        assert path.read_bytes() == self.write(tmp_path / "b.csv").read_bytes()

    def test_another_export_does_not_go_on_with_it(self, tmp_path: Path) -> None:
        with HistoryWriter(tmp_path / "a.csv", self.SERIES, identity="x") as writer:
            writer.write(0, [series(1.5)])

        with HistoryWriter(tmp_path / "a.csv", self.SERIES, identity="y") as writer:
            assert writer.done == {}

    def test_another_suffix_or_no_folder_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(RecordingUnwritable, match=r"must end in \.parquet or \.csv"):
            HistoryWriter(tmp_path / "a.txt", self.SERIES, identity="x")
        with pytest.raises(RecordingUnwritable, match="no such folder"):
            HistoryWriter(tmp_path / "no such folder/a.csv", self.SERIES, identity="x")


def test_blocks_of_parquet_go_on_behind_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_rows, "ROWS", 2)
    path = tmp_path / "a.parquet"
    with HistoryWriter(path, [("P-1", POINTS[0])], identity="x") as writer:
        writer.write(0, [series(1, 2, 3, 4, 5)])
        writer.finish()

    assert [block.line.tolist() for block in parquet_blocks(path, reading(), after=1)] == [[2, 3], [4, 5]]


def test_rows_come_as_the_store_keeps_them(tmp_path: Path) -> None:
    (block,) = csv_blocks(written(tmp_path, f"{T},P-1,flow,1.5"), reading())
    store = DuckDbStore(tmp_path / "samples.duckdb", TABLE)

    store.write(block.samples(TABLE))

    found = store.read(asset="P-1", point="flow", start=TS, end=TS + 1, limit=9)
    store.close()
    assert rows_of(found) == [(TS, 1.5, Quality.HISTORICAL)]
