"""The words and the order of a rule expression: text to a syntax tree that nobody has checked yet."""

from functools import cache, lru_cache
from typing import Any, Final, TypeAlias

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedEOF, UnexpectedInput, UnexpectedToken

from plantroom.domain.errors import ExpressionInvalid

Syntax: TypeAlias = "Tree[Any]"

MAX_LENGTH: Final = 4000
"""Longest expression, in characters."""

# A unit follows its number; a slash within it has no spaces around it, one that divides has.
_GRAMMAR: Final = r"""
    ?start: disjunction
    ?disjunction: conjunction | disjunction OR conjunction -> binary
    ?conjunction: negation | conjunction AND negation -> binary
    ?negation: comparison | NOT negation -> unary
    ?comparison: sum | sum COMPARE sum -> binary
    ?sum: product | sum SUM product -> binary
    ?product: sign | product PRODUCT sign -> binary
    ?sign: atom | MINUS sign -> unary
    ?atom: NUMBER UNIT? -> number
         | TRUE -> boolean
         | FALSE -> boolean
         | NAME -> name
         | NAME "." NAME -> member
         | call
         | call "." NAME -> call_member
         | STRING -> string
         | "(" disjunction ")"
    call: NAME "(" disjunction ("," disjunction)* ")"

    OR.2: /or\b/
    AND.2: /and\b/
    NOT.2: /not\b/
    TRUE.2: /true\b/
    FALSE.2: /false\b/
    COMPARE: "<=" | ">=" | "==" | "!=" | "<" | ">"
    SUM: "+" | "-"
    MINUS: "-"
    PRODUCT: "*" | "/"
    NUMBER: /([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?(?![0-9.])/
    UNIT: /%|‰|([^\W\d_]|[°℃])[\w·]*(\/([^\W\d_]|[°℃])[\w·]*)*/
    NAME: /[a-z][a-z0-9_]*/
    STRING: /"[^"]*"|'[^']*'/
    %ignore /[ \t\r\n]+/
"""

_HINTS: Final = {
    "=": "write == to compare",
    "&": "write and",
    "|": "write or",
    "!": "write not",
    "%": "% may only follow a number, as its unit",
}


@cache
def _lark() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True)


@lru_cache(maxsize=4096)
def read(text: str) -> Syntax:
    """Return the syntax tree of `text`.

    Raises:
        ExpressionInvalid: `text` follows no rule of the grammar.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionInvalid(f"longer than {MAX_LENGTH} characters: {len(text)}", column=MAX_LENGTH)
    if not text.strip():
        raise ExpressionInvalid("empty; expected a condition", column=0)
    try:
        return _lark().parse(text)
    except UnexpectedInput as error:
        raise _invalid(text, error) from None


def _invalid(text: str, error: UnexpectedInput) -> ExpressionInvalid:
    ended = isinstance(error, UnexpectedEOF) or (
        isinstance(error, UnexpectedToken) and error.token.type == "$END"
    )
    if ended:
        return ExpressionInvalid("ends too early; expected a point, a number or (", column=len(text.rstrip()))
    column = error.pos_in_stream or 0
    found = _found(text, error, column)
    hint = _hint(error, found)
    return ExpressionInvalid(f"unexpected {found!r}" + (f": {hint}" if hint else ""), column=column)


def _found(text: str, error: UnexpectedInput, column: int) -> str:
    token = error.token if isinstance(error, UnexpectedToken) else None
    return str(token) if isinstance(token, Token) and token else text[column]


def _hint(error: UnexpectedInput, found: str) -> str:
    if isinstance(error, UnexpectedToken) and error.token.type == "COMPARE":
        return "comparisons cannot be chained, join two with and"
    if found.lower() in {"and", "or", "not", "true", "false"} and found != found.lower():
        return f"write {found.lower()}"
    if found[0].isalpha() and found != found.lower():
        return "names of points are in lower case"
    return _HINTS.get(found[0], "")
