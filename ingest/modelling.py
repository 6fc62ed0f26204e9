"""Lets the pipeline score by the models of the registry, as they are trained, switched and confirmed."""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from plantroom.domain.errors import ModelUnusable
from plantroom.domain.points import PointTable
from plantroom.ingest.scoring import Models
from plantroom.models.bundle import Bundle, from_kept
from plantroom.models.group import Fault
from plantroom.models.scorer import Scorer
from plantroom.storage.models.registry import Registry
from plantroom.storage.models.standing import Standing

log = logging.getLogger(__name__)

LOOK: Final = 1.0
"""Seconds between two looks at the index; it must be the same in two of them..."""
_LOOKS: Final = 10
"""...but not for more than so many: training may go on for hours."""

_Stamp = tuple[int, int, int]


class Modelled(Protocol):
    """What scores by models."""

    async def change_models(self, models: Models) -> None:
        """Go on with other models."""


class Modelling:
    """Knows which models are at work; of those that stay nothing is read again."""

    def __init__(self, folder: Path, table: PointTable) -> None:
        """Load the models in `folder`, which need not exist."""
        self._registry = Registry(folder)
        self._table = table
        self._loaded: dict[tuple[str, int], Bundle] = {}
        self._seen = self._stamp()
        self.models: Final = self._load()
        """The models at the start."""

    async def run(self, modelled: Modelled, *, look: float = LOOK) -> None:
        """Let `modelled` score by the models at work, for ever."""
        waited, before = 0, self._seen
        while True:
            await asyncio.sleep(look)
            now = self._stamp()
            waited = waited + 1 if now != self._seen else 0
            is_quiet, before = now == before, now
            if not waited or (not is_quiet and waited < _LOOKS):
                continue
            waited, self._seen = 0, now
            models = await asyncio.to_thread(self._load)
            await modelled.change_models(models)
            facts = {"models": models.scorer.count, "off": len(models.scorer.faults) + len(models.unusable)}
            log.info("scoring by other models", extra=facts)

    def _stamp(self) -> _Stamp | None:
        """Return what changes when the index does, None if there is none."""
        try:
            stat = self._registry.index.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_size, stat.st_mtime_ns

    def _load(self) -> Models:
        try:
            standings = self._registry.standings()
        except (ModelUnusable, OSError) as error:
            # What is at work goes on, as far as it is known.
            log.warning("models cannot be read", extra={"error": str(error)})
            known = tuple(self._loaded.values())
            return Models(scorer=Scorer(self._table, known), unusable=(_unusable("", 0, error),))
        unusable: list[Fault] = []
        bundles = {
            (bundle.asset, bundle.version): bundle for bundle in self._bundles(standings.items(), unusable)
        }
        self._loaded = bundles
        return Models(scorer=Scorer(self._table, tuple(bundles.values())), unusable=tuple(unusable))

    def _bundles(self, standings: Iterable[tuple[str, Standing]], unusable: list[Fault]) -> Iterator[Bundle]:
        """Yield the models at work, and add to `unusable` those that cannot be."""
        for asset, standing in standings:
            if standing.active is None or asset not in self._table.asset_number:
                continue
            try:
                yield self._bundle(asset, standing.active, confirmed=standing.confirmed)
            except Exception as error:
                # A file that was trained by another version may be wrong in any way: it is one model's end.
                log.warning("model unusable", extra={"asset": asset, "error": str(error)})
                unusable.append(_unusable(asset, standing.active, error))

    def _bundle(self, asset: str, version: int, *, confirmed: bool) -> Bundle:
        """Return a version of an asset's models.

        Raises:
            ModelUnusable: its files are not what was written.
            ValueError: they are none of kinds that this version of the product knows.
        """
        loaded = self._loaded.get((asset, version))
        if loaded is not None:
            return replace(loaded, confirmed=confirmed)
        kept = self._registry.kept(asset, version, confirmed=confirmed)
        return from_kept(kept.document, kept.arrays, confirmed=confirmed)


def _unusable(asset: str, version: int, error: Exception) -> Fault:
    return Fault(asset=asset, model="", version=version, reason=str(error))
