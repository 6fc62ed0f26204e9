"""The running pipeline: messages become batches, batches are kept, acknowledged and applied."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from plantroom.domain.alarm import Transition
from plantroom.domain.errors import SpoolBroken, SpoolFull
from plantroom.ingest.absence import Absence
from plantroom.ingest.announcer import Announcer
from plantroom.ingest.conditions import BROKER_AWAY, STORE_AWAY, Observation
from plantroom.ingest.dead_letters import DeadLetter
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.health import Health
from plantroom.ingest.notes import Notes
from plantroom.ingest.reporter import Reporter
from plantroom.ingest.store_writer import StoreWriter
from plantroom.ingest.stream import Stream
from plantroom.mqtt.message import Received
from plantroom.storage.journal import Record

log = logging.getLogger(__name__)

T = TypeVar("T")

_FULL_RETRY: Final = 1.0
_PAUSE_AFTER: Final = 4
"""Batches that may wait before the socket is left unread, so that QoS 0 does not fill the memory."""
_GOODBYE_WITHIN: Final = 0.5
"""Seconds that the broker gets to take the last word; after that its Will speaks for us."""
_STOP_WITHIN: Final = 1.5
"""Seconds that the last deliveries and writes may take at a stop; the next start does what remains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often things are done, seconds unless said otherwise."""

    batch: float = 0.02
    """How long messages are gathered before they are kept."""
    batch_messages: int = 5_000
    """How many messages are at most kept at once."""
    tick: float = 0.5
    checkpoint: float = 30.0
    resend: float = 60.0
    report: float = 1.0
    alarm_broker_after: float = 15.0
    alarm_store_after: float = 60.0


class Source(Protocol):
    """What is needed of an MQTT client."""

    async def start(self) -> None:
        """Begin to receive."""

    async def stop(self) -> None:
        """End the connection cleanly."""

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Tell the broker that it may forget `messages`."""

    def pause(self) -> None:
        """Leave what comes in the socket."""

    def resume(self) -> None:
        """Read from the socket again."""

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish and return when the broker has it."""


class Pipeline:
    """Owns the order of things: keep, then acknowledge, then apply.

    `receive` and `connection_changed` are called by the MQTT client on the event loop; everything that
    touches the stream runs in one worker thread.
    """

    def __init__(
        self,
        *,
        stream: Stream,
        store_writer: StoreWriter,
        delivery: Delivery,
        health: Health,
        pace: Pace | None = None,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.stream = stream
        self.store_writer = store_writer
        self.delivery = delivery
        self.health = health
        self._pace = pace or Pace()
        self._clock = clock
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="pipeline")
        self._inbox: list[Received] = []
        self._arrived = asyncio.Event()
        self._plenty = asyncio.Event()
        self._stopping = False
        self._paused = False
        self._absence = Absence(last_present=stream.last_present)
        self._lost_at: int | None = clock()
        self._source: Source | None = None
        self._announcer: Announcer | None = None
        self._reporter = Reporter(stream=stream, delivery=delivery, health=health, in_worker=self._in_worker)
        self._letters: list[DeadLetter] = []
        self.connections = 0
        """How often the broker has accepted us since the start."""

    def receive(self, message: Received) -> None:
        """Take one message from the broker; called in the order of arrival."""
        self._inbox.append(message)
        if len(self._inbox) == 1:
            self._arrived.set()
        elif len(self._inbox) == self._pace.batch_messages:
            self._plenty.set()
        elif len(self._inbox) == _PAUSE_AFTER * self._pace.batch_messages and self._source is not None:
            self._source.pause()
            self._paused = True

    def refused_by_store(self, letters: Sequence[DeadLetter]) -> None:
        """Take note of samples that the store will never take; called from any thread."""
        self._letters.extend(letters)

    def connection_changed(self, connected: bool, reason: str) -> None:
        """Take note that the connection to the broker came or went."""
        now = self._clock()
        if connected:
            self.connections += 1
            self.health.broker = ""
            self._lost_at = None
            self._absence.returned(now)
            if self._announcer is not None:
                self._announcer.resync()
        else:
            self.health.broker = reason or "connection lost"
            self._lost_at = self._lost_at or now
            self._absence.left(now)

    @property
    def active_alarms(self) -> int:
        """How many alarms are active, as the broker is told."""
        return 0 if self._announcer is None else self._announcer.active_count

    async def run(self, source: Source, *, started: Callable[[], None] = lambda: None) -> None:
        """Work until `stop` is called, then leave nothing undone that can be done at once."""
        self._source = source
        self._announcer = Announcer(self.stream.outbox, source, heartbeats=self.stream.heartbeats)
        self._announcer.begin(await self._in_worker(self.stream.active))
        helpers = [
            asyncio.create_task(work, name=name)
            for name, work in (
                ("store", self.store_writer.run()),
                ("delivery", self.delivery.run()),
                ("announcer", self._announcer.run()),
                ("report", self._every(self._pace.report, self._reporter.report)),
                ("resend", self._every(self._pace.resend, self._resend)),
            )
        ]
        pump = asyncio.create_task(self._pump(), name="pump")
        await source.start()
        started()
        try:
            done, _ = await asyncio.wait([pump, *helpers], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await self._wind_up(source, pump, helpers)

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping = True
        self._arrived.set()
        self._plenty.set()

    async def _pump(self) -> None:
        """Keep and apply what arrives, let time pass, save checkpoints; in this one order."""
        loop = asyncio.get_running_loop()
        tick_at = checkpoint_at = loop.time()
        while not self._stopping:
            await self._wait_for_messages(until=tick_at)
            await self._accept_inbox()
            if loop.time() >= tick_at:
                await self._tick()
                tick_at = loop.time() + self._pace.tick
            if loop.time() >= checkpoint_at:
                await self._save()
                checkpoint_at = loop.time() + self._pace.checkpoint

    async def _wait_for_messages(self, *, until: float) -> None:
        """Return when a batch has gathered, or at the loop's time `until` if none begins before."""
        loop = asyncio.get_running_loop()
        if not await _happens(self._arrived, within=until - loop.time()):
            return
        if len(self._inbox) < self._pace.batch_messages and not self._stopping:
            await _happens(self._plenty, within=self._pace.batch)

    async def _accept_inbox(self) -> None:
        messages, self._inbox = self._inbox, []
        self._arrived.clear()
        self._plenty.clear()
        if self._stopping:
            self._arrived.set()
        if not messages:
            return
        assert self._source is not None
        if self._paused:
            self._paused = False
            self._source.resume()
        if not await self._until_done(lambda: self.stream.check_room(messages), meanwhile=self._save):
            return
        unkept = await self._in_worker(
            lambda: self.stream.take(messages, now=self._clock(), grace=self._absence.grace)
        )
        kept: list[Record] = []
        if not await self._until_done(lambda: kept.append(self.stream.keep(unkept))):
            return
        self._source.acknowledge(messages)
        self._absence.saw(unkept.batch, unkept.now)
        self._tell(await self._in_worker(lambda: self.stream.apply(kept[0])))

    async def _until_done(
        self, action: Callable[[], None], *, meanwhile: Callable[[], Awaitable[None]] | None = None
    ) -> bool:
        """Do `action` as soon as there is room for it; return whether it was done before we are to stop.

        While there is none, nothing is acknowledged: the broker keeps the messages and sends them again.
        """
        while True:
            try:
                await self._in_worker(action)
            except (SpoolFull, SpoolBroken) as error:
                await self._say_full(error)
                if meanwhile is not None:
                    await meanwhile()
                await asyncio.sleep(_FULL_RETRY)
                if self._stopping:
                    return False
            else:
                self._say_room()
                return True

    async def _say_full(self, error: Exception) -> None:
        assert self._source is not None
        if not self.health.spool:
            log.error("nothing can be kept", extra={"error": str(error)})
            self._source.pause()
        self.health.spool = str(error)
        now = self._clock()
        self._tell(await self._in_worker(lambda: self.stream.mark_full(now, error)))
        await self.delivery.send_now(await self._in_worker(self.stream.active))

    async def _save(self) -> None:
        """Save a checkpoint and delete what it and the store have made superfluous."""
        await self._in_worker(self.stream.save)
        await self._in_worker(lambda: self.stream.drop_through(self.store_writer.stored))

    def _say_room(self) -> None:
        assert self._source is not None
        if self.health.spool:
            log.info("there is room again")
            self.health.spool = ""
            self._source.resume()

    async def _tick(self) -> None:
        now = self._clock()
        full = await self._in_worker(lambda: self.stream.full_ended(now))
        letters, self._letters = self._letters, []
        notes = Notes(letters=tuple(letters), observations=(*self._observations(now), *full))
        transitions: list[Transition] = []
        if not await self._until_done(
            lambda: transitions.extend(self.stream.tick(now, notes)), meanwhile=self._save
        ):
            return
        if full:
            await self._in_worker(self.stream.unmark_full)
        await self._in_worker(self.stream.send_out)
        self._tell(transitions)

    def _observations(self, now: int) -> list[Observation]:
        """Return which of the pipeline's own conditions hold; only what changed comes of it."""
        site = self.stream.site
        away = self.store_writer.away_since
        self.health.store = "" if away is None else f"away for {now / 1000 - away:.0f} s"
        store_away = away is not None and now / 1000 - away >= self._pace.alarm_store_after
        broker_away = (
            self._lost_at is not None and (now - self._lost_at) / 1000 >= self._pace.alarm_broker_after
        )
        seen = (
            Observation(rule=BROKER_AWAY, holds=broker_away, at=now, site=site, reason=self.health.broker),
            Observation(rule=STORE_AWAY, holds=store_away, at=now, site=site, reason=self.health.store),
        )
        return [observation for observation in seen if self.stream.conditions.would_change(observation)]

    def _tell(self, transitions: Sequence[Transition]) -> None:
        if not transitions:
            return
        for transition in transitions:
            log.info(
                "alarm %s",
                transition.kind.value,
                extra={"asset": transition.asset, "rule": transition.rule, "at": transition.at},
            )
        if self._announcer is not None:
            self._announcer.announce(transitions)
        self.delivery.wake()

    async def _resend(self) -> None:
        """Send what is active again: the net under a report that was lost in spite of everything."""
        active = await self._in_worker(self.stream.active)
        if active and not len(self.stream.outbox):
            await self.delivery.send_now(active)

    async def _every(self, seconds: float, action: Callable[[], Awaitable[None]]) -> None:
        while True:
            await action()
            await asyncio.sleep(seconds)

    async def _in_worker(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, action)

    async def _wind_up(
        self, source: Source, pump: "asyncio.Task[None]", helpers: Sequence["asyncio.Task[None]"]
    ) -> None:
        self._stopping = True
        for task in (pump, *helpers):
            task.cancel()
        await asyncio.gather(pump, *helpers, return_exceptions=True)
        await self._accept_inbox()
        await self._part_from_broker(source)
        last = asyncio.gather(self.store_writer.drain(), self.delivery.deliver_all(), self._reporter.report())
        try:
            await asyncio.wait_for(last, _STOP_WITHIN)
        except TimeoutError:
            log.info("stopped with work left for the next start")
        self.store_writer.close()
        await self._in_worker(self.stream.close)
        self._worker.shutdown()

    async def _part_from_broker(self, source: Source) -> None:
        assert self._announcer is not None
        try:
            await asyncio.wait_for(self._announcer.say_goodbye(), _GOODBYE_WITHIN)
        except TimeoutError:
            log.info("broker did not take the goodbye")
        await source.stop()


async def _happens(event: asyncio.Event, *, within: float) -> bool:
    """Return whether `event` is set within so many seconds."""
    if event.is_set():
        return True
    if within <= 0:
        return False
    try:
        await asyncio.wait_for(event.wait(), within)
    except TimeoutError:
        return False
    return True
