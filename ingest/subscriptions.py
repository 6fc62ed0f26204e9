"""Remember what our session at each broker is subscribed to: it outlives us, and the site files change."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from plantroom.storage.durable import replacing

log = logging.getLogger(__name__)

_SESSIONS: Final = 20
"""So many sessions are remembered, those used last: a broker on any free port is another each time."""


class Subscriptions:
    """What one session may hold, in a file beside those of others; a broken file is started anew."""

    def __init__(self, path: Path, *, session: str, wanted: Sequence[str]) -> None:
        """Take the file, what names the session (client id and broker), and what it is to hold."""
        self._path = path
        self._session = session
        self._wanted = tuple(wanted)
        self._known = _read(path)

    @property
    def superfluous(self) -> tuple[str, ...]:
        """What an earlier run subscribed to and nobody wants any more."""
        return tuple(name for name in self._known.get(self._session, ()) if name not in self._wanted)

    def begin(self) -> None:
        """Note before the connection that the session may hold what it held, and what is wanted."""
        self._write([*self._wanted, *self.superfluous])

    def settle(self) -> None:
        """Note that the session holds what is wanted, and no more."""
        if self.superfluous:
            self._write(self._wanted)

    def _write(self, held: Sequence[str]) -> None:
        if self._known.get(self._session) == list(held):
            return
        self._known.pop(self._session, None)
        self._known[self._session] = list(held)
        for session in list(self._known)[:-_SESSIONS]:
            del self._known[session]
        try:
            with replacing(self._path) as file:
                file.write(json.dumps(self._known).encode())
        except OSError as error:
            log.warning("subscriptions not noted", extra={"file": str(self._path), "error": str(error)})


def _read(path: Path) -> dict[str, list[str]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("subscriptions not readable", extra={"file": str(path), "error": str(error)})
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        session: [str(name) for name in held] for session, held in found.items() if isinstance(held, list)
    }
