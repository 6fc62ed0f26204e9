"""What cells mean."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.site import ValueType
from plantroom.simulators.machine import Value
from plantroom.simulators.replay.cells import MISSING, parse_constant, read_value, time_reader
from plantroom.simulators.replay.columns import Column, RecordingInvalid
from plantroom_testing.simulation import asset_of

NOON = 1_583_748_873_000
"""2020-03-09 10:14:33 UTC."""
FLOW = Column(index=0, name="flow", point="flow")
RUNNING = Column(index=0, name="running", point="running", value_type=ValueType.BOOLEAN)
DOOR = Column(index=0, name="door", point="door", value_type=ValueType.STATE, states=("open", "closed"))


@pytest.mark.parametrize(
    ("format_", "cell", "ts"),
    [
        pytest.param("iso", "2020-03-09 10:14:33", NOON, id="iso-blank"),
        pytest.param("iso", "2020-03-09T10:14:33Z", NOON, id="iso-utc"),
        pytest.param("iso", "2020-03-09T18:14:33+08:00", NOON, id="iso-offset"),
        pytest.param("iso", " 2020-03-09 10:14:33.250 ", NOON + 250, id="iso-ms"),
        pytest.param("epoch", "1583748873", NOON, id="epoch"),
        pytest.param("epoch", "1583748873.25", NOON + 250, id="epoch-fraction"),
        pytest.param("epoch-ms", "1583748873000", NOON, id="epoch-ms"),
        pytest.param("%d.%m.%Y %H:%M:%S", "09.03.2020 10:14:33", NOON, id="strptime"),
        pytest.param("%m/%d/%Y %H:%M:%S %z", "03/09/2020 18:14:33 +0800", NOON, id="strptime-offset"),
    ],
)
def test_a_time_is_read(format_: str, cell: str, ts: int) -> None:
    assert time_reader(format_, UTC)(cell) == ts


def test_a_time_without_an_offset_is_in_the_zone() -> None:
    assert time_reader("iso", ZoneInfo("Asia/Shanghai"))("2020-03-09 18:14:33") == NOON


@pytest.mark.parametrize(
    ("format_", "cell", "message"),
    [
        pytest.param("iso", "yesterday", "no ISO 8601 time: 'yesterday'", id="words"),
        pytest.param("iso", "", "no ISO 8601 time: ''", id="empty"),
        pytest.param("iso", "1583748873", "use --time-format epoch", id="hint"),
        pytest.param("epoch", "soon", "no number of seconds", id="no-number"),
        pytest.param("epoch-ms", "nan", "no number of seconds", id="nan"),
        pytest.param("epoch", "inf", "no number of seconds", id="infinite"),
        pytest.param("%H:%M", "2020", "no time like '%H:%M': '2020'", id="pattern"),
    ],
)
def test_what_is_no_time_is_refused_with_the_cell(format_: str, cell: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        time_reader(format_, UTC)(cell)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001 - bounds of naive times
def test_every_iso_time_comes_back(time: datetime) -> None:
    whole = time.replace(microsecond=time.microsecond // 1000 * 1000)

    ts = time_reader("iso", UTC)(whole.isoformat(sep=" "))

    assert datetime(1970, 1, 1, tzinfo=UTC).timestamp() + ts / 1000 == pytest.approx(
        whole.replace(tzinfo=UTC).timestamp()
    )


@given(st.text(), st.sampled_from(["iso", "epoch", "epoch-ms", "%Y-%m-%d"]))
def test_any_text_is_a_time_or_refused(cell: str, format_: str) -> None:
    try:
        ts = time_reader(format_, UTC)(cell)
    except ValueError:
        return
    assert isinstance(ts, int)


@pytest.mark.parametrize(
    ("cell", "column", "value"),
    [
        pytest.param(" 1.5 ", FLOW, 1.5, id="number"),
        pytest.param("-2e3", FLOW, -2000.0, id="exponent"),
        pytest.param("true", FLOW, True, id="untyped-boolean"),
        pytest.param("ON", RUNNING, True, id="on"),
        pytest.param("0.0", RUNNING, False, id="boolean-as-number"),
        pytest.param("open", DOOR, "open", id="state"),
    ],
)
def test_a_value_is_read(cell: str, column: Column, value: Value) -> None:
    read = read_value(cell, column)

    assert read == value
    assert type(read) is type(value)


def test_scale_and_offset_apply_to_numbers() -> None:
    celsius = Column(index=0, name="f", point="t", scale=0.5, offset=-10.0)

    assert read_value("64", celsius) == 22.0


def test_a_decimal_comma_is_read_where_it_is_announced() -> None:
    assert read_value("1,25", FLOW, decimal_comma=True) == 1.25
    with pytest.raises(ValueError, match="1,25"):
        read_value("1,25", FLOW)


@pytest.mark.parametrize("cell", sorted(MISSING))
def test_a_missing_value_is_none_in_any_case(cell: str) -> None:
    assert read_value(f" {cell.upper()} ", FLOW) is None


@pytest.mark.parametrize(
    ("cell", "column"),
    [
        pytest.param("#VALUE!", FLOW, id="spreadsheet-error"),
        pytest.param("inf", FLOW, id="infinite"),
        pytest.param("1e999", FLOW, id="overflow"),
        pytest.param("1_000", FLOW, id="underscore"),
        pytest.param("2", RUNNING, id="boolean"),
        pytest.param("ajar", DOOR, id="unknown-state"),
    ],
)
def test_what_is_no_value_is_refused_with_the_cell(cell: str, column: Column) -> None:
    with pytest.raises(ValueError, match=cell):
        read_value(cell, column)


@given(st.text(), st.booleans())
def test_any_text_is_a_finite_value_or_missing_or_refused(cell: str, comma: bool) -> None:
    try:
        value = read_value(cell, FLOW, decimal_comma=comma)
    except ValueError:
        return
    assert value is None or isinstance(value, bool) or abs(float(value)) < float("inf")


def test_a_constant_has_the_type_of_its_point() -> None:
    pump = asset_of("pump")

    assert parse_constant("running=1", pump) == ("running", True)
    assert parse_constant(" flow = 2.5 ", None) == ("flow", 2.5)


@pytest.mark.parametrize("text", ["", "running", "running=", "running=maybe", "Running=true", "colour=1"])
def test_what_is_no_constant_is_refused(text: str) -> None:
    with pytest.raises(RecordingInvalid):
        parse_constant(text, asset_of("pump"))
