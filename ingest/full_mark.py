"""Remember since when nothing can be kept, on a disk that is full: in a file whose room is already taken."""

import logging
import os
from pathlib import Path
from typing import Final

from plantroom.ingest.conditions import Observation
from plantroom.ingest.observations import of_room

log = logging.getLogger(__name__)

_SIZE: Final = 4096


class FullMark:
    """One time (ms since the epoch), or none, written in place."""

    def __init__(self, path: Path, *, site: str) -> None:
        """Take the file, and where the alarm about it belongs."""
        self._site = site
        self._path = path
        if not path.exists():
            path.write_bytes(b" " * _SIZE)
        text = path.read_bytes().strip()
        self.since = int(text) if text.isdigit() else None
        """The time that is marked."""

    def mark(self, now: int, *, reason: str) -> Observation:
        """Mark that nothing can be kept since `now`, unless it is marked; return what says so."""
        since = self.since or now
        if self.since is None:
            self.set(now)
        return of_room(full=True, at=since, site=self._site, reason=reason)

    def story(self, now: int) -> tuple[Observation, ...]:
        """Return what there is to keep once something can be, if it was marked, maybe before a restart."""
        if self.since is None:
            return ()
        return of_room(full=True, at=self.since, site=self._site), of_room(
            full=False, at=now, site=self._site
        )

    def set(self, since: int | None) -> None:
        """Mark `since`, or nothing; a disk that fails keeps it from surviving a crash, and is logged."""
        self.since = since
        text = b"" if since is None else str(since).encode()
        try:
            with self._path.open("r+b") as file:
                file.write(text.ljust(_SIZE))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            log.warning("full disk not marked", extra={"file": str(self._path), "error": str(error)})
