"""Remember since when nothing can be kept, on a disk that is full: in a file whose room is already taken."""

import os
from pathlib import Path
from typing import Final

_SIZE: Final = 4096


class FullMark:
    """One time (ms since the epoch), or none, written in place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            path.write_bytes(b" " * _SIZE)

    @property
    def since(self) -> int | None:
        """The time that is marked."""
        text = self._path.read_bytes().strip()
        return int(text) if text.isdigit() else None

    def set(self, since: int | None) -> None:
        """Mark `since`, or nothing."""
        text = b"" if since is None else str(since).encode()
        with self._path.open("r+b") as file:
            file.write(text.ljust(_SIZE))
            file.flush()
            os.fsync(file.fileno())
