"""The last value of each point, in memory."""

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The last sample of a point."""

    asset: str
    point: str
    ts: int
    """ms since the epoch, UTC."""
    value: float | None
    quality: str


class LatestValues:
    """The last sample of each point, and which have changed since somebody looked; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[tuple[str, str], tuple[int, Latest]] = {}
        """By (asset, point), the one changed last at the end; with the version it came in."""
        self._version = 0
        self._listeners: list[Callable[[], None]] = []

    @property
    def version(self) -> int:
        """Grows with each change."""
        return self._version

    def put(self, samples: Iterable[Latest]) -> None:
        """Replace the last samples of these points by those that are newer."""
        with self._lock:
            self._version += 1
            for sample in samples:
                key = (sample.asset, sample.point)
                known = self._values.get(key)
                if known is not None and known[1].ts > sample.ts:
                    continue
                self._values.pop(key, None)
                self._values[key] = (self._version, sample)
        for listener in tuple(self._listeners):
            listener()

    def of_asset(self, asset: str, points: Iterable[str]) -> dict[str, Latest]:
        """Return the last samples of an asset's `points`; points without are left out."""
        with self._lock:
            found = {point: self._values.get((asset, point)) for point in points}
        return {point: entry[1] for point, entry in found.items() if entry is not None}

    def changed_since(
        self, version: int, *, assets: Collection[str] = (), points: Collection[str] = ()
    ) -> tuple[int, list[Latest]]:
        """Return the present version and what changed after `version`, of `assets` and `points` or all."""
        changed: list[Latest] = []
        with self._lock:
            for at, sample in reversed(self._values.values()):
                if at <= version:
                    break
                if (not assets or sample.asset in assets) and (not points or sample.point in points):
                    changed.append(sample)
            return self._version, changed[::-1]

    def after_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` in the changer's thread after each change; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
