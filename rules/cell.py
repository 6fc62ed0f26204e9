"""The state of one rule on one asset, and how it changes."""

from bisect import bisect_left
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from plantroom.domain.alarm import TransitionKind
from plantroom.rules.segments import FOREVER


class Verdict(IntEnum):
    """What a rule's expressions say of the values held."""

    UNTOLD = 0
    """Neither that the condition holds nor whether it is gone can be told."""
    HOLDS = 1
    """`when` is true; it goes before `clear`."""
    GONE = 2
    """`clear` is true, or there is none and `when` is false."""
    STAYS = 3
    """`clear` is false: raises nothing, and clears nothing."""


class Phase(IntEnum):
    """Where a rule stands on an asset."""

    IDLE = 0
    """No alarm."""
    PENDING = 1
    """The condition holds, `for` is running."""
    ACTIVE = 2
    """The alarm is active."""
    CLEARING = 3
    """The alarm is active, the condition is gone, `keep` is running."""
    DARK = 4
    """The alarm is active, and whether its condition is gone cannot be told."""


_I, _P, _A, _C, _D = (int(phase) for phase in Phase)
# The phase that follows each phase (row) upon each verdict (column: untold, holds, gone, stays).
NEXT: Final = np.array(
    [
        [_I, _P, _I, _I],
        [_I, _P, _I, _I],
        [_D, _A, _C, _A],
        [_D, _A, _C, _A],
        [_D, _A, _C, _A],
    ],
    np.uint8,
)
MOVES: Final = (np.arange(len(Phase))[:, None] != NEXT).ravel()
"""Whether a verdict changes a phase, at `phase * len(Verdict) + verdict`."""
_NEXT: Final = NEXT.tolist()


class Happening(NamedTuple):
    """A transition of a cell, before it is put into words."""

    row: int
    """The row of the segment that brought it about."""
    at: int
    kind: TransitionKind
    activated_at: int
    seen: int
    """The row of the segment whose values were held when it happened; -1: those held before the segment."""


class Cell:
    """One rule on one asset, following a segment of rows."""

    __slots__ = ("activated", "happenings", "hold", "keep", "phase", "since", "times")

    def __init__(
        self, times: Sequence[int], *, phase: int, since: int, activated: int, hold: int, keep: int
    ) -> None:
        self.times = times
        self.phase = phase
        self.since = since
        self.activated = activated
        self.hold = hold
        self.keep = keep
        self.happenings: list[Happening] = []

    def follow(self, steps: Sequence[tuple[int, int]]) -> None:
        """Go through the segment; `steps` are the rows at which the verdict changes, with the verdict."""
        last = -1
        for row, verdict in steps:
            self._expire(row, since_row=last)
            self._judge(row, verdict)
            last = row
        self._expire(len(self.times) - 1, since_row=last)

    def _deadline(self) -> int:
        if self.phase == _P:
            # An activation's time is its name, so two of them are at least 1 ms apart.
            return max(self.since + self.hold, self.activated + 1)
        if self.phase == _C:
            return self.since + self.keep
        return FOREVER

    def _expire(self, row: int, *, since_row: int) -> None:
        """End a `for` or `keep` whose deadline is not after `row`, before that row is applied."""
        deadline = self._deadline()
        if deadline <= self.times[row]:
            passed_by = bisect_left(self.times, deadline, since_row + 1)
            self._finish(deadline, row=passed_by, seen=passed_by - 1)

    def _judge(self, row: int, verdict: int) -> None:
        phase = _NEXT[self.phase][verdict]
        if phase == self.phase:
            return
        at = self.times[row]
        if phase == _D:
            self._tell(TransitionKind.UNKNOWN, at, row=row, seen=row)
        elif self.phase == _D:
            self._tell(TransitionKind.KNOWN, at, row=row, seen=row)
        self.phase = phase
        if phase in (_P, _C):
            self.since = at
            if self._deadline() <= at:
                self._finish(at, row=row, seen=row)

    def _finish(self, at: int, *, row: int, seen: int) -> None:
        if self.phase == _P:
            self.phase, self.activated = _A, at
            self._tell(TransitionKind.ACTIVATED, at, row=row, seen=seen)
        else:
            self.phase = _I
            self._tell(TransitionKind.CLEARED, at, row=row, seen=seen)

    def _tell(self, kind: TransitionKind, at: int, *, row: int, seen: int) -> None:
        self.happenings.append(Happening(row, at, kind, self.activated, seen))
