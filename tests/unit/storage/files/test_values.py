"""How numbers, durations and the rest may be written."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.storage.files import values


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("5", 5.0),
        ("-5", -5.0),
        ("+5", 5.0),
        ("0", 0.0),
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.5E-3", 0.0015),
        ("-0.5", -0.5),
    ],
)
def test_a_number_may_be_written_in_many_ways(written: str, number: float) -> None:
    assert values.number(written) == number


@pytest.mark.parametrize(
    "written",
    ["", "x", "1,5", "0x1f", "1_000", "12:30", ".inf", "nan", "infinity", "1e999", "5 bar", "٣", "--5"],
)
def test_what_is_no_finite_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        values.number(written)


@pytest.mark.parametrize("written", ["010", "-010", "00", "007.5"])
def test_a_number_that_could_be_octal_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="without leading zeros"):
        values.number(written)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("0", 0),
        ("0s", 0),
        ("30s", 30),
        ("30 s", 30),
        ("30 sec", 30),
        ("500ms", 0.5),
        ("10m", 600),
        ("30 min", 1800),
        ("2h", 7200),
        ("1d", 86400),
        ("1.5h", 5400),
        ("1h30m", 5400),
        ("1h 30min", 5400),
    ],
)
def test_a_duration_may_be_written_in_many_ways(written: str, seconds: float) -> None:
    assert values.duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "s",
        "30",
        "30 x",
        "30S",
        "-30s",
        "1:30",
        "30 seconds",
        "30s later",
        "1e3s",
        "3661d",
        "9" * 400 + "d",
    ],
)
def test_what_is_no_duration_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        values.duration(written)


@given(st.text() | st.text(alphabet="0123456789.smhd in"))
def test_any_text_is_a_duration_or_refused(written: str) -> None:
    try:
        span = values.duration(written)
    except ValueError:
        return

    assert timedelta(0) <= span


@pytest.mark.parametrize("written", ["yes", "no", "on", "off", "True", "TRUE", "1", ""])
def test_only_true_and_false_are_booleans(written: str) -> None:
    with pytest.raises(ValueError, match="expected true or false"):
        values.boolean(written)


@pytest.mark.parametrize(
    "written", ["Asia", "Asia/Shangai", "UTC+8", "../etc/passwd", "/etc/passwd", "", "\0", "漢"]
)
def test_what_is_no_time_zone_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="expected a time zone"):
        values.timezone(written)


def test_a_blank_text_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a text"):
        values.text("  ")


@pytest.mark.parametrize("written", [" bar", "x" * 33])
def test_a_strange_unit_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="expected a unit"):
        values.unit(written)
