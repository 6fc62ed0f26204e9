"""Who is powered by whom at this moment."""

from collections.abc import Mapping, Sequence
from typing import Final

from plantroom.domain.site import Site
from plantroom.simulators.machine import DEAD, Flows, Supply

_NOTHING: Final = Supply(volts=DEAD, hz=0.0, thd=0.0)


class Electricity:
    """The tree of supplies of a site: each asset is on the first of its feeders (`fed_by`) that is live.

    A failure anywhere is felt by all behind it at once, and so is its end, not one level later at each step.
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
        self._given = dict.fromkeys(suppliers, Supply())
        self._feeder = {id_: feeders[0] for id_, feeders in self._feeders.items() if feeders}
        # Only these have a choice; the suppliers among them are looked at on the way down.
        self._choosing = [
            id_ for id_, feeders in self._feeders.items() if len(feeders) > 1 and id_ not in suppliers
        ]

    def renew(self, flows: Mapping[str, Flows]) -> None:
        """Look again at what the suppliers give."""
        for id_ in self._from_the_top:
            feeders = self._feeders[id_]
            if len(feeders) > 1:
                self._feeder[id_] = self._chosen(id_, feeders, flows)
            self._given[id_] = self._gives(id_, flows.get(id_))
        for id_ in self._choosing:
            self._feeder[id_] = self._chosen(id_, self._feeders[id_], flows)

    def of(self, asset: str) -> Supply:
        """Return what `asset` gets; nominal where nothing feeds it."""
        feeder = self._feeder.get(asset)
        return Supply() if feeder is None else self._given[feeder]

    def feeder_of(self, asset: str) -> str | None:
        """Return which of its feeders `asset` is on; None where nothing feeds it."""
        return self._feeder.get(asset)

    def fed_by(self, asset: str, flows: Mapping[str, Flows]) -> Sequence[Flows]:
        """Return what those draw that are on `asset` at this moment."""
        feeder = self._feeder
        return [flows[id_] for id_ in self._fed.get(asset, ()) if feeder[id_] == asset and id_ in flows]

    def depth(self, asset: str, seen: frozenset[str] = frozenset()) -> int:
        """Return how many supplies lie before `asset`; one that feeds itself counts as the first."""
        feeders = [id_ for id_ in self._feeders.get(asset, ()) if id_ not in seen]
        return 1 + max((self.depth(id_, seen | {asset}) for id_ in feeders), default=-1)

    def _gives(self, asset: str, own: Flows | None) -> Supply:
        """Return what a supplier gives now, by what it gave or passed on when it was last stepped."""
        feeder = self._feeder.get(asset)
        if feeder is None or asset in self._storing:
            return own.supply if own is not None and own.supply is not None else Supply()
        got = self._given[feeder]
        if own is None or got is _NOTHING:
            return got
        if own.passes is None:
            return (own.supply or got) if got.is_live else _NOTHING
        (first, second, third), (by_first, by_second, by_third) = got.volts, own.passes
        volts = (first * by_first, second * by_second, third * by_third)
        if max(volts) <= 0:
            return _NOTHING
        return Supply(volts=volts, hz=got.hz, thd=own.supply.thd if own.supply else got.thd)

    def _chosen(self, asset: str, feeders: Sequence[str], flows: Mapping[str, Flows]) -> str:
        """Return the first feeder that is live, as a transfer switch does, or the one that keeps it."""
        now = self._feeder[asset]
        if now in flows and flows[now].holds and self._given[now].is_live:
            return now
        for id_ in feeders:
            if self._given[id_].is_live:
                return id_
        return feeders[0]
