"""Text to checked expression."""

from collections.abc import Mapping

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.checker import Checker
from plantroom.domain.expression.grammar import read
from plantroom.domain.expression.meaning import Kind
from plantroom.domain.expression.surroundings import NOTHING, RELATIONS, Surroundings
from plantroom.domain.expression.tree import Expression
from plantroom.domain.site import Point

_RELATED = tuple(f"{relation}." for relation in RELATIONS)


def parse(text: str, *, points: Mapping[str, Point], around: Surroundings = NOTHING) -> Expression:
    """Return the expression that `text` writes about `points` and what is `around` their asset.

    Raises:
        ExpressionInvalid: it cannot be parsed, names what is not there, or makes no sense.
    """
    checker = Checker(text, points, around)
    root = checker.check(read(text))
    if root.kind is not Kind.BOOLEAN:
        raise ExpressionInvalid(
            f"expected a condition that is true or false, got {root.said}, {root.kind.value}", column=0
        )
    if not checker.used:
        raise ExpressionInvalid("names no point, so it would never change", column=0)
    return Expression(text=text, root=root.node, points=tuple(checker.used))


def assumed_units(
    text: str, *, points: Mapping[str, Point], around: Surroundings = NOTHING
) -> frozenset[str]:
    """Return the units that the numbers written without one in `text` were taken to be in.

    Raises:
        ExpressionInvalid: as `parse`.
    """
    checker = Checker(text, points, around)
    checker.check(read(text))
    return frozenset(checker.assumed)


def words(text: str) -> frozenset[str]:
    """Return the names in `text`: of points, of states that are not quoted, and `parent.x`, `rated.x`.

    Raises:
        ExpressionInvalid: `text` follows no rule of the grammar.
    """
    tree = read(text)
    plain = {str(each.children[0]) for each in tree.find_data("name")}
    dotted = {".".join(map(str, each.children)) for each in tree.find_data("member")}
    return frozenset(plain | {name for name in dotted if name.startswith((*_RELATED, "rated."))})
