"""Limits are read from the rules, by their trees."""

from collections.abc import Mapping

import pytest

from plantroom.dashboards.limits import Limit, Limits, limits_of
from plantroom.domain.expression.parser import parse
from plantroom.domain.expression.surroundings import Surroundings
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.quantity import Quantity
from plantroom.domain.rule import Rule, Severity
from plantroom.domain.site import Asset, AssetClass, Point, Site, Tuning, ValueType
from plantroom.domain.text import Text

RUNNING = Point(name="running", value_type=ValueType.BOOLEAN)
FAULT = Point(name="fault", value_type=ValueType.BOOLEAN)
MODE = Point(name="mode", value_type=ValueType.STATE, states=("auto", "off"))
NUMBERS = tuple(Point(name=name, unit="degC") for name in ("heat", "cold", "draught"))
POINTS = (RUNNING, FAULT, MODE, *NUMBERS)


def rule(
    when: str,
    *,
    params: Mapping[str, str] | None = None,
    id_: str = "hot",
    severity: Severity = Severity.WARNING,
) -> Rule:
    given = {name: Quantity.parse(value) for name, value in (params or {}).items()}
    around = Surroundings(params=given, rated=("heat_c", "cold_c", "kind"))
    return Rule(
        id=id_,
        asset_class="oven",
        when=parse(when, points={point.name: point for point in POINTS}, around=around),
        params=tuple(given.items()),
        severity=severity,
        title=Text(en="Hot", zh="过热"),
    )


def oven(id_: str = "O-1", /, **rated: float) -> Asset:
    return Asset(id=id_, asset_class="oven", points=POINTS, rated=rated)


def installation(*rules: Rule, assets: tuple[Asset, ...] = (), site: Site | None = None) -> Installation:
    site = site or Site(id="home", assets=assets or (oven(),))
    return Installation(
        table=PointTable((site,)),
        classes={"oven": AssetClass(name="oven", points=POINTS)},
        rules={"home": rules},
    )


def found(when: str, params: Mapping[str, str] | None = None, **rated: float) -> list[tuple[str, str, float]]:
    limits = limits_of(installation(rule(when, params=params), assets=(oven(**rated),)), "oven")
    return [(each.point, ">" if each.above else "<", each.value) for each in limits]


@pytest.mark.parametrize(
    ("when", "params", "expected"),
    [
        pytest.param("heat > 80", {}, [("heat", ">", 80)], id="a number"),
        pytest.param("80 < heat", {}, [("heat", ">", 80)], id="written the other way round"),
        pytest.param("heat <= 5", {}, [("heat", "<", 5)], id="from below"),
        pytest.param("running and heat > limit", {"limit": "80"}, [("heat", ">", 80)], id="while running"),
        pytest.param("avg(heat, 10m) > limit", {"limit": "80"}, [("heat", ">", 80)], id="an average"),
        pytest.param("heat / 2 > 40", {}, [("heat", ">", 80)], id="scaled"),
        pytest.param("heat - 10 > 70", {}, [("heat", ">", 80)], id="moved"),
        pytest.param("0 - heat > 20", {}, [("heat", "<", -20)], id="turned about"),
        pytest.param("abs(heat) > 9", {}, [("heat", "<", -9), ("heat", ">", 9)], id="both ways"),
        pytest.param(
            "heat < low or heat > high",
            {"low": "5", "high": "80"},
            [("heat", "<", 5), ("heat", ">", 80)],
            id="either way",
        ),
        pytest.param(
            "cold > least and heat > limit",
            {"least": "3", "limit": "80"},
            [("heat", ">", 80)],
            id="a guard is no limit",
        ),
        pytest.param("cold > 3 and heat > 80", {}, [], id="neither is called the limit"),
        pytest.param("fault and heat < full", {"full": "100"}, [("heat", "<", 100)], id="the only number"),
        pytest.param("fault and not running and heat < full", {"full": "100"}, [], id="only at rest"),
        pytest.param("heat - cold > 20", {}, [], id="of two readings"),
        pytest.param("delta(heat, 1h) > 5", {}, [], id="of a change"),
        pytest.param("heat > 80 * cold", {}, [], id="of another reading"),
        pytest.param("mode == auto", {}, [], id="of a state"),
        pytest.param("heat / 0 > 3", {}, [], id="divided by nothing"),
    ],
)
def test_a_comparison_with_a_number_is_a_limit(
    when: str, params: Mapping[str, str], expected: list[tuple[str, str, float]]
) -> None:
    assert found(when, params) == expected


def test_a_rating_scales_the_limit() -> None:
    assert found("heat > share * rated.heat_c", {"share": "0.9"}, heat_c=200) == [("heat", ">", 180)]


def test_a_branch_for_other_ratings_has_no_limit() -> None:
    when = "heat > limit and rated.kind == 1 or heat > limit_2 and rated.kind == 2"

    assert found(when, {"limit": "80", "limit_2": "90"}, kind=2) == [("heat", ">", 90)]


def test_a_machine_without_the_rating_has_no_limit() -> None:
    assert found("heat > limit * rated.heat_c", {"limit": "0.9"}) == []
    assert found("heat > limit and rated.kind == 1", {"limit": "80"}) == []


def test_what_a_site_or_machine_changes_is_drawn() -> None:
    hot = rule("heat > limit", params={"limit": "80"})
    changed = {"hot": Tuning(params={"limit": Quantity(95.0)})}
    off = {"hot": Tuning(enabled=False)}
    site = Site(
        id="home",
        tuning={"hot": Tuning(params={"limit": Quantity(90.0)})},
        assets=(
            oven("O-1"),
            Asset(id="O-2", asset_class="oven", points=POINTS, tuning=changed),
            Asset(id="O-3", asset_class="oven", points=POINTS, tuning=off),
        ),
    )

    limits = limits_of(installation(hot, site=site), "oven")

    assert [(each.value, each.assets) for each in limits] == [
        (90.0, frozenset({"O-1"})),
        (95.0, frozenset({"O-2"})),
    ]


def test_limits_that_machines_share_are_told_from_their_own() -> None:
    limits = Limits(
        installation(
            rule("heat > 80"),
            rule("cold < limit * rated.cold_c", params={"limit": "0.5"}, id_="cold"),
            assets=(oven("O-1", cold_c=10), oven("O-2", cold_c=20)),
        )
    )

    assert [each.value for each in limits.shared("oven", "heat", "cold")] == [80]
    assert [each.value for each in limits.own("oven", "heat", "cold")] == [5, 10]


def test_what_counts_at_rest_gives_way_to_what_counts_at_work() -> None:
    at_rest = rule("not running and heat > limit", params={"limit": "3"}, id_="rest")
    at_work = rule("running and heat > limit", params={"limit": "80"}, id_="work")

    assert values(at_rest) == [3]
    assert values(at_rest, at_work) == [80]


def values(*rules: Rule) -> list[float]:
    limits: tuple[Limit, ...] = Limits(installation(*rules)).of("oven", "heat")
    return [each.value for each in limits]
