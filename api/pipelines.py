"""What pipelines last said of themselves and of the assets, in memory."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from plantroom.domain.report import to_rfc3339

SILENT_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetStatus:
    """Whether an asset can be reached, and since when (ms since the epoch, UTC)."""

    status: str = "unknown"
    since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    at: int
    heard: float
    """When, on the stop-watch."""
    ready: bool
    reasons: tuple[str, ...]


class Pipelines:
    """Which pipelines report, and what they say; for any thread."""

    def __init__(self, *, expected: bool, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._expected = expected
        self._stopwatch = stopwatch  # reports come by real time, however fast the product's clock runs
        self._lock = threading.Lock()
        self._said: dict[str, _Said] = {}
        self._assets: dict[str, AssetStatus] = {}

    def heard(self, pipeline: str, *, ready: bool, reasons: Iterable[str], now: int) -> None:
        """Remember that `pipeline` reported at `now`."""
        with self._lock:
            self._said[pipeline] = _Said(at=now, heard=self._stopwatch(), ready=ready, reasons=tuple(reasons))

    @property
    def any_heard(self) -> bool:
        """Whether any pipeline has reported since this process began."""
        return bool(self._said)

    def put_assets(self, statuses: Iterable[tuple[str, AssetStatus]]) -> None:
        """Remember whether these assets can be reached."""
        with self._lock:
            self._assets.update(statuses)

    def asset(self, asset: str) -> AssetStatus:
        """Return whether `asset` can be reached."""
        return self._assets.get(asset, AssetStatus())

    def not_ready_because(self) -> list[str]:
        """Return why the pipelines do not do their work; empty: they do."""
        with self._lock:
            said = dict(self._said)
        if not said:
            return ["no pipeline has reported yet"] if self._expected else []
        reasons: list[str] = []
        for name, last in said.items():
            if self._stopwatch() - last.heard > SILENT_S:
                reasons.append(f"pipeline {name} silent since {to_rfc3339(last.at)}")
            elif not last.ready:
                reasons.extend(f"pipeline {name}: {reason}" for reason in last.reasons or ("not ready",))
        return reasons
