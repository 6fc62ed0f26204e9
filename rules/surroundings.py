"""Where the values of a cohort's columns come from: its assets' points, other assets, ratings, parameters."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from plantroom.domain.expression.tree import Given, Node, within
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset
from plantroom.rules.segments import Floats
from plantroom.rules.windows.expand import param_name

OWN: Final = ""
PEERS: Final = "peers"


class Place(NamedTuple):
    """Where a point of a cohort is measured."""

    relation: str
    """OWN, PEERS, or the asset it leads to."""
    name: str


def place_of(point: str) -> Place:
    """Return where the point called `point` in a tree is measured."""
    head, dot, name = point.rpartition(".")
    if not dot:
        return Place(OWN, point)
    if head.startswith(f"{PEERS}."):
        return Place(PEERS, point)
    return Place(head, name)


def feeders(table: PointTable, members: Sequence[int]) -> int:
    """Return how many assets feed one of `members` at most, at least 1."""
    return max([1, *(len(table.assets[member].fed_by) for member in members)])


def point_numbers(table: PointTable, members: Sequence[int], points: Sequence[str]) -> npt.NDArray[np.int32]:
    """Return the number in `table` of each point of each asset, -1 where there is none."""
    numbers = np.full((len(members), len(points)), -1, np.int32)
    places = [place_of(point) for point in points]
    own = {place.name: column for column, place in enumerate(places) if place.relation == OWN}
    others = [(column, p) for column, p in enumerate(places) if p.relation not in (OWN, PEERS)]
    for row, member in enumerate(members):
        asset = table.assets[member]
        for number, point in enumerate(asset.points, int(table.first_point[member])):
            if point.name in own:
                numbers[row, own[point.name]] = number
        for column, place in others:
            key = _related(asset, place.relation), place.name
            numbers[row, column] = table.number.get(key, -1)
    return numbers


def _related(asset: Asset, relation: str) -> str:
    """Return the asset that a relation leads to, empty if to none; feeders that are fewer are repeated."""
    if relation == "parent":
        return asset.parent or ""
    if not asset.fed_by:
        return ""
    return asset.fed_by[int(relation[len("fed_by[") : -1]) % len(asset.fed_by)]


def given(
    table: PointTable, members: Sequence[int], rules: Sequence[Rule], roots: Sequence[Node]
) -> Mapping[str, Floats]:
    """Return the rated quantities and parameters that `roots` name, shape (assets,), NaN where not given."""
    names = {node.name for root in roots for node in within(root) if isinstance(node, Given)}
    found = {name: np.full(len(members), np.nan) for name in names if name.startswith(("rated.", "params."))}
    for row, member in enumerate(members if found else ()):
        asset, site = table.assets[member], table.site_of[member]
        for name, values in found.items():
            if name.startswith("rated."):
                values[row] = asset.rated.get(name.removeprefix("rated."), np.nan)
        for rule in rules:
            for name, value in rule.params_of(asset, site).items() if rule.params else ():
                if (full := param_name(rule.id, name)) in found:
                    found[full][row] = value
    return found


def registers(table: PointTable, numbers: npt.NDArray[np.int32]) -> Floats:
    """Return where the register of each counter is full, shape of `numbers`, NaN where that is not known."""
    wraps_at = np.array([*(np.nan if p.wraps_at is None else p.wraps_at for p in table.points), np.nan])
    return wraps_at[numbers]
