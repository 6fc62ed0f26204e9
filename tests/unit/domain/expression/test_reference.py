"""What `docs/reference/expressions.md` says of expressions is so."""

import re
from pathlib import Path

import pytest

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.calls import FUNCTIONS
from plantroom.domain.expression.parser import parse
from plantroom.domain.expression.surroundings import Surroundings
from plantroom.domain.quantity import Quantity
from plantroom.domain.site import Point, ValueType

PAGE = (Path(__file__).parents[4] / "docs/reference/expressions.md").read_text(encoding="utf-8")
POINTS = {
    point.name: point
    for point in (
        *(Point(name=name, unit="m3/h") for name in ("flow", "rated_flow")),
        *(
            Point(name=name, unit="degC")
            for name in ("supply_temp", "return_temp", "setpoint", "bearing_temp")
        ),
        *(Point(name=name, value_type=ValueType.BOOLEAN) for name in ("running", "fan_command")),
        Point(name="pressure", unit="bar"),
        Point(name="current", unit="A"),
        Point(name="voltage", unit="V"),
        Point(name="vibration", unit="mm/s"),
        Point(name="valve", unit="%"),
        Point(name="power", unit="kW"),
        Point(name="mode", value_type=ValueType.STATE, states=("off", "heating", "cooling")),
    )
}

AROUND = Surroundings(
    related={"parent": POINTS, "fed_by": POINTS}, rated=("power_kw",), params={"limit": Quantity(4.5, "mm/s")}
)

EXAMPLES = PAGE.split("```")[1].strip().splitlines()
MISTAKES = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_of_the_page_is_an_expression(text: str) -> None:
    assert parse(text, points=POINTS, around=AROUND).text == text


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_a_mistake_of_the_page_is_told_as_it_says(text: str, told: str) -> None:
    with pytest.raises(ExpressionInvalid) as caught:
        parse(text, points=POINTS, around=AROUND)

    assert str(caught.value).startswith(told.removesuffix(", ..."))


def test_the_page_shows_examples_and_mistakes() -> None:
    assert len(EXAMPLES) >= 5
    assert len(MISTAKES) >= 6


def test_every_function_is_on_the_page() -> None:
    assert [name for name in FUNCTIONS if f"`{name}(" not in PAGE and f"`{name}`" not in PAGE] == []
