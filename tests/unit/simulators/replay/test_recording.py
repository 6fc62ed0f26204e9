"""Recordings are read to their end, whatever stands in them."""

import csv
import gzip
import io
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plantroom.domain.errors import Problem
from plantroom.domain.site import Asset
from plantroom.simulators.replay.cells import time_reader
from plantroom.simulators.replay.columns import RecordingInvalid, parse_mapping
from plantroom.simulators.replay.recording import Layout, Recording, Row
from plantroom_testing.simulation import asset_of

SECOND = 1_583_748_873_000
"""2020-03-09 10:14:33 UTC."""
GOOD = "ts,flow,pressure\n2020-03-09 10:14:33,1.5,2\n2020-03-09 10:14:34,1.6,2.1\n"


def recording(path: Path, content: str | bytes, *, asset: Asset | None = None, **layout: Any) -> Recording:
    file = path / "data.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return Recording(file, layout=Layout(read_time=time_reader("iso", UTC), **layout), asset=asset)


def rows(read: Recording) -> list[Row]:
    return [item for item in read.rows() if isinstance(item, Row)]


def problems(read: Recording) -> list[str]:
    return [f"{item.line}: {item.message}" for item in read.rows() if isinstance(item, Problem)]


def test_rows_carry_line_time_and_values(tmp_path: Path) -> None:
    assert rows(recording(tmp_path, GOOD)) == [
        Row(2, SECOND, {"flow": 1.5, "pressure": 2.0}),
        Row(3, SECOND + 1000, {"flow": 1.6, "pressure": 2.1}),
    ]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(GOOD.encode()), id="gzip"),
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), id="byte-order-mark"),
        pytest.param(GOOD.replace("\n", "\r\n").encode(), id="windows"),
        pytest.param(GOOD.rstrip().encode(), id="no-last-line-end"),
        pytest.param(GOOD.replace("\n", "\n\n").encode(), id="blank-lines"),
        pytest.param(GOOD.replace("flow", '"flow"').replace("1.5", '"1.5"').encode(), id="quotes"),
        pytest.param(GOOD.replace("ts,", " TS ,").encode(), id="time-in-capitals-with-blanks"),
    ],
)
def test_every_way_of_writing_it_reads_the_same(tmp_path: Path, content: bytes) -> None:
    assert [row.values["flow"] for row in rows(recording(tmp_path, content))] == [1.5, 1.6]


def test_separator_mapping_and_constants_are_applied(tmp_path: Path) -> None:
    content = "datetime;Volume Flow RateRMS;x\n2020-03-09 10:14:33;32.0;1\n"

    read = recording(
        tmp_path,
        content,
        asset=asset_of("pump"),
        separator=";",
        mappings=(parse_mapping("Volume Flow RateRMS=flow*0.06"),),
        constants={"running": True},
    )

    (row,) = rows(read)
    assert row.values == {"running": True, "flow": pytest.approx(1.92)}


def test_a_missing_cell_leaves_its_value_out_and_a_row_without_values_stays_empty(tmp_path: Path) -> None:
    content = "ts,flow,pressure\n2020-03-09 10:14:33,,2\n2020-03-09 10:14:34,NaN,\n"

    read = recording(tmp_path, content, constants={"running": True})

    assert [row.values for row in rows(read)] == [{"running": True, "pressure": 2.0}, {}]
    assert problems(read) == []


def test_a_bad_cell_costs_its_value_and_a_bad_time_its_row_and_both_are_named(tmp_path: Path) -> None:
    content = (
        "ts,flow,pressure\n2020-03-09 10:14:33,#VALUE!,2\nlater,1,2\n2020-03-09 10:14:35,3\n,\n"
        "2020-03-09 10:14:36,4,5\n"
    )

    read = recording(tmp_path, content)

    assert [row.values for row in rows(read)] == [
        {"pressure": 2.0},
        {"flow": 3.0},
        {"flow": 4.0, "pressure": 5.0},
    ]
    assert problems(read) == [
        "2: flow is no number: '#VALUE!'",
        "3: time is no ISO 8601 time: 'later'",
        "4: has 2 cells, pressure should be in number 3",
    ]


def test_a_row_too_short_for_its_time_is_named(tmp_path: Path) -> None:
    read = recording(tmp_path, "flow,ts\n1\n2,2020-03-09 10:14:33\n")

    assert problems(read) == ["2: has 1 cells, the time should be in number 2"]
    assert len(rows(read)) == 1


def test_a_quote_that_is_not_closed_costs_no_other_row(tmp_path: Path) -> None:
    read = recording(tmp_path, GOOD.replace("1.5", '"1.5'))

    assert [row.line for row in rows(read)] == [2, 3]
    assert [problem[:2] for problem in problems(read)] == ["2:", "2:"]


def test_bytes_that_are_no_text_cost_no_other_row(tmp_path: Path) -> None:
    read = recording(tmp_path, GOOD.encode().replace(b"1.5", b"\xff\xfe"))

    assert [row.values["pressure"] for row in rows(read)] == [2.0, 2.1]
    assert len(problems(read)) == 1


def test_a_cut_off_gzip_gives_its_rows_and_then_fails(tmp_path: Path) -> None:
    many = GOOD + "".join(f"2020-03-09 10:15:{n % 60:02},{n},{n * 7919 % 997}\n" for n in range(20_000))
    whole = gzip.compress(many.encode())
    read = recording(tmp_path, whole[: len(whole) // 2])
    found = []

    with pytest.raises(RecordingInvalid, match=r"data\.csv: ends too early"):
        found += list(read.rows())
    for item in read.rows():
        found.append(item)
        if len(found) == 100:
            break

    assert len(found) == 100
    assert read.count() is None


@pytest.mark.parametrize(
    ("content", "layout", "message"),
    [
        pytest.param("", {}, r"data\.csv:1: first line must name the columns", id="empty"),
        pytest.param("a,b\n1,2\n", {}, "no column is called like a time, name it by", id="no-time"),
        pytest.param("a;ts\n", {"separator": ","}, r"columns \(separator ','\): 'a;ts'", id="separator"),
        pytest.param("ts,flow\n", {"time_column": "when"}, r"data\.csv:1: no column 'when'", id="named"),
        pytest.param("ts,A\n", {}, r"data\.csv:1: no column is called like a point", id="no-points"),
        pytest.param(b"\x1f\x8bnonsense", {}, r"data\.csv: cannot be read", id="broken-gzip"),
    ],
)
def test_a_recording_that_cannot_be_used_says_why(
    tmp_path: Path, content: str | bytes, layout: dict[str, Any], message: str
) -> None:
    with pytest.raises(RecordingInvalid, match=message):
        recording(tmp_path, content, **layout)


def test_the_rows_are_counted_with_and_without_a_last_line_end(tmp_path: Path) -> None:
    assert recording(tmp_path, GOOD).count() == 2
    assert recording(tmp_path, GOOD.rstrip()).count() == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_under_a_good_header_are_rows_or_problems(tmp_path: Path, rest: bytes) -> None:
    read = recording(tmp_path, b"ts,flow\n" + rest)

    for item in read.rows():
        assert item.line >= 2
        assert isinstance(item, Problem) or set(item.values) <= {"flow"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9, allow_subnormal=False)), max_size=20),
    st.sampled_from([",", ";", "\t", "|"]),
    st.booleans(),
)
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path: Path, numbers: list[float | None], separator: str, compressed: bool
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL if compressed else csv.QUOTE_MINIMAL)
    writer.writerow(["note, with; all\t|", "ts", "flow"])
    for second, number in enumerate(numbers):
        cell = "" if number is None else repr(number)
        writer.writerow(['a "word"', f"2020-03-09 10:14:{33 + second}", cell])
    content = text.getvalue().encode()

    read = recording(tmp_path, gzip.compress(content) if compressed else content, separator=separator)

    assert [(row.ts, row.values) for row in rows(read)] == [
        (SECOND + 1000 * second, {} if number is None else {"flow": number})
        for second, number in enumerate(numbers)
    ]
    assert problems(read) == []
