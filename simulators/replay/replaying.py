"""Publish a recording, row after row, and count what became of it."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from plantroom.domain.errors import Problem
from plantroom.simulators.publishing import Clock, Publisher
from plantroom.simulators.replay.columns import RecordingInvalid
from plantroom.simulators.replay.pacing import Pace
from plantroom.simulators.replay.recording import Row

_json = msgspec.json.Encoder()

LISTED: Final = 100
"""How many problems are kept word by word; the rest is only counted."""
GOODBYE_S: Final = 3.0
"""How long the last acknowledgements may take once the replay was cancelled."""
FARTHEST_AHEAD_MS: Final = 100
"""How far packs of rows may run ahead of their time."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the rows so far."""

    rows: int = 0
    """Rows with a time."""
    sent: int = 0
    """Rows that were given to the connection."""
    values: int = 0
    messages: int = 0
    without_values: int = 0
    out_of_order: int = 0
    """Rows recorded before the row above them."""
    duplicate_times: int = 0
    """Rows recorded at the same time as the row above them."""
    problems: int = 0
    listed: list[Problem] = field(default_factory=list)
    """The first of the problems."""
    first_ts: int | None = None
    """Time the first row was published with, ms since the epoch, UTC."""
    last_ts: int | None = None

    def note(self, problem: Problem) -> None:
        """Count a problem."""
        self.problems += 1
        if len(self.listed) < LISTED:
            self.listed.append(problem)


class Replay:
    """One recording on its way to a broker."""

    def __init__(
        self,
        items: Iterable[Row | Problem],
        *,
        publisher: Publisher,
        topic: str,
        pace: Pace,
        clock: Clock,
        pack: int = 1,
        tally: Tally | None = None,
        on_row: Callable[[Tally], None] = lambda _: None,
    ) -> None:
        """Take the rows as `Recording.rows` yields them; `pack`: most rows in one message."""
        self.tally = tally or Tally()
        self._items = items
        self._publisher = publisher
        self._topic = topic
        self._pace = pace
        self._clock = clock
        self._pack = pack
        self._on_row = on_row
        self._packed: list[dict[str, Any]] = []
        self._last_recorded: int | None = None

    async def run(self) -> None:
        """Publish all rows and return once the broker has acknowledged them.

        Raises:
            RecordingInvalid: the recording cannot be read to its end; what came before has been published.
        """
        try:
            for item in self._items:
                if isinstance(item, Problem):
                    self.tally.note(item)
                else:
                    await self._publish(item)
        except RecordingInvalid:
            await self._finish()
            raise
        except asyncio.CancelledError:
            await self._leave()
            raise
        await self._finish()

    async def _finish(self) -> None:
        await self._flush()
        await self._publisher.flush()

    async def _publish(self, row: Row) -> None:
        self._count(row)
        if not row.values:
            self.tally.without_values += 1
            return
        turn = self._pace.turn(row.ts)
        await self._wait_until(turn.due)
        document: dict[str, Any] = {"ts": turn.ts, "values": row.values}
        if self._pace.historical:
            document["historical"] = True
        self._packed.append(document)
        self._count_sent(row, turn.ts)
        if len(self._packed) >= self._pack:
            await self._flush()

    async def _wait_until(self, due: int) -> None:
        ahead = due - self._clock.now()
        if ahead > (FARTHEST_AHEAD_MS if self._pack > 1 else 0):
            await self._flush()
            await self._clock.sleep(ahead / 1000)

    async def _flush(self) -> None:
        if not self._packed:
            return
        packed, self._packed = self._packed, []
        await self._publisher.send(self._topic, _json.encode(packed[0] if len(packed) == 1 else packed))
        self.tally.messages += 1
        # Lets the connection write and read, since sending need not wait.
        await asyncio.sleep(0)

    async def _leave(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._finish(), GOODBYE_S)

    def _count(self, row: Row) -> None:
        self.tally.rows += 1
        if self._last_recorded is not None:
            self.tally.out_of_order += row.ts < self._last_recorded
            self.tally.duplicate_times += row.ts == self._last_recorded
        self._last_recorded = row.ts
        self._on_row(self.tally)

    def _count_sent(self, row: Row, ts: int) -> None:
        self.tally.sent += 1
        self.tally.values += len(row.values)
        self.tally.last_ts = ts
        if self.tally.first_ts is None:
            self.tally.first_ts = ts
