"""Keep a history of the pipeline's own figures, for the dashboard of its health."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Protocol

from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.samples import FIRST_BAD, Quality
from plantroom.ingest.patience import every
from plantroom.ingest.pipeline import Pipeline
from plantroom.ingest.worker import Worker

log = logging.getLogger(__name__)

EVERY: Final = 10.0
"""Seconds; a series of some twenty fields for each pipeline."""


class FigureStore(Protocol):
    """Where figures are kept."""

    def put(self, pipeline: str, figures: Mapping[str, float], *, at: int) -> None:
        """Keep them; raises `StoreUnavailable`."""

    def close(self) -> None:
        """Release everything."""


class Lagging(Protocol):
    """What makes minutes and hours of the samples."""

    @property
    def lag_ms(self) -> int | None:
        """How far they are behind, ms; None: not known yet."""


class Figures:
    """Puts what a pipeline counts into a store, now and then; what the store does not take is left out."""

    def __init__(
        self,
        pipeline: Pipeline,
        store: FigureStore,
        *,
        down_sampler: Lagging | None = None,
        clock: Callable[[], int],
    ) -> None:
        self._pipeline = pipeline
        self._down_sampler = down_sampler
        self._store = store
        self._clock = clock
        self._worker = Worker("figures")
        self._lag = StoreLag()
        self._is_away = False

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            await every(EVERY, self.put)
        finally:
            self._worker.end(self._store.close, within=0.5)

    async def put(self) -> None:
        """Put the figures of now."""
        now = self._clock()
        lag = self._lag.note(
            last=self._pipeline.stream.journal.last, stored=self._pipeline.store_writer.stored, now=now
        )
        figures = figures_of(self._pipeline) | {"store_lag_s": lag}
        if self._down_sampler is not None and self._down_sampler.lag_ms is not None:
            figures["down_sampling_lag_s"] = self._down_sampler.lag_ms / 1000
        try:
            await self._worker.run(partial(self._store.put, self._pipeline.stream.id, figures, at=now))
        except StoreUnavailable as error:
            if not self._is_away:
                log.warning("pipeline's figures not kept", extra={"error": str(error)})
            self._is_away = True
            return
        self._is_away = False


class StoreLag:
    """For how long the oldest sample that the store lacks has been waiting, as far as looked at."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque()
        """When looked at, ms, and the journal's last record then; what is stored since is left out."""

    def note(self, *, last: int, stored: int, now: int) -> float:
        """Return the time in s; the journal has records up to `last`, the store those up to `stored`."""
        self._seen.append((now, last))
        while self._seen and self._seen[0][1] <= stored:
            self._seen.popleft()
        return (now - self._seen[0][0]) / 1000 if self._seen else 0.0


def figures_of(pipeline: Pipeline) -> dict[str, float]:
    """Return counts since the pipeline's start and how it stands, by field; what holds or not is 1 or 0."""
    tally, journal, writer = pipeline.stream.tally, pipeline.stream.journal, pipeline.store_writer
    bad = sum(int(tally.samples[quality]) for quality in Quality if quality >= FIRST_BAD)
    counted = {
        "messages": tally.messages,
        "samples": int(tally.samples.sum()),
        "bad_samples": bad,
        "late_samples": int(tally.samples[Quality.LATE] + tally.samples[Quality.CLOCK]),
        "stored_samples": writer.samples,
        "duplicates": tally.duplicates,
        "dead_letters": tally.dead_letters,
        "unknown_device_messages": tally.unknown_devices,
        "transitions": sum(tally.transitions.values()),
    }
    standing = {
        "ready": pipeline.health.ready,
        "broker_connected": not pipeline.health.broker,
        "store_away": writer.away_for is not None,
        "spool_bytes": journal.size,
        "spool_share": journal.size / journal.max_bytes,
        "waiting_records": journal.last - writer.stored,
        "waiting_transitions": len(pipeline.stream.outbox),
        "active_alarms": pipeline.active_alarms,
    }
    assets = {
        f"assets_{status.label}": number for status, number in pipeline.stream.presence.counts().items()
    }
    return {name: float(value) for name, value in (counted | standing | assets).items()}
