"""A timeline with the columns that windows add to it."""

from functools import cached_property
from typing import Final

import numpy as np

from plantroom.rules.segments import NEVER, Floats, Mask, Rows, Times
from plantroom.rules.timeline import Timeline

_KEY_BITS: Final = 40


class Sheet:
    """Rows of a timeline with all columns of a cohort, shape (columns, rows); windows may put in rows."""

    def __init__(self, line: Timeline, held: Floats, *, ticking: bool) -> None:
        """Begin with `held`."""
        self.line = line
        self.held = held
        self.ticking = ticking
        """Whether the last row of each segment is the clock and no event."""
        self.begin = line.time[line.heads]
        """From when on each segment's rows are new to the windows."""

    def begin_at(self, done: Times) -> None:
        """Say until when the next window was filled before in each segment."""
        begin = np.where(done == NEVER, self.line.time[self.line.heads + 1], done)
        if not np.array_equal(begin, self.begin):
            self.begin = begin
            self.__dict__.pop("start", None)
            self.__dict__.pop("end", None)

    def put_in(self, row: Rows, at: Times) -> Rows:
        """Put in rows that hold what the rows before hold, and return whence each row came."""
        self.line, source = self.line.with_rows(row, at)
        self.held = self.held.take(source, axis=1)
        for name in ("segment", "last", "rows", "start", "end"):
            self.__dict__.pop(name, None)
        return source

    @property
    def member(self) -> Rows:
        """The asset of each segment."""
        return self.line.member

    @cached_property
    def segment(self) -> Rows:
        """The segment of each row."""
        return np.repeat(np.arange(len(self.line.heads)), self.line.ends - self.line.heads)

    @cached_property
    def last(self) -> Rows:
        """The last row of each segment that is an event, or its head."""
        return self.line.ends - (2 if self.ticking else 1)

    @cached_property
    def rows(self) -> Rows:
        """All rows but those that are a clock."""
        every = np.ones(len(self.line.time), np.bool_)
        if self.ticking:
            every[self.line.ends - 1] = False
        return np.flatnonzero(every)

    @cached_property
    def start(self) -> Times:
        """From when on each row's values count, for each row; a head's have counted until `begin`."""
        start = self.line.time.copy()
        start[self.line.heads] = self.begin
        return start

    @cached_property
    def end(self) -> Times:
        """Until when each row's values count: the last event's have not counted yet."""
        end = np.empty_like(self.line.time)
        end[:-1] = self.line.time[1:]
        end[self.last] = self.start[self.last]
        return end

    def previous(self, column: Floats, first: Floats) -> Floats:
        """Return what `column` was in the row before; `first` before each segment's first event."""
        before = np.empty_like(column)
        before[1:] = column[:-1]
        before[self.line.heads] = first
        return before

    def spread(self, per_segment: Floats) -> Floats:
        """Return a value of each segment for each of its rows."""
        return per_segment.take(self.segment)

    @property
    def is_head(self) -> Mask:
        """Whether each row is the head of its segment."""
        mask = np.zeros(len(self.line.time), np.bool_)
        mask[self.line.heads] = True
        return mask

    def latest(self, chosen: Mask) -> Rows:
        """Return for each row the last chosen row of its segment so far, the head where there is none."""
        at = np.where(chosen, np.arange(len(chosen)), 0)
        at[self.line.heads] = self.line.heads
        return np.maximum.accumulate(at)


def keys(segment: Rows, number: Times) -> Times:
    """Return what sorts by segment, then by the number of a pane."""
    return (segment.astype(np.int64) << _KEY_BITS) + number


def ragged(counts: Rows) -> Rows:
    """Return 0, 1, ... counts[0] - 1, 0, 1, ... counts[1] - 1, and so on."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
