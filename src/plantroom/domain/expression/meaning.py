"""What a part of an expression means: its node, whether it is a number or a condition, and its unit."""

from dataclasses import dataclass
from enum import Enum
from unicodedata import normalize

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.tree import Node, Operator

_CELSIUS = "degC"
_KELVIN = "K"


class Kind(Enum):
    """What a part can be used for."""

    NUMBER = "a number"
    BOOLEAN = "a condition"
    STATE = "a state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A checked part of an expression."""

    node: Node
    kind: Kind
    said: str
    """As the engineer wrote it."""
    column: int
    unit: str | None = None
    """Unit of a number; "" has none; None cannot be told, or goes with any."""
    constant: bool = False
    """Whether no point is in it."""
    states: tuple[str, ...] = ()
    """The named states that a state can be."""

    @property
    def goes_with_any_unit(self) -> bool:
        """Whether it is a bare number."""
        return self.constant and self.unit is None


def same_unit(first: str, second: str) -> bool:
    """Whether two units are one, however spelt."""
    return first == second or _spelt(first) == _spelt(second)


def _spelt(unit: str) -> str:
    return normalize("NFKC", unit).replace("°C", _CELSIUS)


def unit_of_pair(first: Meaning, second: Meaning, *, verb: str) -> str | None:
    """Return the unit of two numbers that are compared or added.

    Raises:
        ExpressionInvalid: their units differ, or a written unit cannot be checked.
    """
    if first.unit is not None and second.unit is not None:
        if not same_unit(first.unit, second.unit):
            raise ExpressionInvalid(
                f"cannot {verb} {_in_unit(first)} and {_in_unit(second)}", column=second.column
            )
        return first.unit
    known, other = (first, second) if second.unit is None else (second, first)
    if known.unit is not None and known.constant and not other.constant:
        raise ExpressionInvalid(
            f"the unit of {other.said} cannot be told: leave out {known.unit}", column=known.column
        )
    return known.unit if other.goes_with_any_unit else None


def unit_of_sum(first: Meaning, second: Meaning, operator: Operator) -> str | None:
    """Return the unit of a sum or difference; two temperatures are kelvins apart.

    Raises:
        ExpressionInvalid: the units do not go together.
    """
    units = tuple(_spelt(each.unit) if each.unit is not None else None for each in (first, second))
    if units == (_CELSIUS, _KELVIN) or (units == (_KELVIN, _CELSIUS) and operator is Operator.ADD):
        return _CELSIUS
    verb = "add" if operator is Operator.ADD else "subtract"
    unit = unit_of_pair(first, second, verb=verb)
    if units == (_CELSIUS, _CELSIUS) and operator is Operator.SUBTRACT:
        return _KELVIN
    return unit


def unit_of_product(first: Meaning, second: Meaning, operator: Operator) -> str | None:
    """Return the unit of a product or quotient, None where it is neither operand's."""
    if second.goes_with_any_unit or second.unit == "":
        return first.unit
    if operator is Operator.MULTIPLY and (first.goes_with_any_unit or first.unit == ""):
        return second.unit
    both = first.unit is not None and second.unit is not None
    if operator is Operator.DIVIDE and both and same_unit(first.unit or "", second.unit or ""):
        return ""
    return None


def _in_unit(part: Meaning) -> str:
    if part.unit and part.said.endswith(part.unit):
        return part.said
    return f"{part.said} (in {part.unit})" if part.unit else f"{part.said} (without a unit)"
