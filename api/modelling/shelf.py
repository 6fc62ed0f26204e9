"""The models at work, each read once."""

import threading
from dataclasses import dataclass, replace
from typing import Final

from plantroom.domain.errors import ModelUnusable
from plantroom.models.bundle import Bundle, from_kept
from plantroom.storage.models.manifest import Manifest
from plantroom.storage.models.registry import Registry

_KEPT: Final = 256
"""So many assets' models are held in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """The models of an asset that are at work."""

    manifest: Manifest
    bundle: Bundle


class Shelf:
    """Hands out models; for any thread."""

    def __init__(self, registry: Registry) -> None:
        self.registry: Final = registry
        self._lock = threading.Lock()
        self._read: dict[tuple[str, int], AtWork] = {}

    def at_work(self, asset: str) -> AtWork | None:
        """Return the models of `asset` that are at work.

        Raises:
            ModelUnusable: they cannot be read.
        """
        standing = self.registry.standings().get(asset)
        if standing is None or standing.active is None:
            return None
        key = asset, standing.active
        with self._lock:
            found = self._read.get(key) or self._take(*key)
            self._read.pop(key, None)
            self._read[key] = found
            for old in list(self._read)[:-_KEPT]:
                del self._read[old]
        return replace(found, bundle=replace(found.bundle, confirmed=standing.confirmed))

    def _take(self, asset: str, version: int) -> AtWork:
        kept, manifest = self.registry.kept(asset, version), self.registry.manifest(asset, version)
        try:
            return AtWork(manifest=manifest, bundle=from_kept(kept.document, kept.arrays))
        except ValueError as error:
            raise ModelUnusable(f"version {version} of {asset}: {error}") from error
