"""The messages of a batch laid out as rows of held values, one segment of rows for each asset.

A segment begins with what the asset held before the batch (its head). Each message makes a row with the
values held once it is applied, and each time at which values went stale between two messages makes one too.
"""

from dataclasses import dataclass, field

import numpy as np

from plantroom.rules.segments import NEVER, Floats, Mask, Rows, Times, running_maximum, starts_of_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """Messages of the assets of one cohort, sorted by asset, each asset's in order of arrival."""

    member: Rows
    """Which asset of the cohort, shape (messages,)."""
    ts: Times
    arrived: Times
    order: Rows
    """Where transitions that a message brings about stand among those of other assets."""
    sample_message: Rows
    """Row of each sample's message, shape (samples,)."""
    sample_column: Rows
    sample_value: Floats
    sample_expires: Times
    """Until when the value holds, inclusive."""
    own: Mask | None = None
    """Whether each message is the asset's own, or tells of another; None: all are."""

    @classmethod
    def clock(cls, member: Rows, ts: Times, order: Rows, arrived: Times | None = None) -> "Messages":
        """Return messages without samples: they move each asset's clock on to `ts`."""
        none = np.empty(0, np.intp)
        return cls(
            member=member,
            ts=ts,
            arrived=ts if arrived is None else arrived,
            order=order,
            sample_message=none,
            sample_column=none,
            sample_value=np.empty(0),
            sample_expires=np.empty(0, np.int64),
        )

    def only(self, chosen: Mask) -> "Messages":
        """Return the chosen messages, without samples."""
        return Messages.clock(self.member[chosen], self.ts[chosen], self.order[chosen], self.arrived[chosen])


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Rows of held values, in segments."""

    member: Rows
    """The asset of each segment."""
    heads: Rows
    """First row of each segment."""
    ends: Rows
    """The row after the last of each segment."""
    time: Times
    """Shape (rows,), not descending within a segment."""
    order: Rows
    value: Floats
    """Shape (rows, points), NaN where unknown."""
    expires: Times
    """Until when the point's last evaluated sample holds, inclusive; shape (rows, points)."""
    message: Rows
    """Message of each row; -1 for a head and for a row that was put in."""
    fresh: Mask = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    """Whether a sample came for the point in this row, shape (rows, points), where it was asked for."""

    def with_rows(self, row: Rows, at: Times, *, value: Floats | None = None) -> "tuple[Timeline, Rows]":
        """Return the timeline with rows at times `at` put in before each `row`, and whence each row came.

        `row` ascends; what is put in holds what the row before holds, unless `value` says otherwise.
        """
        source = np.insert(np.arange(len(self.time)), row, row - 1)
        place = row + np.arange(len(row))
        time, message = self.time.take(source), self.message.take(source)
        time[place], message[place] = at, -1
        order, held = self.order.take(source), self.value.take(source, axis=0)
        order[place] = self.order[row]
        if value is not None:
            held[place] = value
        fresh = self.fresh
        if len(fresh):
            fresh = fresh.take(source, axis=0)
            fresh[place] = False
        line = Timeline(
            member=self.member,
            heads=self.heads + np.searchsorted(row, self.heads),
            ends=self.ends + np.searchsorted(row, self.ends),
            time=time,
            order=order,
            value=held,
            expires=self.expires.take(source, axis=0),
            message=message,
            fresh=fresh,
        )
        return line, source


def lay_out(
    messages: Messages, *, value: Floats, expires: Times, floor: Times, tell_fresh: bool = False
) -> Timeline:
    """Return the rows that `messages` make of what all assets hold.

    `value` and `expires`, shape (assets, points), and `floor`, shape (assets,), are not changed.
    """
    firsts = starts_of_runs(messages.member)
    count, segments = len(messages.member), len(firsts)
    heads = firsts + np.arange(segments)
    member = messages.member[firsts]
    lengths = np.diff(np.append(firsts, count))
    body = np.arange(count) + np.repeat(np.arange(1, segments + 1), lengths)
    time = np.empty(count + segments, np.int64)
    time[heads] = floor[member]
    time[body] = messages.ts
    order = np.empty(len(time), np.intp)
    order[heads] = messages.order[firsts]
    order[body] = messages.order
    message = np.full(len(time), -1, np.intp)
    message[body] = np.arange(count)
    time = running_maximum(time, heads)
    held, until, source = _hold(messages, body, heads, value=value[member], expires=expires[member])
    held[until < time[:, None]] = np.nan
    fresh = np.zeros((0, 0), np.bool_)
    if tell_fresh:
        fresh = source == np.arange(held.size).reshape(held.shape)
        fresh[heads] = False
    timeline = Timeline(
        member=member,
        heads=heads,
        ends=heads + lengths + 1,
        time=time,
        order=order,
        value=held,
        expires=until,
        message=message,
        fresh=fresh,
    )
    return _with_stale_rows(timeline, body)


def _hold(
    messages: Messages, body: Rows, heads: Rows, *, value: Floats, expires: Times
) -> tuple[Floats, Times, Rows]:
    """Return value and expiry that each point holds in each row, and where in the flat grid both came in.

    Samples that are not newer are left out.
    """
    rows, columns = body[messages.sample_message], messages.sample_column
    shape = (len(body) + len(heads), value.shape[1])
    given, until = np.full(shape, np.nan), np.full(shape, NEVER)
    given[heads], until[heads] = value, expires
    # Of two samples of a point in one message the first counts: assignment lets the last one win, in the
    # order of memory, hence the reversed copy.
    backwards = np.arange(len(rows) - 1, -1, -1)
    given[rows[backwards], columns[backwards]] = messages.sample_value[backwards]
    until[rows[backwards], columns[backwards]] = messages.sample_expires[backwards]
    source = _fill(rows, columns, heads, shape)
    filled = until.take(source)
    late = messages.sample_expires <= filled[rows - 1, columns]
    if late.any():
        late = messages.sample_expires <= running_maximum(filled, heads)[rows - 1, columns]
        source = _fill(rows[~late], columns[~late], heads, shape)
        filled = until.take(source)
    return given.take(source), filled, source


def _fill(rows: Rows, columns: Rows, heads: Rows, shape: tuple[int, int]) -> Rows:
    """Return for each row and column the place, in the flat grid, of the last value of its segment so far."""
    source = np.zeros(shape, np.intp)
    places = np.arange(shape[1])
    source[heads] = heads[:, None] * shape[1] + places
    source[rows, columns] = rows * shape[1] + columns
    return np.maximum.accumulate(source, axis=0)


def _with_stale_rows(timeline: Timeline, body: Rows) -> Timeline:
    """Return `timeline` with a row for each time at which values went stale before a message came."""
    before = body - 1
    until = timeline.expires[before]
    ends = ~np.isnan(timeline.value[before]) & (until < timeline.time[body][:, None])
    if not ends.any():
        return timeline
    found, column = np.nonzero(ends)
    row = body[found]
    at = np.maximum(until[found, column], timeline.time[row - 1])
    row, at = distinct(row, at)
    value = timeline.value[row - 1]
    value[timeline.expires[row - 1] <= at[:, None]] = np.nan
    return timeline.with_rows(row, at, value=value)[0]


def distinct(row: Rows, at: Times) -> tuple[Rows, Times]:
    """Return the distinct pairs, sorted."""
    order = np.lexsort((at, row))
    row, at = row[order], at[order]
    first = starts_of_runs(row, at)
    return row[first], at[first]
