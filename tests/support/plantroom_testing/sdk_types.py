"""Checks values of Grafana's SDK against the types it declares, which it made of the published schema."""

from collections.abc import Iterator
from enum import Enum
from inspect import isclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_MODELS = "grafana_foundation_sdk.models"


def misfits(value: object, declared: Any, where: str) -> Iterator[str]:
    """Yield where `value` is not what is declared."""
    if declared in (object, Any):
        # Options of a kind of panel: declared by the kind.
        declared = type(value)
    origin = get_origin(declared)
    if origin in (Union, UnionType):
        yield from _of_union(value, declared, where)
    elif origin in (list, dict):
        yield from _of_container(value, declared, where)
    elif not _fits(value, declared):
        yield f"{where}: {value!r} is no {declared}"
    elif type(value).__module__.startswith(_MODELS) and not isinstance(value, Enum):
        for name, hint in get_type_hints(type(value)).items():
            yield from misfits(getattr(value, name), hint, f"{where}.{name}")


def _of_union(value: object, declared: Any, where: str) -> Iterator[str]:
    tried = [list(misfits(value, part, where)) for part in get_args(declared) if _fits(value, part)]
    if not tried:
        yield f"{where}: {value!r} is none of {declared}"
    elif all(tried):
        yield from tried[0]


def _of_container(value: object, declared: Any, where: str) -> Iterator[str]:
    if not _fits(value, declared):
        yield f"{where}: {value!r} is no {declared}"
        return
    inner = get_args(declared)[-1]
    members = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type] # it fits a container's type
    for key, each in members:
        yield from misfits(each, inner, f"{where}[{key}]")


def _fits(value: object, declared: Any) -> bool:
    if declared in (object, Any):
        return True
    if get_origin(declared) is Literal:
        return value in get_args(declared)
    kind = get_origin(declared) or declared
    if kind in (Union, UnionType):
        return any(_fits(value, part) for part in get_args(declared))
    if isclass(kind) and issubclass(kind, Enum):
        return value in [member.value for member in kind]
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))
