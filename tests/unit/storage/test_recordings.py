"""Recordings as files: readable, in order, and the same bytes for the same readings."""

import csv
from pathlib import Path

import duckdb
import numpy as np
import pytest

from plantroom.domain.site import Point, ValueType
from plantroom.storage.recordings import (
    FORMATS,
    RecordedLabel,
    RecordingUnwritable,
    RecordingWriter,
    write_labels,
)

SERIES = [
    ("P-1", Point(name="flow", unit="m3/h")),
    ("P-1", Point(name="mode", value_type=ValueType.STATE, states=("off", "it's on"))),
]
START = 1_750_000_000_000


def record(path: Path, *, blocks: int = 2) -> Path:
    with RecordingWriter(path, SERIES) as writer:
        for number in range(blocks):
            writer.write(
                ts=np.array([START + number * 1000, START + number * 1000], np.int64),
                series=np.array([0, 1], np.int32),
                values=np.array([60.25 + number, float(number % 2)]),
            )
        writer.finish()
    return path


def rows(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect() as database:
        return database.execute(f"SELECT epoch_ms(ts), asset, point, value, text FROM '{path}'").fetchall()


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_a_recording_has_a_row_for_each_reading_in_order_of_time(tmp_path: Path, suffix: str) -> None:
    found = rows(record(tmp_path / f"week{suffix}"))

    assert found == [
        (START, "P-1", "flow", 60.25, None),
        (START, "P-1", "mode", 0.0, "off"),
        (START + 1000, "P-1", "flow", 61.25, None),
        (START + 1000, "P-1", "mode", 1.0, "it's on"),
    ]


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_the_same_readings_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    first, again = (record(tmp_path / f"{name}{suffix}", blocks=50) for name in ("a", "b"))

    assert first.read_bytes() == again.read_bytes()


def test_a_recording_that_is_given_up_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "week.csv").write_text("the old one")

    with pytest.raises(KeyboardInterrupt), RecordingWriter(tmp_path / "week.csv", SERIES):
        raise KeyboardInterrupt

    assert (tmp_path / "week.csv").read_text() == "the old one"
    assert [each.name for each in tmp_path.iterdir()] == ["week.csv"]


def test_a_format_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingUnwritable, match=r"must end in \.parquet or \.csv: .*week\.xlsx"):
        RecordingWriter(tmp_path / "week.xlsx", SERIES)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingUnwritable, match="nowhere: No such file"):
        RecordingWriter(tmp_path / "nowhere" / "week.csv", SERIES)


def test_labels_say_what_was_wrong_from_when_to_when(tmp_path: Path) -> None:
    label = RecordedLabel(
        asset="P-1", fault="stuck", point="flow", start="2026-07-15T00:00:00.000Z", end=None, severity=0.5
    )

    write_labels(tmp_path / "labels.csv", [label])

    with (tmp_path / "labels.csv").open() as file:
        assert list(csv.reader(file)) == [
            ["asset", "fault", "point", "from", "to", "severity"],
            ["P-1", "stuck", "flow", "2026-07-15T00:00:00.000Z", "", "0.5"],
        ]
