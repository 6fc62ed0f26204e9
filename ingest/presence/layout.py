"""What the site files say about how the assets are heard, as arrays."""

from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.site import PointKind

GATEWAY_CLASS: Final = "gateway"
_NO_POINTS: Final = 30_000
"""How long an asset without points may be silent, ms, if others speak through it."""

Numbers = npt.NDArray[np.int32]
Times = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Layout:
    """Points, graces and gateways of all assets; shapes are (points,) or (assets,)."""

    def __init__(self, table: PointTable) -> None:
        assets = table.assets
        self.names: Final = tuple(asset.id for asset in assets)
        self.count: Final = len(assets)
        self.asset_of: Final = table.asset_of
        self.holds: Final = table.stale_after
        """How long each point's value holds, ms."""
        sizes = np.diff(table.first_point)
        self.measured: Final = np.flatnonzero(sizes).astype(np.int32)
        """The assets that have points."""
        self.first_points: Final = table.first_point[:-1][self.measured]
        self.sizes: Final = sizes[self.measured]
        self.grace: Final = np.array(
            [
                _ms(site.offline_grace if asset.offline_grace is None else asset.offline_grace)
                for asset, site in zip(assets, table.site_of, strict=True)
            ],
            np.int64,
        )
        self.gateway: Final = np.array(
            [-1 if asset.gateway is None else table.asset_number[asset.gateway] for asset in assets], np.int32
        )
        self.levels: Final = _levels(self.gateway)
        """The assets behind gateways, by how many there are on their way."""
        self.carries: Final = np.zeros(self.count, np.bool_)
        """Whether others speak through it."""
        self.carries[self.gateway[self.gateway >= 0]] = True
        self.is_gateway: Final = self.carries | np.array(
            [asset.asset_class == GATEWAY_CLASS for asset in assets], np.bool_
        )
        self.speaks: Final = self.carries | (sizes > 0)
        """Whether readings of it, or through it, can be expected."""
        sent = np.array([point.kind is not PointKind.DERIVED for point in table.points], np.bool_)
        self.patience: Final = self._patience(sent)
        """How long it may be silent at its usual pace, ms."""

    def _patience(self, sent: Mask) -> Times:
        never = np.iinfo(np.int64).max
        patience = np.full(self.count, _NO_POINTS, np.int64)
        if len(self.measured):
            # What models derive says nothing of the pace of the devices.
            holds = np.where(sent, self.holds, self.holds.max())
            patience[self.measured] = np.minimum.reduceat(holds, self.first_points)
        for level in reversed(self.levels):
            behind = np.full(self.count, never, np.int64)
            np.minimum.at(behind, self.gateway[level], patience[level])
            patience = np.where(behind < never, np.maximum(patience, behind), patience)
        return patience


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)


def _levels(gateway: Numbers) -> tuple[Numbers, ...]:
    """Return the assets with one gateway on their way, with two, and so on."""
    levels = []
    reached = gateway < 0
    while not reached.all():
        level = ~reached & reached[np.maximum(gateway, 0)]
        if not level.any():
            raise ValueError("gateways must not form a circle")
        levels.append(np.flatnonzero(level).astype(np.int32))
        reached |= level
    return tuple(levels)
