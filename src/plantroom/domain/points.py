"""Every point of an installation, numbered, so that samples can be columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from plantroom.domain.site import Asset, Point, Site


@dataclass(frozen=True)
class PointTable:
    """The points of all sites' assets, numbered in file order; an asset's points are contiguous.

    The number of a point (`SampleBatch.point`) holds only within one table: what is kept on disk names
    points by `(asset, point)`.
    """

    sites: tuple[Site, ...]

    @cached_property
    def assets(self) -> tuple[Asset, ...]:
        """All assets; an asset's position here is its number."""
        return tuple(asset for site in self.sites for asset in site.assets)

    @cached_property
    def site_of(self) -> tuple[Site, ...]:
        """The site of each asset, by asset number."""
        return tuple(site for site in self.sites for _ in site.assets)

    @cached_property
    def asset_number(self) -> Mapping[str, int]:
        """The number of each asset, by id."""
        return {asset.id: number for number, asset in enumerate(self.assets)}

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """All points, by point number."""
        return tuple(point for asset in self.assets for point in asset.points)

    @cached_property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """`(asset id, point name)` of each point, by point number."""
        return tuple((asset.id, point.name) for asset in self.assets for point in asset.points)

    @cached_property
    def number(self) -> Mapping[tuple[str, str], int]:
        """The number of each point, by `(asset id, point name)`."""
        return {key: number for number, key in enumerate(self.keys)}

    @cached_property
    def asset_of(self) -> npt.NDArray[np.int32]:
        """Asset number of each point; shape (points,)."""
        sizes = [len(asset.points) for asset in self.assets]
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    @cached_property
    def first_point(self) -> npt.NDArray[np.int32]:
        """Number of each asset's first point; shape (assets + 1,), the last is the number of points."""
        sizes = [len(asset.points) for asset in self.assets]
        return np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)

    @cached_property
    def stale_after(self) -> npt.NDArray[np.int64]:
        """How long each point's value holds, ms; shape (points,)."""
        return np.array([point.stale_after.total_seconds() * 1000 for point in self.points], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.points)

    def renumbering(self, keys: Sequence[tuple[str, str]]) -> npt.NDArray[np.int32]:
        """Return this table's point number for each of another table's `keys`, -1 where it has none."""
        return np.array([self.number.get(key, -1) for key in keys], dtype=np.int32)
