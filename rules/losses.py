"""Assets that cannot serve those that depend on them, and what is a consequence of that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import Any, Final, NamedTuple

from plantroom.domain.alarm import alarm_id
from plantroom.domain.rule import Dependence
from plantroom.rules.segments import FOREVER
from plantroom.rules.topology import Topology

_BEFORE_MS: Final = 30_000
"""A consequence may be seen so long before its cause: assets are read at different times."""

Key = tuple[str, str]
"""Asset and rule."""


class Suspect(NamedTuple):
    """An alarm that may be a consequence."""

    asset: str
    rule: str
    activated_at: int
    inhibits: tuple[Dependence, ...]
    tells_of_silence: bool
    """Whether it is about readings that do not come."""
    hold: int = 0
    """How long its condition held before its activation, at least, ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """An alarm that inhibits, from its first activation until some time after it is over."""

    site: str
    suspect: Suspect
    """Its latest activation, which may itself be a consequence."""
    began: int
    """Its first activation: one that comes back meanwhile is the same loss."""
    onset: int
    """How long before its activation its condition may have come, ms."""
    ended: int | None = None
    """When its condition was gone; None: it holds."""

    @property
    def key(self) -> Key:
        """Asset and rule."""
        return self.suspect.asset, self.suspect.rule

    @property
    def id(self) -> str:
        """The id of its alarm."""
        asset, rule = self.key
        return alarm_id(site=self.site, asset=asset, rule=rule, activated_at=self.began)

    def explains(self, suspect: Suspect) -> bool:
        """Whether `suspect` is another alarm, and its condition not older."""
        is_other = self.key != (suspect.asset, suspect.rule)
        return is_other and suspect.activated_at - suspect.hold >= self.began - self.onset - _BEFORE_MS


class Losses:
    """What is lost, and whose consequence an alarm is."""

    def __init__(self, topology: Topology, *, settle: int) -> None:
        """Take how long after a loss, in ms, what it brought about may still come."""
        self._topology = topology
        self._settle = settle
        self._of_asset: dict[str, dict[str, Loss]] = {}
        """By asset and rule."""
        self._unfed: dict[str, Key] = {}
        """Why each asset that has no supply has none."""
        self._ends: list[tuple[int, Key]] = []
        """A heap of when losses that are over have had their time to settle; some have come back since."""

    @property
    def next_end(self) -> int:
        """Before this time, ms since the epoch, nothing settles."""
        return self._ends[0][0] if self._ends else FOREVER

    def begin(self, loss: Loss) -> bool:
        """Take in that `loss` has begun; return whether it is another one than before."""
        known = self._get(loss.key)
        if known is not None:
            loss = replace(loss, began=known.began)
        self._set(loss)
        if known is None and Dependence.FED_BY in loss.suspect.inhibits:
            self._spread([loss.suspect.asset])
        return known is None

    def end(self, key: Key, at: int) -> None:
        """Take in that the condition of a loss is gone."""
        loss = self._get(key)
        if loss is not None:
            self._set(replace(loss, ended=at))

    def forget(self, keys: Iterable[Key]) -> list[str]:
        """Take it that there are no such losses; return the assets behind them."""
        lost = [key for key in keys if self._get(key)]
        for asset, rule in lost:
            del self._of_asset[asset][rule]
        behind = self._topology.behind(asset for asset, _ in lost)
        for asset in behind:
            self._unfed.pop(asset, None)
        self._spread(behind)
        return behind

    def settle_next(self) -> list[str]:
        """Forget what settles next, and what that brought about; return the assets behind."""
        end, gone = self.next_end, set[Key]()
        while self.next_end == end:
            _, key = heappop(self._ends)
            loss = self._get(key)
            if loss is not None and loss.ended is not None and loss.ended + self._settle == end:
                gone.add(key)
        consequences = set[Key]()
        for asset in self._topology.behind(asset for asset, _ in gone):
            for loss in self._of_asset.get(asset, {}).values():
                root = None if loss.ended is None else self.root_of(loss.suspect)
                if root is not None and root.key in gone:
                    consequences.add(loss.key)
        return self.forget(gone | consequences)

    def _get(self, key: Key | None) -> Loss | None:
        if key is None:
            return None
        asset, rule = key
        return self._of_asset.get(asset, {}).get(rule)

    def _set(self, loss: Loss) -> None:
        asset, rule = loss.key
        self._of_asset.setdefault(asset, {})[rule] = loss
        if loss.ended is not None:
            heappush(self._ends, (loss.ended + self._settle, loss.key))

    def root_of(self, suspect: Suspect) -> Loss | None:
        """Return the loss that `suspect` is in the end a consequence of; None: it is none."""
        own = suspect.asset, suspect.rule
        path = [own] if self._get(own) else []
        above = self._cause_of(suspect)
        while above is not None and above.key not in path:
            path.append(above.key)
            above = self._cause_of(above.suspect)
        if not path:
            return None
        # Those that explain each other are all explained by the first of them.
        circle = path[path.index(above.key) :] if above else path[-1:]
        losses = (loss for loss in map(self._get, circle) if loss)
        root = min(losses, key=lambda loss: (loss.began, loss.key))
        return None if root.key == own else root

    def _cause_of(self, suspect: Suspect) -> Loss | None:
        return next((loss for loss in self._candidates(suspect) if loss.explains(suspect)), None)

    def _candidates(self, suspect: Suspect) -> Iterator[Loss]:
        asset = suspect.asset
        fed_by = self._feeding(asset)
        if Dependence.FED_BY in suspect.inhibits:
            yield from (loss for loss in fed_by if loss)
            yield from self._own(asset, Dependence.FED_BY)
        else:
            yield from self._own(asset, Dependence.FED_BY)
            yield from (loss for loss in fed_by if loss and all(fed_by))
        if suspect.tells_of_silence:
            if Dependence.GATEWAY not in suspect.inhibits:
                yield from self._own(asset, Dependence.GATEWAY)
            for gateway in self._topology.gateways(asset):
                yield from self._own(gateway, Dependence.GATEWAY)
        for ancestor in self._topology.ancestors(asset):
            yield from self._own(ancestor, Dependence.PARENT)

    def _feeding(self, asset: str) -> list[Loss | None]:
        """Return of each feeder why it has no supply."""
        return [self._get(self._unfed.get(feeder)) for feeder in self._topology.feeders[asset]]

    def _own(self, asset: str, dependence: Dependence) -> Sequence[Loss]:
        own = self._of_asset.get(asset)
        if not own:
            return ()
        losses = (loss for loss in own.values() if dependence in loss.suspect.inhibits)
        return sorted(losses, key=lambda loss: (loss.began, loss.key))

    def _spread(self, assets: Iterable[str]) -> None:
        """Find out anew why `assets`, and those that they feed, have no supply."""
        waiting = list(assets)
        while waiting:
            asset = waiting.pop()
            why = self._why_unfed(asset)
            if why is not None and why.key != self._unfed.get(asset):
                self._unfed[asset] = why.key
                waiting += self._topology.fed[asset]

    def _why_unfed(self, asset: str) -> Loss | None:
        own = self._own(asset, Dependence.FED_BY)
        if own:
            return own[0]
        fed_by = self._feeding(asset)
        return fed_by[0] if fed_by and all(fed_by) else None

    def snapshot(self) -> list[list[Any]]:
        """Return what `restore` needs, JSON-able."""
        return [
            [
                loss.site,
                *loss.suspect[:3],
                [way.value for way in loss.suspect.inhibits],
                loss.suspect.tells_of_silence,
                loss.began,
                loss.onset,
                loss.ended,
                loss.suspect.hold,
            ]
            for loss in self._all()
        ]

    def restore(
        self, rows: Iterable[Sequence[Any]], *, active: Sequence[Loss], cleared: Mapping[Key, int]
    ) -> None:
        """Take up where `snapshot` left off: `active` go on, `cleared` says when others ended."""
        for site, asset, rule, activated_at, inhibits, silence, began, onset, ended, hold in rows:
            ways = tuple(Dependence(way) for way in inhibits)
            suspect = Suspect(asset, rule, activated_at, ways, silence, hold)
            over = cleared.get((asset, rule)) if ended is None else ended
            if asset in self._topology:
                self._set(Loss(site=site, suspect=suspect, began=began, onset=onset, ended=over))
        going_on = {loss.key for loss in active}
        for loss in active:
            known = self._get(loss.key)
            self._set(replace(loss, began=known.began) if known else loss)
        self.forget([loss.key for loss in self._all() if loss.ended is None and loss.key not in going_on])
        self._spread(self._of_asset)

    def _all(self) -> Iterator[Loss]:
        return (loss for losses in self._of_asset.values() for loss in losses.values())
