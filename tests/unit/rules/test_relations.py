"""Rules that ask about other assets, ratings, parameters, and rules that are switched off."""

from dataclasses import replace

import pytest

from plantroom.domain.expression.parser import parse
from plantroom.domain.expression.surroundings import Surroundings
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.quantity import Quantity
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset, Point, Site, Tuning, ValueType
from plantroom.rules.engine import Engine
from plantroom_testing.rule_plant import Message, batch

POINTS = (
    Point(name="temp", unit="degC"),
    Point(name="power", unit="kW"),
    Point(name="on", value_type=ValueType.BOOLEAN),
)
NAMED = {point.name: point for point in POINTS}
LIMIT = Quantity(4.5, "degC")
AROUND = Surroundings(
    related={"parent": NAMED, "fed_by": NAMED}, rated=("power_kw",), params={"limit": LIMIT}
)


def plant(text: str, tuning: Tuning) -> Installation:
    """Return four pumps that are part of panel M-1 and fed by M-1 and M-2; P-1 has its own tuning."""
    when = parse(text, points=NAMED, around=AROUND)
    rule = Rule(id="r", asset_class="pump", when=when, params=(("limit", LIMIT),))
    pump = Asset(id="P-1", asset_class="pump", points=POINTS, parent="M-1", fed_by=("M-1", "M-2"))
    pumps = [replace(pump, id=f"P-{n}", rated={"power_kw": float(n)}) for n in range(1, 5)]
    panels = [Asset(id=name, asset_class="panel", points=POINTS) for name in ("M-1", "M-2")]
    assets = (*panels, replace(pumps[0], tuning={"r": tuning}), *pumps[1:])
    return Installation(table=PointTable((Site(id="s", assets=assets),)), classes={}, rules={"s": (rule,)})


def told(text: str, *messages: Message, tuning: Tuning | None = None) -> list[tuple[str, str, float]]:
    """Return what happens, having made sure that neither cuts nor restarts change it."""
    installation = plant(text, tuning or Tuning())
    at_once = Engine(installation).observe(batch(installation.table, messages), 0)
    engine, one_by_one = Engine(installation), []
    for message in messages:
        one_by_one += engine.observe(batch(installation.table, [message]), 0)
        after = Engine(installation)
        assert after.restore(engine.snapshot()) == []
        engine = after
    assert one_by_one == at_once
    return [(one.asset, one.kind.value, one.at / 1000) for one in at_once]


def test_a_rule_follows_the_parent() -> None:
    said = told(
        "parent.temp > 5 and temp > 1",
        Message("P-1", 1000, {"temp": 2.0}),
        Message("M-1", 1001, {"temp": 6.0}),
        Message("P-2", 1002, {"temp": 2.0}),
        Message("M-1", 1010, {"temp": 1.0}),
    )

    assert said == [
        ("P-1", "activated", 1001),
        ("P-2", "activated", 1002),
        ("P-1", "cleared", 1010),
        ("P-2", "cleared", 1010),
    ]


@pytest.mark.parametrize(
    ("text", "at"), [("any(not fed_by.on)", 1001), ("all(not fed_by.on)", 1002)], ids=["any", "all"]
)
def test_several_feeders_are_asked_for_any_or_for_all(text: str, at: float) -> None:
    said = told(text, Message("M-1", 1001, {"on": 0.0}), Message("M-2", 1002, {"on": 0.0}))

    assert said == [(f"P-{n}", "activated", at) for n in range(1, 5)]


def test_a_window_goes_over_the_points_of_the_parent() -> None:
    messages = [Message("M-1", 1000 + 10 * n, {"temp": 6.0}) for n in range(10)]

    assert ("P-1", "activated", 1045) in told("avg(parent.temp, 1m) > 5", *messages)


def test_rated_quantities_are_those_of_each_asset() -> None:
    messages = [Message(f"P-{n}", 1000, {"power": 2.5}) for n in range(1, 5)]

    said = told("power > rated.power_kw", *messages)

    assert said == [("P-1", "activated", 1000), ("P-2", "activated", 1000)]


@pytest.mark.parametrize(
    "tuning", [Tuning(params={"limit": Quantity(5.5)}), Tuning(enabled=False)], ids=["higher", "off"]
)
def test_an_asset_may_have_its_own_limit_or_no_rule(tuning: Tuning) -> None:
    messages = [Message(f"P-{n}", 1000, {"temp": 5.0}) for n in (1, 2)]

    assert told("temp > limit", *messages) == [("P-1", "activated", 1000), ("P-2", "activated", 1000)]
    assert told("temp > limit", *messages, tuning=tuning) == [("P-2", "activated", 1000)]


def test_one_of_four_is_far_from_its_siblings() -> None:
    odd = {1: 5.0, 2: 5.2, 3: 14.0, 4: 5.1}
    messages = [Message(f"P-{n}", 1001 + 10 * k, {"temp": odd[n]}) for k in range(8) for n in odd]

    said = told("abs(temp - peers(temp).median) > 3 * peers(temp).spread + 1 K", *messages)

    assert {(asset, kind) for asset, kind, _ in said} == {("P-3", "activated")}


def test_two_siblings_say_nothing_of_each_other() -> None:
    messages = [Message(f"P-{n}", 1001 + 10 * k, {"temp": 9.0 * n}) for k in range(20) for n in (1, 2)]

    assert told("abs(temp - peers(temp).median) > 1 K", *messages) == []
