"""What a scorer remembers as plain arrays that name assets, points and models, and back (see `Scorer`)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.models.grid import Grid
from plantroom.models.group import Fault, Group

Arrays = Mapping[str, npt.NDArray[Any]]

_OF_ASSETS: Final = ("minute", "closed")
_OF_COLUMNS: Final = ("total", "count", "last", "expires", "shut")
_GROUPS: Final = "groups"


def taken(grid: Grid, assets: Sequence[str], groups: Sequence[Group]) -> dict[str, npt.NDArray[Any]]:
    """Return what `bring_back` needs; no two of its arrays are shared with what goes on."""
    slot, column = _columns(grid)
    names = [
        (assets[s], grid.outlines[s].names[c]) for s, c in zip(slot.tolist(), column.tolist(), strict=True)
    ]
    arrays = {"assets": _written(assets), "columns": _written(names)}
    arrays |= {name: getattr(grid.state, name).copy() for name in _OF_ASSETS}
    arrays |= {name: getattr(grid.state, name)[slot, column] for name in _OF_COLUMNS}
    off = [fault for group in groups for fault in group.faults]
    arrays["off"] = _written((*fault.key, fault.reason) for fault in off)
    for number, group in enumerate(groups):
        arrays[f"{_GROUPS}/{number}"] = _written(entry.key for entry in group.entries)
        arrays |= {f"{_GROUPS}/{number}/{name}": array for name, array in group.snapshot().items()}
    return arrays


def bring_back(arrays: Arrays, grid: Grid, assets: Sequence[str], groups: Sequence[Group]) -> None:
    """Let new parts remember what others did when it was `taken`.

    Raises:
        ValueError: `arrays` are nothing that was.
    """
    try:
        _bring_back_grid(arrays, grid, assets)
        _switch_off(arrays, groups)
        _bring_back_groups(arrays, groups)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f"no snapshot of a scorer: {error!r}") from error


def _columns(grid: Grid) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return slot and column of everything that a grid really has."""
    size = np.array([len(outline.columns) for outline in grid.outlines], np.intp)
    slot = np.repeat(np.arange(len(size)), size)
    return slot, np.arange(len(slot)) - np.repeat(np.cumsum(size) - size, size)


def _bring_back_grid(arrays: Arrays, grid: Grid, assets: Sequence[str]) -> None:
    slot_of = {asset: slot for slot, asset in enumerate(assets)}
    here, there = _matched(slot_of, _lines(arrays["assets"]))
    for name in _OF_ASSETS:
        getattr(grid.state, name)[here] = arrays[name][there]
    slot, column = _columns(grid)
    places = {
        (assets[s], grid.outlines[s].names[c]): number
        for number, (s, c) in enumerate(zip(slot.tolist(), column.tolist(), strict=True))
    }
    here, there = _matched(places, [tuple(line) for line in _lines(arrays["columns"])])
    for name in _OF_COLUMNS:
        getattr(grid.state, name)[slot[here], column[here]] = arrays[name][there]


def _switch_off(arrays: Arrays, groups: Sequence[Group]) -> None:
    known = {
        Fault(asset=asset, model=model, version=version, reason=reason).key: reason
        for asset, model, version, reason in _lines(arrays["off"])
    }
    for group in groups if known else ():
        reasons = [known.get(entry.key) for entry in group.entries]
        for reason in sorted({reason for reason in reasons if reason is not None}):
            # The entries change with each reason.
            group.switch_off(np.array([known.get(e.key) == reason for e in group.entries], np.bool_), reason)


def _bring_back_groups(arrays: Arrays, groups: Sequence[Group]) -> None:
    numbers = [name.removeprefix(f"{_GROUPS}/") for name in arrays if name.startswith(f"{_GROUPS}/")]
    for number in (name for name in numbers if "/" not in name):
        keys = [tuple(line) for line in _lines(arrays[f"{_GROUPS}/{number}"])]
        prefix = f"{_GROUPS}/{number}/"
        kept = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
        for group in groups:
            here, there = _matched({entry.key: n for n, entry in enumerate(group.entries)}, keys)
            if len(here):
                _bring_back_group(group, kept, here, there)


def _bring_back_group(
    group: Group, kept: Arrays, here: npt.NDArray[np.intp], there: npt.NDArray[np.intp]
) -> None:
    """Let the entries at `here` remember what those at `there` did, if they keep the same things."""
    fresh = group.snapshot()
    alike = fresh.keys() == kept.keys() and all(
        fresh[name].shape[1:] == kept[name].shape[1:] and fresh[name].dtype == kept[name].dtype
        for name in fresh
    )
    if not alike:
        return
    for name, array in fresh.items():
        array[here] = kept[name][there]
    group.restore(fresh)


def _matched(
    here: Mapping[Any, int], keys: Sequence[Any]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return where each of `keys` that is known is here, and where there."""
    pairs = [(here[key], there) for there, key in enumerate(keys) if key in here]
    both = np.array(pairs, np.intp).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _written(lines: Iterable[Any]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(json.dumps(list(lines), ensure_ascii=False).encode(), np.uint8)


def _lines(written: npt.NDArray[np.uint8]) -> list[Any]:
    found = json.loads(written.tobytes())
    if not isinstance(found, list):
        raise TypeError("expected a list")
    return found
