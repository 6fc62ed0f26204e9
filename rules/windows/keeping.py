"""What windows remember as a few plain arrays, and back."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from plantroom.rules.windows.columns import Columns

Remembrance: TypeAlias = Mapping[str, npt.NDArray[Any]]
"""By name of the part: what the window is, and which of its arrays."""
_ARRAY = "windows_"


def parts_of(columns: Columns) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Yield every array that the windows of a cohort keep, named by what the window is."""
    for column in columns.windows:
        for part, state in column.states().items():
            for name, array in state.items():
                yield f"{column.node!r} {part} {name}", array


def shapes(columns: Columns) -> dict[str, Any]:
    """Return kind and shape of each part, in the order in which `remember` lays them out."""
    return {part: [array.dtype.str[1:], *array.shape] for part, array in parts_of(columns)}


def remember(cohorts: Sequence[Columns]) -> dict[str, npt.NDArray[Any]]:
    """Return all parts of all cohorts in one array for each kind of number."""
    kinds: dict[str, list[npt.NDArray[Any]]] = {}
    for columns in cohorts:
        for _, array in parts_of(columns):
            kinds.setdefault(array.dtype.str[1:], []).append(array.ravel())
    return {f"{_ARRAY}{kind}": np.concatenate(arrays) for kind, arrays in kinds.items()}


def remembered(
    arrays: Mapping[str, npt.NDArray[Any]], cohorts: Sequence[Mapping[str, Any]]
) -> list[Remembrance]:
    """Return the parts of each cohort, of which `cohorts` tells the shapes."""
    offsets: dict[str, int] = {}
    whole: dict[str, npt.NDArray[Any]] = {}
    found: list[Remembrance] = []
    for shapes_of_cohort in cohorts:
        parts = {}
        for part, (kind, *shape) in shapes_of_cohort.items():
            start = offsets.get(kind, 0)
            offsets[kind] = start + math.prod(shape)
            if kind not in whole:
                whole[kind] = arrays[f"{_ARRAY}{kind}"]
            parts[part] = whole[kind][start : offsets[kind]].reshape(shape)
        found.append(parts)
    return found
