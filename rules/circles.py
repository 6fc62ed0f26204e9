"""Which assets are siblings: those of one class with one parent at one site."""

from collections.abc import Sequence

import numpy as np

from plantroom.domain.points import PointTable
from plantroom.rules.cohort import Cohort
from plantroom.rules.peers import Circle
from plantroom.rules.surroundings import PEERS, place_of

_WHICH = {"median": 0, "spread": 1}
_Key = tuple[str, str, str | None, str]


def circles(cohorts: Sequence[Cohort], base: Sequence[int], table: PointTable) -> list[Circle]:
    """Return the circles that the rules of `cohorts` ask about; `base` is the first slot of each cohort."""
    told: dict[_Key, list[tuple[int, int, int]]] = {}
    for cohort, first in zip(cohorts, base, strict=True):
        for column, point in enumerate(cohort.points):
            if place_of(point).relation != PEERS:
                continue
            _, name, which = point.split(".")
            for member, number in enumerate(cohort.members.tolist()):
                told.setdefault(_key(table, number, name), []).append((first + member, column, _WHICH[which]))
    points: dict[_Key, list[int]] = {key: [] for key in told}
    names = {key[-1] for key in told}
    for number, (asset, name) in enumerate(table.keys if names else ()):
        if name in names and (key := _key(table, table.asset_number[asset], name)) in points:
            points[key].append(number)
    return [Circle(np.array(points[key], np.intp), rows) for key, rows in told.items()]


def _key(table: PointTable, asset: int, name: str) -> _Key:
    of = table.assets[asset]
    return table.site_of[asset].id, of.asset_class, of.parent, name
