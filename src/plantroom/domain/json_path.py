"""Paths into JSON documents, in JMESPath."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from plantroom.domain.suggestion import suggest

Path: TypeAlias = Callable[[Any], Any]
"""Returns what a document has there, None where it has nothing."""

WHOLE: Final = "@"
"""The path of the document itself."""

FAILURES: Final = (
    JMESPathError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a path may raise on a document that it does not fit, its library's own slips included."""

_FUNCTIONS: Final[dict[str, Any]] = Functions().FUNCTION_TABLE

_Step: TypeAlias = str | int


def compile_path(text: str) -> Path:
    """Return the path that `text` writes; it raises one of `FAILURES` where its functions do not fit.

    Raises:
        ValueError: it writes none.
    """
    try:
        compiled = jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {_told(error)}") from None
    except RecursionError:
        raise ValueError("not a JMESPath expression: nested too deeply") from None
    _check_functions(compiled.parsed)
    steps = _steps(compiled.parsed)
    return compiled.search if steps is None else _walk(steps)


def _told(error: JMESPathError) -> str:
    # The library adds the whole expression with an arrow below it, on lines of their own.
    return str(error).splitlines()[0].partition(", for expression")[0].strip()


def _check_functions(node: Any) -> None:
    """Do what the library leaves until a document comes: look whether the functions exist.

    Raises:
        ValueError: one does not, or takes another number of arguments.
    """
    if node["type"] == "function_expression":
        name, given = node["value"], len(node["children"])
        if name not in _FUNCTIONS:
            raise ValueError(f"not a JMESPath expression: no function {name}; {suggest(name, _FUNCTIONS)}")
        signature = _FUNCTIONS[name]["signature"]
        is_open = bool(signature) and bool(signature[-1].get("variadic"))
        if given < len(signature) or (given > len(signature) and not is_open):
            takes = f"{name} takes {len(signature)} arguments"
            raise ValueError(f"not a JMESPath expression: {takes}, not {given}")
    for child in node["children"]:
        if isinstance(child, dict):
            _check_functions(child)


def _steps(node: Any) -> tuple[_Step, ...] | None:
    """Return the names and positions of a path that is nothing but those, else None."""
    match node:
        case {"type": "current" | "identity"}:
            return ()
        case {"type": "field", "value": str(name)}:
            return (name,)
        case {"type": "index", "value": int(position)}:
            return (position,)
        case {"type": "subexpression" | "index_expression", "children": children}:
            inner = [_steps(child) for child in children]
            return None if None in inner else tuple(step for steps in inner for step in steps or ())
    return None


def _walk(steps: tuple[_Step, ...]) -> Path:
    """Return what the library's interpreter does with `steps`, several times as fast."""
    if len(steps) == 1 and isinstance(steps[0], str):
        name = steps[0]
        return lambda document: document.get(name) if document.__class__ is dict else None

    def walk(document: Any) -> Any:
        for step in steps:
            if document.__class__ is dict and step.__class__ is str:
                document = document.get(step)
            elif document.__class__ is list and step.__class__ is int:
                try:
                    document = document[step]
                except IndexError:
                    return None
            else:
                return None
        return document

    return walk
