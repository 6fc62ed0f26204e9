"""What pipelines last said of themselves and of the assets, in memory."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Final

from plantroom.domain.reload import Reload
from plantroom.domain.report import to_rfc3339

SILENT_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetStatus:
    """Whether an asset can be reached, and since when (ms since the epoch, UTC)."""

    status: str = "unknown"
    since: int | None = None
    cause: str | None = None
    """Why it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingWork:
    """What a mapping has done since its pipeline's start; times in ms since the epoch, 0 for never."""

    messages: int = 0
    values: int = 0
    skipped: int = 0
    failed: int = 0
    last: int = 0
    last_failed: int = 0
    reason: str = ""
    """Why something last failed."""
    topic: str = ""
    """Where that was."""

    def with_(self, other: "MappingWork") -> "MappingWork":
        """Return what both have done, and the later of their failures."""
        later = max(self, other, key=lambda work: work.last_failed)
        return MappingWork(
            messages=self.messages + other.messages,
            values=self.values + other.values,
            skipped=self.skipped + other.skipped,
            failed=self.failed + other.failed,
            last=max(self.last, other.last),
            last_failed=later.last_failed,
            reason=later.reason,
            topic=later.topic,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOff:
    """A model that a pipeline has switched off."""

    asset: str
    model: str
    """Empty: all of the asset's."""
    version: int
    reason: str


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
        self._reloads: dict[str, Reload] = {}
        self.reload_asked: int | None = None
        """When people last asked for the rule files to be read again, ms since the epoch."""
        self._assets: dict[str, AssetStatus] = {}
        self._mappings: dict[str, dict[str, MappingWork]] = {}
        """By mapping and pipeline."""
        self._models_off: dict[str, tuple[ModelOff, ...]] = {}
        """By pipeline."""

    def heard(self, pipeline: str, *, ready: bool, reasons: Iterable[str], now: int) -> None:
        """Remember that `pipeline` reported at `now`."""
        with self._lock:
            self._said[pipeline] = _Said(at=now, heard=self._stopwatch(), ready=ready, reasons=tuple(reasons))

    @property
    def any_heard(self) -> bool:
        """Whether any pipeline has reported since this process began."""
        return bool(self._said)

    def put_reload(self, pipeline: str, reload: Reload) -> None:
        """Remember what came of reading the rule files last in `pipeline`."""
        with self._lock:
            self._reloads[pipeline] = reload

    def reloads(self) -> list[Reload]:
        """Return what came of reading the rule files last in those pipelines that are heard of."""
        with self._lock:
            heard = [name for name, said in self._said.items() if self._is_heard(said)]
            return [self._reloads[name] for name in heard if name in self._reloads]

    def _is_heard(self, said: _Said) -> bool:
        return self._stopwatch() - said.heard <= SILENT_S

    def put_assets(self, statuses: Iterable[tuple[str, AssetStatus]]) -> None:
        """Remember whether these assets can be reached."""
        with self._lock:
            self._assets.update(statuses)

    def put_mappings(self, pipeline: str, works: Iterable[tuple[str, MappingWork]]) -> None:
        """Remember what mappings have done in `pipeline`."""
        with self._lock:
            for name, work in works:
                self._mappings.setdefault(name, {})[pipeline] = work

    def put_models(self, pipeline: str, off: Iterable[ModelOff]) -> None:
        """Remember which models `pipeline` has switched off."""
        with self._lock:
            self._models_off[pipeline] = tuple(off)

    def models_off(self, asset: str) -> tuple[ModelOff, ...]:
        """Return which models of `asset` are switched off in any pipeline."""
        with self._lock:
            every = [each for off in self._models_off.values() for each in off]
        return tuple(dict.fromkeys(each for each in every if each.asset == asset))

    def mapping(self, name: str) -> MappingWork:
        """Return what a mapping has done in all pipelines."""
        with self._lock:
            works = list(self._mappings.get(name, {}).values())
        return reduce(MappingWork.with_, works, MappingWork())

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
            if not self._is_heard(last):
                reasons.append(f"pipeline {name} silent since {to_rfc3339(last.at)}")
            elif not last.ready:
                reasons.extend(f"pipeline {name}: {reason}" for reason in last.reasons or ("not ready",))
        return reasons
