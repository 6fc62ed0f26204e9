"""Remember since when nothing can be kept, on a disk that is full: in a file whose room is already taken."""

import logging
import os
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_SIZE: Final = 4096


class FullMark:
    """One time (ms since the epoch), or none, written in place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            path.write_bytes(b" " * _SIZE)
        text = path.read_bytes().strip()
        self.since = int(text) if text.isdigit() else None
        """The time that is marked."""

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
