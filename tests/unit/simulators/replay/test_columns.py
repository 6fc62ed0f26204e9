"""Which column is which point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.site import ValueType
from plantroom.simulators.replay.columns import (
    ColumnMapping,
    RecordingInvalid,
    choose_columns,
    parse_mapping,
)
from plantroom_testing.simulation import asset_of

HEADER = ("datetime", "flow", "Volume Flow RateRMS", "running", "note")
PUMP = asset_of("pump", id_="P-1")


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        pytest.param("flow=flow", ColumnMapping(column="flow", point="flow"), id="plain"),
        pytest.param(
            "Volume Flow RateRMS=flow*0.06",
            ColumnMapping(column="Volume Flow RateRMS", point="flow", scale=0.06),
            id="scale",
        ),
        pytest.param(
            "T_F=bearing_temp*0.5556-17.78",
            ColumnMapping(column="T_F", point="bearing_temp", scale=0.5556, offset=-17.78),
            id="scale-and-offset",
        ),
        pytest.param("a = b=flow + 2", ColumnMapping(column="a = b", point="flow", offset=2.0), id="equals"),
        pytest.param("x=flow * -1e-3", ColumnMapping(column="x", point="flow", scale=-0.001), id="exponent"),
    ],
)
def test_a_mapping_is_read(text: str, mapping: ColumnMapping) -> None:
    assert parse_mapping(text) == mapping


@pytest.mark.parametrize("text", ["", "flow", "=flow", "x=", "x=Flow", "x=flow*", "x=flow**2", "x=flow*nan"])
def test_what_is_no_mapping_is_refused_by_name(text: str) -> None:
    with pytest.raises(RecordingInvalid, match="COLUMN=point"):
        parse_mapping(text)


@given(
    st.text(min_size=1).map(str.strip).filter(bool),
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.floats(-1e6, 1e6, allow_subnormal=False),
)
def test_any_column_with_any_factors_survives_being_written(column: str, scale: float, offset: float) -> None:
    mapping = parse_mapping(f"{column}=flow*{scale!r}{offset:+}")

    assert (mapping.column, mapping.point) == (column, "flow")
    assert mapping.scale == scale
    assert mapping.offset == pytest.approx(offset, rel=1e-5)


def test_without_a_mapping_the_columns_called_like_points_are_taken_with_their_types() -> None:
    columns = choose_columns(HEADER, mappings=(), asset=PUMP, time_column=0)

    assert [(column.index, column.point, column.value_type) for column in columns] == [
        (1, "flow", ValueType.NUMBER),
        (3, "running", ValueType.BOOLEAN),
    ]


def test_without_an_asset_every_column_that_may_be_a_point_is_taken_but_the_time() -> None:
    columns = choose_columns(HEADER, mappings=(), asset=None, time_column=0)

    assert [column.point for column in columns] == ["flow", "running", "note"]


@pytest.mark.parametrize(
    ("mappings", "message"),
    [
        pytest.param(("x=flow",), "no column 'x'; columns: 'datetime', 'flow'", id="no-column"),
        pytest.param(("note=colour",), "P-1 has no point 'colour'; points: 'running', 'flow'", id="no-point"),
        pytest.param(("flow=flow", "note=flow"), "two columns are mapped to one point: 'flow'", id="twice"),
    ],
)
def test_a_mapping_to_nowhere_is_refused(mappings: tuple[str, ...], message: str) -> None:
    with pytest.raises(RecordingInvalid, match=message):
        choose_columns(HEADER, mappings=[parse_mapping(text) for text in mappings], asset=PUMP, time_column=0)


def test_no_column_at_all_is_refused() -> None:
    with pytest.raises(RecordingInvalid, match="name them by --map; columns: 'A', 'B'"):
        choose_columns(("A", "B"), mappings=(), asset=PUMP, time_column=0)
