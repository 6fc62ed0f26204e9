"""The order of an edge node's messages by their `seq`, which counts from 0 to 255 and starts again."""

from collections import deque
from typing import Final, Generic, TypeVar

T = TypeVar("T")

SEQUENCE: Final = 256
MOST_HELD: Final = 64
"""So many messages may wait for a missing one; with more it is given up at once."""
_REMEMBERED: Final = 64
"""So many messages are remembered to tell a duplicate from one out of order; less than a round of `seq`."""


class Order(Generic[T]):
    """Hands messages on in order and holds those that came too early; a duplicate is dropped."""

    def __init__(self) -> None:
        self._expected = 0
        self._held: dict[int, tuple[int, T]] = {}
        """By `seq`: when it arrived, and what it is."""
        self._doubted_at: int | None = None
        self._recent: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED)

    def begin(self, seq: int, *, forget: bool = False) -> None:
        """Start again behind the birth with this `seq`; what is held was of the session before.

        `forget` takes nothing that follows for a duplicate of what came before.
        """
        if forget:
            self._recent.clear()
        self._expected = (seq + 1) % SEQUENCE
        self._held.clear()
        self._doubted_at = None

    def is_repeated(self, seq: int, payload: bytes) -> bool:
        """Return whether this very message was here a short while ago; remember it if not."""
        mark = (seq, hash(payload))
        if mark in self._recent:
            return True
        self._recent.append(mark)
        return False

    def take(self, seq: int, item: T, *, arrived: int) -> list[T]:
        """Return what can be read now, in order: nothing if a message before `item` is missing."""
        if seq != self._expected:
            self._held.setdefault(seq, (arrived, item))
            return []
        ready = [item]
        self._expected = (seq + 1) % SEQUENCE
        while self._expected in self._held:
            ready.append(self._held.pop(self._expected)[1])
            self._expected = (self._expected + 1) % SEQUENCE
        return ready

    def doubt(self, arrived: int) -> None:
        """Note that something came that cannot be put in order."""
        if self._doubted_at is None:
            self._doubted_at = arrived

    def is_broken(self, now: int, *, reorder: int) -> bool:
        """Return whether a message has been missing for `reorder` ms."""
        if len(self._held) > MOST_HELD:
            return True
        since = [arrived for arrived, _ in self._held.values()]
        if self._doubted_at is not None:
            since.append(self._doubted_at)
        return bool(since) and now - min(since) >= reorder
