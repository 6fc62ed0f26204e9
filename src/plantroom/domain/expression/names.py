"""Looks names up: points of the asset and of others, rated quantities, parameters, the calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.meaning import Kind, Meaning
from plantroom.domain.expression.surroundings import RELATIONS, Surroundings, rated_unit
from plantroom.domain.expression.tree import Given, PointValue
from plantroom.domain.site import Point, ValueType
from plantroom.domain.suggestion import suggest
from plantroom.domain.units import difference_unit

_KINDS: Final = {
    ValueType.NUMBER: Kind.NUMBER,
    ValueType.BOOLEAN: Kind.BOOLEAN,
    ValueType.STATE: Kind.STATE,
}
CALENDAR: Final = {
    "hour": Kind.NUMBER,
    "weekday": Kind.NUMBER,
    "workday": Kind.BOOLEAN,
    "holiday": Kind.BOOLEAN,
}
"""What the site's calendar tells, unless the asset has a point of that name."""


@dataclass(frozen=True, slots=True)
class Names:
    """All names that an expression may use."""

    points: Mapping[str, Point]
    around: Surroundings

    def given(self, name: str, *, said: str, column: int) -> Meaning | None:
        """Return the meaning of a parameter or of a word of the calendar, None where `name` is neither."""
        if name in self.around.params:
            if name in self.points:
                raise ExpressionInvalid(
                    f"{name} is a parameter of the rule and also a point: rename the parameter", column=column
                )
            return Meaning(
                node=Given(f"params.{name}"),
                kind=Kind.NUMBER,
                said=said,
                column=column,
                unit=self.around.params[name].unit,
                constant=True,
            )
        if name in CALENDAR and name not in self.points:
            return Meaning(node=Given(name), kind=CALENDAR[name], said=said, column=column, constant=True)
        return None

    def rated(self, name: str, *, said: str, column: int) -> Meaning:
        """Return the meaning of a rated quantity of the asset."""
        if name not in self.around.rated:
            hint = suggest(name, self.around.rated)
            raise ExpressionInvalid(f"unknown rated quantity {name!r}; {hint}", column=column)
        return Meaning(
            node=Given(f"rated.{name}"),
            kind=Kind.NUMBER,
            said=said,
            column=column,
            unit=rated_unit(name),
            constant=True,
        )

    def point(self, name: str, *, column: int) -> Point:
        """Return the point of the asset that `name` names."""
        if name in self.points:
            return self.points[name]
        known = [*self.points, *self.around.params]
        raise ExpressionInvalid(f"unknown point {name!r}; {suggest(name, known)}", column=column)

    def related(self, relation: str, name: str, *, column: int) -> Point:
        """Return the point of a related asset."""
        if relation not in RELATIONS:
            known = [*RELATIONS, "rated"]
            raise ExpressionInvalid(f"unknown word {relation!r}; {suggest(relation, known)}", column=column)
        points = self.around.related.get(relation, {})
        if name not in points:
            raise ExpressionInvalid(
                f"unknown point '{relation}.{name}'; {suggest(name, points)}", column=column
            )
        return points[name]

    def of_peers(self, name: str, statistic: str, *, column: int) -> Point:
        """Return what the median or the spread of a point among its siblings is like."""
        point = self.point(name, column=column)
        if point.value_type is not ValueType.NUMBER:
            raise ExpressionInvalid(f"peers takes a point that is a number, not {name}", column=column)
        unit = difference_unit(point.unit) if statistic == "spread" else point.unit
        return Point(name=name, unit=unit)


def point_meaning(name: str, point: Point, *, said: str, column: int) -> Meaning:
    """Return what the value of `point`, called `name` in the tree, means."""
    kind = _KINDS[point.value_type]
    return Meaning(
        node=PointValue(name),
        kind=kind,
        said=said,
        column=column,
        unit=point.unit if kind is Kind.NUMBER else None,
        states=point.states,
    )
