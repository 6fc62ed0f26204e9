"""Which assets depend on which, and in which way."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from plantroom.domain.points import PointTable


class Topology:
    """The dependences between the assets of an installation, by id."""

    def __init__(self, table: PointTable) -> None:
        assets = table.assets
        self.feeders: Final[Mapping[str, tuple[str, ...]]] = {
            asset.id: asset.fed_by or ((asset.parent,) if asset.parent else ()) for asset in assets
        }
        """What feeds each asset; what does not say it is fed with what it is part of."""
        self._gateway = {asset.id: asset.gateway for asset in assets}
        self._parent = {asset.id: asset.parent for asset in assets}
        self._number = table.asset_number
        self.fed: Final[dict[str, list[str]]] = {asset.id: [] for asset in assets}
        """What each asset feeds."""
        self._dependants: dict[str, list[str]] = {asset.id: [] for asset in assets}
        for asset in assets:
            for feeder in self.feeders[asset.id]:
                self.fed[feeder].append(asset.id)
            for other in {*self.feeders[asset.id], asset.gateway, asset.parent} - {None}:
                self._dependants[str(other)].append(asset.id)

    def __contains__(self, asset: str) -> bool:
        return asset in self._number

    def gateways(self, asset: str) -> Iterator[str]:
        """Yield the gateways that readings of `asset` come through, the nearest first."""
        return _upwards(asset, self._gateway)

    def ancestors(self, asset: str) -> Iterator[str]:
        """Yield what `asset` is part of, the nearest first."""
        return _upwards(asset, self._parent)

    def behind(self, assets: Iterable[str]) -> list[str]:
        """Return `assets` and all that depend on them, directly or not, in the order of the files."""
        found = dict.fromkeys(assets)
        waiting = list(found)
        while waiting:
            for other in self._dependants[waiting.pop()]:
                if other not in found:
                    found[other] = None
                    waiting.append(other)
        return sorted(found, key=self._number.__getitem__)


def _upwards(asset: str, above: Mapping[str, str | None]) -> Iterator[str]:
    passed = {asset}
    following = above[asset]
    while following is not None and following not in passed:
        yield following
        passed.add(following)
        following = above[following]
