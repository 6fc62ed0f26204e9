"""Bring the journal's samples into the time-series store, in order, however long it is away."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.samples import SampleBatch, concatenate
from plantroom.ingest.backoff import Backoff
from plantroom.ingest.worker import Worker
from plantroom.storage.journal import Journal
from plantroom.storage.series.port import Rejection, TimeSeriesStore

log = logging.getLogger(__name__)

_MOST_SAMPLES: Final = 100_000
"""In one write, while all goes well."""
_FEWEST_SAMPLES: Final = 1_000
"""In one write after failures: what a slow server takes in time, and one that fails often takes at all."""
_PAUSE: Final = 0.25
"""Seconds between writes that are not full: this gathers samples into writes of a useful size."""
_TIDY_EVERY: Final = 60.0
_LAST_WRITE_WITHIN: Final = 0.5
"""Seconds that a write may still take at a stop; the next start writes again what it left."""


class StoreWriter:
    """Follows the journal with a cursor that is kept on disk.

    The cursor is saved after the store has taken what it passed, so that after a crash a little may be
    written twice, which the store replaces.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        store: TimeSeriesStore,
        cursor: Path,
        on_rejected: Callable[[SampleBatch, tuple[Rejection, ...]], None],
    ) -> None:
        self._journal = journal
        self._store = store
        self._cursor = cursor
        self._on_rejected = on_rejected
        # Beyond the journal's end it is that of another journal, which was taken away.
        self._reader = journal.reader(after=min(load_cursor(cursor), journal.last))
        self._thread = Worker("store")
        self._backoff = Backoff()
        self._tidy_at = time.monotonic() + _TIDY_EVERY
        self._most_samples = _FEWEST_SAMPLES
        self._rest = 0.0
        self._is_behind = False
        self.stored = self._reader.position
        """Sequence of the last journal record that the store has."""
        self.samples = 0
        """Samples that the store has taken since the start."""
        self._away_at: float | None = None

    @property
    def away_for(self) -> float | None:
        """For how many seconds the store has been away; None while it is there."""
        return None if self._away_at is None else time.monotonic() - self._away_at

    @property
    def is_behind(self) -> bool:
        """Whether the store lacks much of what is kept."""
        return self._is_behind or self._away_at is not None

    async def run(self) -> None:
        """Write for ever."""
        while True:
            before = self.stored
            if not await self.write_some():
                await asyncio.sleep(self._backoff.failed(at_least=self._rest))
            elif not self._is_behind:
                if self.stored == before:
                    await self._do_chores()
                await asyncio.sleep(_PAUSE)

    async def write_some(self) -> bool:
        """Bring the next part of the journal into the store and return whether the store is there."""
        try:
            await self._thread.run(self._write_some)
        except StoreUnavailable as error:
            self._rest = error.retry_after
            if self._away_at is None:
                log.warning("store away", extra={"error": str(error)})
                self._away_at = time.monotonic()
            return False
        if self._away_at is not None:
            log.info("store back", extra={"seconds_away": round(time.monotonic() - self._away_at)})
            self._away_at = None
        self._backoff.succeeded()
        return True

    def _write_some(self) -> None:
        start = self._reader.position
        records = list(self._reader.read(max_samples=self._most_samples))
        batch = concatenate([record.batch for record in records if len(record.batch)])
        try:
            rejected = self._store.write(batch) if len(batch) else ()
        except StoreUnavailable:
            self._reader.close()
            self._reader = self._journal.reader(after=start)
            self._most_samples = max(self._most_samples // 4, _FEWEST_SAMPLES)
            raise
        self._is_behind = len(batch) >= self._most_samples
        self._most_samples = min(self._most_samples * 2, _MOST_SAMPLES)
        if rejected:
            self._on_rejected(batch, rejected)
        self.samples += len(batch) - sum(len(rejection.rows) for rejection in rejected)
        if records:
            self.stored = records[-1].sequence
            save_cursor(self._cursor, self.stored)

    async def _do_chores(self) -> None:
        """Let the store tidy up now and then, when there is nothing to write."""
        now = time.monotonic()
        if now < self._tidy_at:
            return
        self._tidy_at = now + _TIDY_EVERY
        try:
            await self._thread.run(self._store.compact)
        except StoreUnavailable as error:
            log.warning("store not tidied", extra={"error": str(error)})

    async def drain(self) -> None:
        """Bring everything in the journal into the store, or as much as it takes before it fails."""
        while self.stored < self._journal.last:
            if not await self.write_some():
                return

    def close(self) -> None:
        """Release everything; a write to a store that hangs is left to itself."""
        if not self._thread.end(self._release, within=_LAST_WRITE_WITHIN):
            log.warning("store does not answer: its last write is left to the next start")

    def _release(self) -> None:
        self._reader.close()


def load_cursor(path: Path) -> int:
    """Return the sequence kept at `path`; 0, which writes everything again, where it is not readable."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0


def save_cursor(path: Path, sequence: int) -> None:
    """Keep `sequence` at `path`, if the disk takes it; not synced, since an old cursor does no harm."""
    written = path.with_suffix(".new")
    try:
        written.write_text(str(sequence), encoding="ascii")
        written.replace(path)
    except OSError as error:
        log.debug("cursor not saved", extra={"file": str(path), "error": str(error)})
