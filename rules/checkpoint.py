"""Snapshots of the engine as plain arrays, and the way back under other site and rule files.

State is named by (site, asset), point and rule, never by number, so that files may change in between.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.errors import SnapshotInvalid
from plantroom.domain.points import PointTable
from plantroom.domain.report import from_document, to_document
from plantroom.rules.cell import Phase
from plantroom.rules.cohort import Cohort
from plantroom.rules.segments import NEVER, Rows
from plantroom.rules.windows.keeping import Remembrance, parts_of, remember, remembered, shapes

VERSION: Final = 2
"""Snapshots of version 1 had no windows; those of this version begin anew from one."""
_OLDEST: Final = 1
_PER_ASSET: Final = ("newest", "lead", "floor", "quiet")
_WITHOUT_WINDOWS: Final = {"quiet"}
_PER_POINT: Final = ("value", "ts")
_PER_RULE: Final = ("phase", "since", "activated")
_AT_REST: Final = np.array([Phase.IDLE, Phase.IDLE, Phase.ACTIVE, Phase.ACTIVE, Phase.DARK], np.uint8)
"""The phase of each phase without its timer."""

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a snapshot holds of one cohort."""

    members: list[tuple[str, str]]
    points: list[str]
    rules: list[dict[str, Any]]
    """`id`, `fingerprint`, and `report`, a transition of the rule to be filled in."""
    arrays: Arrays
    windows: Remembrance


def _read(arrays: Arrays) -> Iterable[Kept]:
    head = json.loads(arrays["head"].tobytes())
    version = head["version"]
    if not _OLDEST <= version <= VERSION:
        raise SnapshotInvalid(f"snapshot version must be {_OLDEST} to {VERSION}: {version}")
    offsets = dict.fromkeys(_PER_ASSET + _PER_POINT + _PER_RULE, 0)
    if version == _OLDEST:
        offsets = {name: 0 for name in offsets if name not in _WITHOUT_WINDOWS}
    windows = remembered(arrays, [cohort.get("windows", {}) for cohort in head["cohorts"]])
    for cohort, of_cohort in zip(head["cohorts"], windows, strict=True):
        parts = {}
        for name, start in offsets.items():
            shape = _shape(name, cohort)
            offsets[name] = start + math.prod(shape)
            parts[name] = arrays[name][start : offsets[name]].reshape(shape)
        members = [(site, asset) for site, asset in cohort["members"]]
        if version == _OLDEST:
            parts |= dict.fromkeys(_WITHOUT_WINDOWS, parts["floor"])
        yield Kept(
            members=members,
            points=cohort["points"],
            rules=cohort["rules"],
            arrays=parts,
            windows=of_cohort,
        )


def _shape(name: str, cohort: Mapping[str, Any]) -> tuple[int, ...]:
    assets = len(cohort["members"])
    if name in _PER_ASSET:
        return (assets,)
    return (assets, len(cohort["points"] if name in _PER_POINT else cohort["rules"]))


def take(cohorts: Sequence[Cohort], table: PointTable) -> dict[str, npt.NDArray[Any]]:
    """Return the state of `cohorts` as plain arrays."""
    columns: dict[str, list[npt.NDArray[Any]]] = {
        name: [getattr(cohort, name).ravel() for cohort in cohorts]
        for name in (*_PER_ASSET, "value", *_PER_RULE)
    }
    columns["ts"] = [
        np.where(cohort.expires == NEVER, NEVER, cohort.expires - _stale_after(cohort, table)).ravel()
        for cohort in cohorts
    ]
    taken = {name: np.concatenate(parts) if parts else np.empty(0) for name, parts in columns.items()}
    return taken | remember([cohort.columns for cohort in cohorts])


def describe(cohorts: Sequence[Cohort], table: PointTable) -> npt.NDArray[np.uint8]:
    """Return what the rows and columns of `take` stand for, as JSON in UTF-8."""
    head = {"version": VERSION, "cohorts": [_describe(cohort, table) for cohort in cohorts]}
    return np.frombuffer(json.dumps(head).encode(), np.uint8)


def _names(cohort: Cohort, table: PointTable) -> list[tuple[str, str]]:
    """Return site and asset of each member."""
    return [(table.site_of[number].id, table.assets[number].id) for number in cohort.members.tolist()]


def _describe(cohort: Cohort, table: PointTable) -> dict[str, Any]:
    return {
        "members": _names(cohort, table),
        "points": cohort.points,
        "windows": shapes(cohort.columns),
        "rules": [
            {
                "id": watch.rule.id,
                "fingerprint": watch.rule.fingerprint,
                "report": to_document(
                    Transition(
                        site="",
                        asset="",
                        rule=watch.rule.id,
                        kind=TransitionKind.WITHDRAWN,
                        at=0,
                        activated_at=0,
                        text=watch.text,
                        point=watch.subject,
                    )
                ),
            }
            for watch in cohort.watches
        ],
    }


def bring_back(arrays: Arrays, cohorts: Sequence[Cohort], table: PointTable) -> list[Transition]:
    """Fill new `cohorts` from a snapshot and return the withdrawal of each alarm that has no place in them.

    Raises:
        SnapshotInvalid: it is none of this version.
    """
    places = {
        name: (number, row)
        for number, cohort in enumerate(cohorts)
        for row, name in enumerate(_names(cohort, table))
    }
    try:
        snapshot = list(_read(arrays))
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotInvalid(f"cannot be read: {error}") from error
    withdrawn: list[Transition] = []
    for kept in snapshot:
        found = np.array([places.get(member, (-1, -1)) for member in kept.members], np.intp).reshape(-1, 2)
        for number in np.unique(found[:, 0]):
            old = np.flatnonzero(found[:, 0] == number)
            if number < 0:
                withdrawn += _withdraw(kept, old, kept.rules, table)
                continue
            cohort, new = cohorts[number], found[old, 1]
            _copy(kept, old, cohort, new, table)
            ids = {watch.rule.id for watch in cohort.watches}
            withdrawn += _withdraw(kept, old, [rule for rule in kept.rules if rule["id"] not in ids], table)
    return withdrawn


def _copy(kept: Kept, old: Rows, cohort: Cohort, new: Rows, table: PointTable) -> None:
    for name in _PER_ASSET:
        getattr(cohort, name)[new] = kept.arrays[name][old]
    _copy_windows(kept, old, cohort, new)
    stale_after = _stale_after(cohort, table)
    for column, point in enumerate(cohort.points):
        if point in kept.points:
            was = kept.points.index(point)
            cohort.value[new, column] = kept.arrays["value"][old, was]
            ts = kept.arrays["ts"][old, was]
            cohort.expires[new, column] = np.where(ts == NEVER, NEVER, ts + stale_after[new, column])
    rules = {rule["id"]: number for number, rule in enumerate(kept.rules)}
    for number, watch in enumerate(cohort.watches):
        if watch.rule.id not in rules:
            continue
        was = rules[watch.rule.id]
        same = kept.rules[was]["fingerprint"] == watch.rule.fingerprint
        phase = kept.arrays["phase"][old, was]
        cohort.phase[new, number] = phase if same else _AT_REST[phase]
        cohort.since[new, number] = kept.arrays["since"][old, was]
        cohort.activated[new, number] = kept.arrays["activated"][old, was]


def _copy_windows(kept: Kept, old: Rows, cohort: Cohort, new: Rows) -> None:
    for part, array in parts_of(cohort.columns):
        was = kept.windows.get(part)
        if was is not None and was.shape[1:] == array.shape[1:] and was.dtype == array.dtype:
            array[new] = was[old]


def _stale_after(cohort: Cohort, table: PointTable) -> npt.NDArray[np.int64]:
    """Return how long each point of each asset holds, ms, shape (assets, points); 0 where it has none."""
    return np.append(table.stale_after, 0)[cohort.point_number]


def _withdraw(
    kept: Kept, members: Rows, rules: Sequence[dict[str, Any]], table: PointTable
) -> Iterable[Transition]:
    numbers = {rule["id"]: number for number, rule in enumerate(kept.rules)}
    for rule in rules:
        column = numbers[rule["id"]]
        report = from_document(rule["report"])
        for member in members[kept.arrays["phase"][members, column] >= Phase.ACTIVE].tolist():
            site, asset = kept.members[member]
            yield replace(
                report,
                site=site,
                asset=asset,
                at=int(kept.arrays["floor"][member]),
                activated_at=int(kept.arrays["activated"][member, column]),
                reason="rule removed" if _is_there(table, site, asset) else "asset removed",
            )


def _is_there(table: PointTable, site: str, asset: str) -> bool:
    number = table.asset_number.get(asset)
    return number is not None and table.site_of[number].id == site
