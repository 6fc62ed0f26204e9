"""What cannot be done for now, logged once, and again after it could be."""

import logging

log = logging.getLogger(__name__)


class Complaints:
    """Which of them have been logged."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def raise_(self, what: str, error: Exception) -> None:
        """Log that `what` cannot be helped, unless that is known."""
        if what not in self._open:
            log.warning(what, extra={"error": str(error)})
            self._open.add(what)

    def settle(self, what: str) -> None:
        """Take it that `what` is no longer so."""
        self._open.discard(what)
