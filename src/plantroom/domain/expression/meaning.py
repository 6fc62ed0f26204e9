"""What a part of an expression means: its node, whether it is a number or a condition, and its unit."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final
from unicodedata import normalize

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.tree import Node, Number, Operation, Operator
from plantroom.domain.units import conversion

_CELSIUS: Final = "degC"
_FAHRENHEIT: Final = "degF"
_KELVIN: Final = "K"


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
    return normalize("NFKC", unit).replace("°C", _CELSIUS).replace("°F", _FAHRENHEIT)


def is_unit(part: Meaning, unit: str) -> bool:
    """Whether `part` is known to be in `unit`."""
    return part.unit is not None and same_unit(part.unit, unit)


def in_unit(part: Meaning, unit: str) -> Meaning | None:
    """Return `part` converted to `unit`; None: it is another quantity's.

    Kelvins are differences of temperatures here, so they do not convert to temperatures.
    """
    assert part.unit is not None
    if same_unit(part.unit, unit):
        return part
    scale = conversion(of=part.unit, to=unit)
    if scale is None or _KELVIN in (_spelt(part.unit), _spelt(unit)):
        return None
    factor, shift = scale
    if isinstance(part.node, Number):
        return replace(part, node=Number(part.node.value * factor + shift), unit=unit)
    node: Node = Operation(Operator.MULTIPLY, (part.node, Number(factor)))
    if shift:
        node = Operation(Operator.ADD, (node, Number(shift)))
    return replace(part, node=node, unit=unit)


def in_one_unit(first: Meaning, second: Meaning, *, verb: str) -> tuple[Meaning, Meaning]:
    """Return two numbers that are compared or added in one unit, that of the first that is no literal.

    Raises:
        ExpressionInvalid: they are different quantities, or a written unit cannot be checked.
    """
    if first.unit is not None and second.unit is not None:
        if first.constant and not second.constant:
            changed = in_unit(first, second.unit)
            pair = None if changed is None else (changed, second)
        else:
            changed = in_unit(second, first.unit)
            pair = None if changed is None else (first, changed)
        if pair is None:
            raise ExpressionInvalid(
                f"cannot {verb} {_with_unit(first)} and {_with_unit(second)}", column=second.column
            )
        return pair
    known, other = (first, second) if second.unit is None else (second, first)
    if known.unit is not None and known.constant and not other.constant:
        raise ExpressionInvalid(
            f"the unit of {other.said} cannot be told: leave out {known.unit}", column=known.column
        )
    return first, second


def sum_of(first: Meaning, second: Meaning, operator: Operator) -> tuple[Node, str | None]:
    """Return a sum or difference and its unit; two temperatures are kelvins apart.

    Raises:
        ExpressionInvalid: the units do not go together.
    """
    first, second = in_celsius(first), in_celsius(second)
    kelvins = is_unit(first, _KELVIN), is_unit(second, _KELVIN)
    celsius = is_unit(first, _CELSIUS), is_unit(second, _CELSIUS)
    if (celsius[0] and kelvins[1]) or (kelvins[0] and celsius[1] and operator is Operator.ADD):
        return Operation(operator, (first.node, second.node)), _CELSIUS
    first, second = in_one_unit(first, second, verb="add" if operator is Operator.ADD else "subtract")
    node = Operation(operator, (first.node, second.node))
    if all(celsius) and operator is Operator.SUBTRACT:
        return node, _KELVIN
    known, other = (first, second) if second.unit is None else (second, first)
    return node, known.unit if other.unit is not None or other.goes_with_any_unit else None


def in_celsius(part: Meaning) -> Meaning:
    """Return a temperature in degF in degC, so that differences are in kelvins; anything else as it is."""
    changed = in_unit(part, _CELSIUS) if is_unit(part, _FAHRENHEIT) else None
    return part if changed is None else changed


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


def _with_unit(part: Meaning) -> str:
    if part.unit and part.said.endswith(part.unit):
        return part.said
    return f"{part.said} (in {part.unit})" if part.unit else f"{part.said} (without a unit)"
