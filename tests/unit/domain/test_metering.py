"""Which points say what a site consumes, and which would count the same twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.metering import Quantity, meters_of, outermost
from plantroom.domain.site import Asset, Point, PointKind
from plantroom.storage.files.classes import shipped_classes

ENERGY = Point(name="energy", unit="kWh", kind=PointKind.COUNTER)
POWER = Point(name="power", unit="kW")


def asset(id_: str, *, fed_by: tuple[str, ...] = (), parent: str | None = None, kind: str = "panel") -> Asset:
    return Asset(id=id_, asset_class=kind, fed_by=fed_by, parent=parent)


def metered(assets: list[Asset], having: set[str]) -> list[str]:
    return list(outermost(assets, lambda each: each.id if each.id in having else None))


def test_a_counter_goes_before_power() -> None:
    found = meters_of(Asset(id="A", asset_class="x", points=(POWER, ENERGY)), Quantity.ELECTRICITY)

    assert [(meter.point.name, meter.counts, meter.scale) for meter in found] == [
        ("energy", True, 1.0),
        ("power", False, 1.0),
    ]


@pytest.mark.parametrize(
    ("point", "quantity", "scale"),
    [
        (Point(name="energy", unit="MWh", kind=PointKind.COUNTER), Quantity.ELECTRICITY, 1000.0),
        (Point(name="power", unit="W"), Quantity.ELECTRICITY, 0.001),
        (Point(name="volume", unit="l", kind=PointKind.COUNTER), Quantity.WATER, 0.001),
    ],
    ids=["MWh", "W", "l"],
)
def test_amounts_are_in_one_unit(point: Point, quantity: Quantity, scale: float) -> None:
    (meter,) = meters_of(Asset(id="A", asset_class="x", points=(point,)), quantity)

    assert meter.scale == scale


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(Point(name="energy", unit="kWh"), id="not a counter"),
        pytest.param(Point(name="energy", unit="GJ", kind=PointKind.COUNTER), id="another unit"),
        pytest.param(Point(name="power", unit="kW", kind=PointKind.SETPOINT), id="not measured"),
        pytest.param(Point(name="cooling_energy", unit="kWh", kind=PointKind.COUNTER), id="cold"),
    ],
)
def test_what_is_no_consumption_is_no_meter(point: Point) -> None:
    assert meters_of(Asset(id="A", asset_class="x", points=(point,)), Quantity.ELECTRICITY) == ()


def test_the_shipped_meters_are_meters() -> None:
    classes = shipped_classes()

    def quantities(name: str) -> list[Quantity]:
        made = Asset(id="A", asset_class=name, points=classes[name].points)
        return [quantity for quantity in Quantity if meters_of(made, quantity)]

    assert quantities("electricity_meter") == [Quantity.ELECTRICITY]
    assert quantities("water_meter") == [Quantity.WATER]
    assert quantities("pump") == [Quantity.ELECTRICITY]
    assert quantities("fire_panel") == []


def test_what_another_meter_feeds_is_not_counted_again() -> None:
    chain = [asset("pump", fed_by=("panel",)), asset("panel", fed_by=("main",)), asset("main")]

    assert metered(chain, {"main", "panel", "pump"}) == ["main"]


def test_behind_a_panel_without_a_meter_all_count() -> None:
    fed = [asset("panel"), asset("a", fed_by=("panel",)), asset("b", fed_by=("panel",))]

    assert metered(fed, {"a", "b"}) == ["a", "b"]


def test_a_meter_counts_for_what_is_behind_machines_without_one() -> None:
    chain = [asset("main"), asset("panel", fed_by=("main",)), asset("pump", fed_by=("panel",))]

    assert metered(chain, {"main", "pump"}) == ["main"]


def test_a_sub_meter_is_part_of_its_own_kind_and_a_pump_is_not_part_of_the_chillers_supply() -> None:
    site = [
        asset("tenant", parent="main", kind="water_meter"),
        asset("main", kind="water_meter"),
        asset("chiller", kind="chiller"),
        asset("pump", parent="chiller", kind="pump"),
    ]

    assert sorted(metered(site, {"tenant", "main", "chiller", "pump"})) == ["chiller", "main", "pump"]


def test_a_circle_of_feeding_and_being_part_of_loses_nobody_else() -> None:
    site = [asset("a", fed_by=("b",)), asset("b", parent="a"), asset("c")]

    assert metered(site, {"c"}) == ["c"]
    assert len(metered(site, {"a", "b", "c"})) == 2


def test_a_very_long_chain_is_walked() -> None:
    chain = [asset(f"A{n}", fed_by=(f"A{n + 1}",) if n < 4999 else ()) for n in range(5000)]

    assert metered(chain, {"A0"}) == ["A0"]


@given(
    st.lists(st.lists(st.integers(0, 11), max_size=3), min_size=1, max_size=12), st.sets(st.integers(0, 11))
)
def test_exactly_those_with_a_meter_and_none_above_them_count(
    feeds: list[list[int]], having: set[int]
) -> None:
    # Feeders have lower numbers, so there is no circle; the files come in the reverse order.
    above = [{each for each in feeders if each < number} for number, feeders in enumerate(feeds)]
    assets = [asset(str(n), fed_by=tuple(map(str, above[n]))) for n in reversed(range(len(feeds)))]

    def ancestors(number: int) -> set[int]:
        return above[number] | {far for near in above[number] for far in ancestors(near)}

    expected = {n for n in range(len(feeds)) if n in having and not ancestors(n) & having}
    assert {int(each) for each in metered(assets, {str(each) for each in having})} == expected
