"""Who is powered by whom at this moment."""

from collections.abc import Mapping, Sequence
from typing import Final

from plantroom.domain.site import Site
from plantroom.simulators.machine import DEAD, Flows, Supply

_NOTHING: Final = Supply(volts=DEAD, hz=0.0)


class Electricity:
    """The tree of supplies of a site: each asset is on the first of its feeders (`fed_by`) that is live.

    A failure anywhere is felt by all behind it at once, not one level later at each step.
    """

    def __init__(self, site: Site, *, suppliers: frozenset[str], storing: frozenset[str]) -> None:
        """Take the ids of the assets that give electricity, and of those that do so on their own account."""
        self._feeders = {
            asset.id: tuple(feeder for feeder in asset.fed_by if feeder in suppliers) for asset in site.assets
        }
        self._storing = storing
        self._fed = {
            supplier: tuple(id_ for id_, feeders in self._feeders.items() if supplier in feeders)
            for supplier in suppliers
        }
        self._from_the_top = sorted(suppliers, key=lambda id_: (self.depth(id_), id_))
        self._given: dict[str, Supply] = {}
        self._feeder: dict[str, str] = {}

    def renew(self, flows: Mapping[str, Flows]) -> None:
        """Look again at what the suppliers give."""
        for id_ in self._from_the_top:
            own = flows[id_].supply if id_ in flows else None
            if own is None:
                own = Supply()
            is_fed = id_ in self._storing or self.of(id_).is_live
            self._given[id_] = own if is_fed else _NOTHING
        for id_, feeders in self._feeders.items():
            if feeders:
                self._feeder[id_] = self._chosen(feeders)

    def of(self, asset: str) -> Supply:
        """Return what `asset` gets; nominal where nothing feeds it."""
        feeders = self._feeders[asset]
        return self._given[self._chosen(feeders)] if feeders else Supply()

    def fed_by(self, asset: str, flows: Mapping[str, Flows]) -> Sequence[Flows]:
        """Return what those draw that are on `asset` at this moment."""
        return [flows[id_] for id_ in self._fed.get(asset, ()) if self._feeder[id_] == asset and id_ in flows]

    def depth(self, asset: str, seen: frozenset[str] = frozenset()) -> int:
        """Return how many supplies lie before `asset`; one that feeds itself counts as the first."""
        feeders = [id_ for id_ in self._feeders.get(asset, ()) if id_ not in seen]
        return 1 + max((self.depth(id_, seen | {asset}) for id_ in feeders), default=-1)

    def _chosen(self, feeders: Sequence[str]) -> str:
        for id_ in feeders:
            supply = self._given.get(id_)
            if supply is not None and supply.is_live:
                return id_
        return feeders[0]
