"""The tests' own stand-in for Grafana writes queries as Grafana's documentation says."""

from typing import Any

import pytest

from plantroom_testing import grafana_influxql, grafana_postgres
from plantroom_testing.grafana import (
    ALL,
    Span,
    Value,
    Variable,
    interpolate,
    interval_of,
    interval_text,
    milliseconds,
    names_in,
    plain,
)
from plantroom_testing.grafana_influxql import QueryError

HOUR = Span(1_763_750_000_000, 1_763_753_600_000)


def variable(value: Value, **options: Any) -> dict[str, Variable]:
    return {"v": Variable(name="v", value=value, **options)}


def influx(query: str, variables: dict[str, Variable] | None = None, *, interval_ms: int = 10_000) -> str:
    return grafana_influxql.render(query, variables or {}, HOUR, interval_ms=interval_ms)


def postgres(query: str, variables: dict[str, Variable] | None = None) -> str:
    return grafana_postgres.render(query, variables or {}, HOUR, interval_ms=10_000)


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("$v", "a", "a"),
        ("${v}s", "a", "as"),
        ("[[v]]", "a", "a"),
        ("$vs", "a", "$vs"),
        ("${v:csv}", ("a", "b"), "a,b"),
        ("${v:pipe}", ("a", "b"), "a|b"),
        ("${v:regex}", ("a.b", "c/d"), r"(a\.b|c\/d)"),
        ("${v:regex}", ("a.b",), r"a\.b"),
        ("${v:singlequote}", ("a", "b'c"), r"'a','b\'c'"),
        ("${v:sqlstring}", ("a", "b'c"), "'a','b''c'"),
        ("${v:doublequote}", ("a", "b"), '"a","b"'),
        ("${v:json}", ("a", "b"), '["a", "b"]'),
        ("${v:queryparam}", ("a", "b c"), "var-v=a&var-v=b%20c"),
        ("${v:percentencode}", "a/b c", "a%2Fb%20c"),
        ("${v:raw}", "a'b", "a'b"),
        ("$v", ("a", "b"), "{a,b}"),
    ],
)
def test_a_variable_is_written_in_its_format(text: str, value: Value, written: str) -> None:
    assert interpolate(text, variable(value), plain) == written


def test_all_is_every_option_unless_the_variable_says_how_it_is_written() -> None:
    options = {"options": ("a", "b"), "multi": True, "include_all": True}

    assert interpolate("${v:csv}", variable(ALL, **options), plain) == "a,b"
    assert interpolate("${v:csv}", variable((ALL,), **options), plain) == "a,b"
    assert interpolate("${v:csv}", variable(ALL, all_value=".*", **options), plain) == ".*"


def test_text_is_what_people_see_of_a_value() -> None:
    assert interpolate("${v:text}", variable(("a", "b"), texts={"a": "Pump 1"}), plain) == "Pump 1 + b"


def test_a_format_that_grafana_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown format: regexp"):
        interpolate("${v:regexp}", variable("a"), plain)


def test_the_time_span_comes_in_the_documented_formats() -> None:
    variables = HOUR.globals(10_000)
    text = "$__from ${__from:date} ${__to:date:iso} ${__to:date:seconds} $__range_s $__interval_ms"

    assert interpolate(text, variables, plain) == (
        "1763750000000 2025-11-21T18:33:20.000Z 2025-11-21T19:33:20.000Z 1763753600 3600 10000"
    )


def test_names_in_a_text_are_found_in_every_way_of_writing() -> None:
    assert names_in("$a ${b:regex} [[c]] ${d.x} 5$") == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    ("seconds", "points", "written"),
    [
        (3600, 1000, "5s"),
        (7 * 86_400, 1000, "10m"),
        (90 * 86_400, 1000, "2h"),
        (6 * 3600, 1000, "20s"),
        (10 * 365 * 86_400, 100, "30d"),
        (1, 1000, "1ms"),
    ],
)
def test_an_interval_is_rounded_to_one_of_grafanas_steps(seconds: int, points: int, written: str) -> None:
    assert interval_text(interval_of(Span(0, seconds * 1000), points=points)) == written


def test_an_interval_is_no_less_than_the_least() -> None:
    assert interval_of(HOUR, points=1000, least_ms=milliseconds(">30s")) == 30_000


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("$timeFilter", "time >= 1763750000000ms and time <= 1763753600000ms"),
        ("GROUP BY time($__interval)", "GROUP BY time(10s)"),
        ("GROUP BY time($interval)", "GROUP BY time(10s)"),
        ("/ $__interval_ms", "/ 10000"),
        ("span <= (${__to} - ${__from}) / 1000", "span <= (1763753600000 - 1763750000000) / 1000"),
    ],
)
def test_influxql_has_its_macros(query: str, written: str) -> None:
    assert influx(query) == written


@pytest.mark.parametrize(
    ("query", "value", "multi", "written"),
    [
        ("asset =~ /^$v$/", ("P-1", "P.2"), True, r"asset =~ /^(P-1|P\.2)$/"),
        ("asset =~ /^$v$/", ("P.1",), True, r"asset =~ /^(P\.1)$/"),
        ("asset =~ /^$v$/", "P.1", False, r"asset =~ /^P\.1$/"),
        ("asset = '$v'", "P.1", False, "asset = 'P.1'"),
        ("asset = '$v'", "P.1", True, r"asset = 'P\.1'"),
        ("x > $v", "1.5", True, "x > 1.5"),
        ('FROM "$v"."pump"', "minutes", False, 'FROM "minutes"."pump"'),
        ("asset =~ /^${v:regex}$/", ("P-1", "P.2"), True, r"asset =~ /^(P-1|P\.2)$/"),
    ],
)
def test_influxql_escapes_a_value_where_it_stands_in_a_regular_expression(
    query: str, value: Value, multi: bool, written: str
) -> None:
    assert influx(query, variable(value, multi=multi)) == written


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("$__timeFilter(at)", "at BETWEEN '2025-11-21T18:33:20Z' AND '2025-11-21T19:33:20Z'"),
        ("$__timeFrom()", "'2025-11-21T18:33:20Z'"),
        ("$__timeTo()", "'2025-11-21T19:33:20Z'"),
        ("$__time(at)", 'at AS "time"'),
        ("$__timeGroup(at, '5m') x", "floor(extract(epoch from at)/300)*300 x"),
        ("$__timeGroup(at,'5m',0), 1", 'floor(extract(epoch from at)/300)*300 AS "time", 1'),
        ("$__timeGroupAlias(at, $__interval)", 'floor(extract(epoch from at)/10)*10 AS "time"'),
        ("$__unixEpochFilter(s)", "s >= 1763750000 AND s <= 1763753600"),
        ("$__unixEpochGroup(s,'1h')", "floor((s)/3600)*3600"),
        ("s BETWEEN $__from AND ${__to}", "s BETWEEN 1763750000000 AND 1763753600000"),
    ],
)
def test_sql_has_its_macros(query: str, written: str) -> None:
    assert postgres(query) == written


@pytest.mark.parametrize(
    ("value", "options", "written"),
    [
        (("a", "b'c"), {"multi": True}, "x IN ('a','b''c')"),
        ("a", {"multi": True}, "x IN ('a')"),
        ("a", {"include_all": True}, "x IN ('a')"),
        ("b'c", {}, "x IN (b''c)"),
    ],
)
def test_sql_quotes_a_value_where_several_can_be_chosen(
    value: Value, options: dict[str, bool], written: str
) -> None:
    assert postgres("x IN ($v)", variable(value, **options)) == written


def test_a_macros_argument_ends_at_the_first_closing_parenthesis() -> None:
    written = postgres("$__timeFilter(to_timestamp(x / 1000))")

    assert written == "to_timestamp(x / 1000 BETWEEN '2025-11-21T18:33:20Z' AND '2025-11-21T19:33:20Z')"


def test_a_macro_that_grafana_does_not_have_is_an_error() -> None:
    with pytest.raises(QueryError, match='unknown macro "__timeSince"'):
        postgres("$__timeSince(at)")
