"""Brings what is in the outbox to those who want to know, in order, until it has arrived."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final

from plantroom.api.clock import Clock
from plantroom.api.telling.message import Message, Writer
from plantroom.api.telling.sending import NotSent, send
from plantroom.api.threads import at_its_leisure, to_its_end
from plantroom.domain.alarm_policy import FloodPolicy, milliseconds
from plantroom.domain.channel import Channel
from plantroom.domain.errors import RecordsUnavailable
from plantroom.domain.notice import Notice, NoticeKind
from plantroom.storage.records import Records, floods, outbox
from plantroom.storage.records.floods import Flood
from plantroom.storage.records.outbox import Delivery

EVERY_S: Final = 1.0
CHUNK: Final = 500
TOGETHER: Final = 20
"""So many messages that wait, after an absence of their receiver, become one."""
FIRST_PAUSE_MS: Final = 5_000
LONGEST_PAUSE_MS: Final = 600_000
LEASE_MS: Final = 60_000
"""How long nobody else tries what is being sent."""
GIVE_UP_AFTER_MS: Final = 86_400_000

log = logging.getLogger(__name__)
Send = Callable[[Channel, Message], None]


class Teller:
    """Decides who is told, and tells them; all it needs to know is in the records."""

    def __init__(
        self,
        records: Records,
        clock: Clock,
        writer: Writer,
        *,
        flood: FloodPolicy,
        send: Send = send,
    ) -> None:
        self._records = records
        self._clock = clock
        self._writer = writer
        self._flood = flood
        self._send = send
        self._troubled: set[str] = set()

    @property
    def channels(self) -> Sequence[Channel]:
        """The ways out."""
        return self._writer.channels.items

    def sort(self) -> int:
        """Decide who is told of what has happened; return of how much."""
        with self._records.read() as connection:
            if not outbox.any_notice(connection):
                return 0
        now = self._clock()
        with self._records.write() as connection:
            flood = floods.current(connection)
            found = outbox.take_notices(connection, limit=CHUNK)
            for notice in found:
                later = flood is not None and _can_wait(notice)
                next_at = self._next_digest(flood, now) if flood is not None and later else now
                for channel in self.channels:
                    if channel.wants(notice):
                        outbox.add_delivery(
                            connection, notice, channel=channel.id, next_at=next_at, digest=later
                        )
        return len(found)

    def deliver(self, channel: Channel) -> int:
        """Send what is due to `channel`; return how many notices it was."""
        batch = self._take(channel)
        return self._settle(channel, batch, self._try(channel, batch)) if batch else 0

    async def run(self) -> None:
        """Tell until cancelled; a channel that hangs keeps no other waiting."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self._sort))
            for channel in self.channels:
                group.create_task(self._repeat(partial(self._serve, channel)))

    async def _sort(self) -> int:
        return await to_its_end(self.sort)

    async def _serve(self, channel: Channel) -> int:
        """Do as `deliver`; a stop does not wait for a receiver that hangs, which gets it again later."""
        batch = await to_its_end(partial(self._take, channel))
        if not batch:
            return 0
        error = await at_its_leisure(partial(self._try, channel, batch))
        return await to_its_end(partial(self._settle, channel, batch, error))

    async def _repeat(self, work: Callable[[], Coroutine[Any, Any, int]]) -> None:
        lost = False
        while True:
            done = 0
            try:
                done = await work()
                lost = False
            except RecordsUnavailable as error:
                if not lost:
                    log.warning("messages wait for the records", extra={"reason": str(error)})
                lost = True
            except Exception:
                log.exception("telling failed")
            if not done:
                await asyncio.sleep(EVERY_S)

    def _try(self, channel: Channel, batch: Sequence[Delivery]) -> str | None:
        """Send `batch` as one message; return why it did not arrive."""
        numbers = [delivery.number for delivery in batch]
        message_id = f"plantroom-{channel.id}-{numbers[0]}-{numbers[-1]}"
        notices = [delivery.notice for delivery in batch]
        try:
            self._send(channel, self._writer.message(channel, notices, message_id=message_id))
        except NotSent as error:
            return str(error)
        return None

    def _settle(self, channel: Channel, batch: Sequence[Delivery], error: str | None) -> int:
        """Record what came of sending `batch`; return how many notices arrived."""
        if error is not None:
            self._keep(batch, channel, error)
            return 0
        with self._records.write() as connection:
            outbox.succeed(connection, [delivery.number for delivery in batch], now=self._clock())
        if channel.id in self._troubled:
            self._troubled.discard(channel.id)
            log.info("channel takes messages again", extra={"channel": channel.id})
        return len(batch)

    def _take(self, channel: Channel) -> list[Delivery]:
        """Return what to send as one message, which nobody else sends meanwhile."""
        now = self._clock()
        with self._records.read() as connection:
            if not _due(outbox.pending(connection, channel.id, limit=CHUNK), now):
                return []
        with self._records.write() as connection:
            batch = _due(outbox.pending(connection, channel.id, limit=CHUNK), now)
            numbers = [delivery.number for delivery in batch]
            outbox.lease(connection, numbers, until=now + LEASE_MS)
        return batch

    def _keep(self, batch: Sequence[Delivery], channel: Channel, reason: str) -> None:
        now = self._clock()
        if channel.id not in self._troubled:
            self._troubled.add(channel.id)
            log.warning("channel takes no messages", extra={"channel": channel.id, "reason": reason})
        attempts = min(max(delivery.attempts for delivery in batch), 16)
        pause = min(FIRST_PAUSE_MS * 2**attempts, LONGEST_PAUSE_MS)
        over = [each.number for each in batch if now - each.notice.at >= GIVE_UP_AFTER_MS]
        with self._records.write() as connection:
            numbers = [delivery.number for delivery in batch]
            outbox.fail(connection, numbers, error=reason, next_at=now + pause)
            outbox.give_up(connection, over, error=reason, now=now)

    def _next_digest(self, flood: Flood, now: int) -> int:
        every = milliseconds(self._flood.digest)
        return flood.began_at + ((now - flood.began_at) // every + 1) * every


def _can_wait(notice: Notice) -> bool:
    """Whether a flood delays it: all but what concerns life, and the flood itself."""
    return notice.kind not in (NoticeKind.FLOOD, NoticeKind.TEST) and not notice.life_safety


def _due(pending: Sequence[Delivery], now: int) -> list[Delivery]:
    """Return those that are sent as one message: the oldest, or all that wait to be told together."""
    single = [delivery for delivery in pending if not delivery.digest]
    if single and single[0].next_at <= now:
        return single if len(single) >= TOGETHER else single[:1]
    digest = [delivery for delivery in pending if delivery.digest]
    if digest and digest[0].next_at <= now:
        return [delivery for delivery in digest if delivery.next_at <= now]
    return []
