"""The engine watches when rules are suppressed, for the stage behind it alone."""

from dataclasses import replace

from plantroom.domain.expression.parser import parse
from plantroom.domain.expression.surroundings import Surroundings
from plantroom.domain.quantity import Quantity
from plantroom.domain.site import Tuning
from plantroom.rules.engine import Engine
from plantroom_testing.rule_plant import POINTS, Message, batch, installation, rule, site

QUIET = replace(rule("temp > 5", hold=20, keep=20, clear="temp < 1"), suppress=rule("not running").when)


def said(engine: Engine, plant_message: Message) -> list[tuple[str, str]]:
    table = installation(QUIET).table
    return [(one.rule, one.kind.value) for one in engine.observe(batch(table, [plant_message]), 0)]


def test_an_engine_says_nothing_of_companions_unless_it_is_asked() -> None:
    message = Message("P-1", 0, {"running": 0})

    assert said(Engine(installation(QUIET)), message) == []
    assert said(Engine(installation(QUIET), companions=True), message) == [("r~suppress", "activated")]


def test_a_companion_waits_for_nothing_and_comes_before_its_rule() -> None:
    at_once = replace(QUIET, hold=QUIET.hold * 0)

    engine = Engine(installation(at_once), companions=True)

    assert said(engine, Message("P-1", 0, {"temp": 6, "running": 0})) == [
        ("r~suppress", "activated"),
        ("r", "activated"),
    ]
    assert said(engine, Message("P-1", 5, {"running": 1})) == [("r~suppress", "cleared")]


def test_an_assets_parameters_of_the_rule_are_those_of_its_companion() -> None:
    known = {point.name: point for point in POINTS}
    limit = Quantity(50, "degC")
    suppress = parse("supply > limit", points=known, around=Surroundings(params={"limit": limit}))
    tuned = replace(QUIET, suppress=suppress, params=(("limit", limit),))
    hot_water = site()
    asset = replace(hot_water.assets[0], tuning={"r": Tuning(params={"limit": Quantity(80, "degC")})})
    plant = installation(tuned, sites=[replace(hot_water, assets=(asset,))])

    engine = Engine(plant, companions=True)

    assert said(engine, Message("P-1", 0, {"supply": 70})) == []
    assert said(engine, Message("P-1", 5, {"supply": 90})) == [("r~suppress", "activated")]


def test_a_rule_that_is_switched_off_has_no_companion() -> None:
    asset = replace(site().assets[0], tuning={"r": Tuning(enabled=False)})
    plant = installation(QUIET, sites=[replace(site(), assets=(asset,))])

    assert said(Engine(plant, companions=True), Message("P-1", 0, {"running": 0})) == []
