"""What a payload has becomes a value of a point."""

import math
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.mapping import MappedPoint, Registers
from plantroom.domain.site import Point, ValueType
from plantroom.ingest.decode import Unreadable
from plantroom.ingest.mapping.values import converter

POWER = Point(name="power", unit="kW")
RUNNING = Point(name="running", value_type=ValueType.BOOLEAN)
MODE = Point(name="mode", value_type=ValueType.STATE, states=("off", "auto"))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (5, 5.0),
        (5.5, 5.5),
        ("5.5", 5.5),
        (" -1e3\n", -1000.0),
        ("0012", 12.0),
        pytest.param(10**5000, math.inf, id="huge"),
    ],
)
def test_a_number_may_be_written_as_text(raw: object, value: float) -> None:
    assert converter(MappedPoint(name="power"), POWER)(raw) == value


@pytest.mark.parametrize("raw", ["", "5 kW", "1,5", "0x10", "nan", "1_000", True, None, [1], {}, "9" * 500])
def test_anything_else_is_left_as_it_is(raw: object) -> None:
    assert converter(MappedPoint(name="power"), POWER)(raw) is raw


def test_scale_and_offset_come_before_the_unit() -> None:
    mapped = MappedPoint(name="power", scale=10, offset=500, unit="W")

    assert converter(mapped, POWER)(50) == pytest.approx(1.0)


@pytest.mark.parametrize(("raw", "value"), [("1", 1), ("0", 0), ("on", "on"), (" OFF ", "OFF"), (True, True)])
def test_a_switch_is_text_number_or_boolean(raw: object, value: object) -> None:
    assert converter(MappedPoint(name="running"), RUNNING)(raw) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [("ON", True), (" ON ", True), (0, False), (0.0, False), ("0", False), (True, True), (1.5, True)],
)
def test_an_enumeration_gives_each_value_its_meaning(raw: object, value: bool) -> None:
    mapped = MappedPoint(name="running", values={"ON": "true", "0": "false", "true": "true", "1.5": "true"})

    assert converter(mapped, RUNNING)(raw) is value


def test_an_enumeration_names_states() -> None:
    mapped = MappedPoint(name="mode", values={"0": "off", "7": "auto"})

    assert [converter(mapped, MODE)(raw) for raw in (0, 7)] == ["off", "auto"]


@pytest.mark.parametrize("raw", ["on", 2, None, [], math.nan, math.inf, pytest.param(10**5000, id="huge")])
def test_a_value_that_is_not_listed_is_refused(raw: object) -> None:
    mapped = MappedPoint(name="running", values={"ON": "true"})

    with pytest.raises(Unreadable, match="expected one of ON, got another value"):
        converter(mapped, RUNNING)(raw)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Registers.INT16, "h"),
        (Registers.UINT16, "H"),
        (Registers.INT32, "i"),
        (Registers.UINT32, "I"),
        (Registers.INT64, "q"),
        (Registers.UINT64, "Q"),
        (Registers.FLOAT32, "f"),
        (Registers.FLOAT64, "d"),
    ],
    ids=lambda each: str(getattr(each, "value", each)),
)
@pytest.mark.parametrize("low_first", [False, True])
def test_registers_hold_what_was_put_into_them(kind: Registers, code: str, low_first: bool) -> None:
    packed = struct.pack(f">{code}", 12345)
    words = list(struct.unpack(f">{len(packed) // 2}H", packed))
    mapped = MappedPoint(name="power", registers=kind, low_word_first=low_first)

    assert converter(mapped, POWER)(words[::-1] if low_first else words) == 12345


def test_a_register_alone_needs_no_list_and_may_be_signed() -> None:
    mapped = MappedPoint(name="power", registers=Registers.INT16, scale=0.1)

    assert [converter(mapped, POWER)(raw) for raw in (65535, -1, [65535])] == pytest.approx([-0.1] * 3)


@pytest.mark.parametrize(
    "raw", [[1], [1, 2, 3], [1, "2"], [1, 2.5], [1, 70000], [1, True], "12", [1, math.nan], [[], 1]]
)
def test_what_are_no_registers_is_refused(raw: object) -> None:
    with pytest.raises(Unreadable, match="expected"):
        converter(MappedPoint(name="power", registers=Registers.UINT32), POWER)(raw)


@pytest.mark.parametrize(
    ("raw", "bit", "value"), [(5, 0, True), (5, 1, False), ("4", 2, True), (2**63, 63, True)]
)
def test_a_bit_of_a_status_word_is_true_or_false(raw: object, bit: int, value: bool) -> None:
    assert converter(MappedPoint(name="running", bit=bit), RUNNING)(raw) is value


@pytest.mark.parametrize("raw", [1.5, "x", None, math.inf, [5]])
def test_only_whole_numbers_have_bits(raw: object) -> None:
    with pytest.raises(Unreadable, match="expected a whole number"):
        converter(MappedPoint(name="running", bit=0), RUNNING)(raw)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
mapped_points = st.builds(
    MappedPoint,
    name=st.just("x"),
    registers=st.none() | st.sampled_from(Registers),
    low_word_first=st.booleans(),
    bit=st.none() | st.integers(0, 63),
    values=st.just({}) | st.just({"1": "1", "ON": "1"}),
    scale=st.sampled_from([1.0, 0.1, 1e308]),
)


@given(mapped_points, st.sampled_from([POWER, RUNNING, MODE]), anything)
def test_nothing_but_a_refusal_comes_of_anything(mapped: MappedPoint, point: Point, raw: object) -> None:
    read = converter(mapped, point)

    with suppress(Unreadable):
        read(raw)
