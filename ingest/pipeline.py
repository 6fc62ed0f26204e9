"""The running pipeline: messages become batches, batches are kept, acknowledged and applied."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from plantroom.domain.alarm import Transition
from plantroom.ingest.absence import BROKER, Absence
from plantroom.ingest.announcer import Announcer
from plantroom.ingest.conditions import BROKER_AWAY, MODEL_OFF, STORE_AWAY, Observation
from plantroom.ingest.dead_letters import DeadLetter
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.ears import Ears
from plantroom.ingest.health import Health
from plantroom.ingest.inbox import Inbox
from plantroom.ingest.notes import Notes
from plantroom.ingest.patience import every
from plantroom.ingest.reporter import Reporter
from plantroom.ingest.scoring import Models
from plantroom.ingest.source import Source
from plantroom.ingest.sparkplug.counts import HostCounts
from plantroom.ingest.spool_watch import RETRY, SpoolWatch, Stopped
from plantroom.ingest.store_writer import StoreWriter
from plantroom.ingest.stream import Stream
from plantroom.ingest.watch import Watch
from plantroom.ingest.worker import Worker

log = logging.getLogger(__name__)

_LAST_BATCH_WITHIN: Final = 1.0
"""Seconds that the batch in hand may take at a stop; unless it is acknowledged, it comes again."""
_STOP_WITHIN: Final = 1.5
"""Seconds that the last deliveries and writes may take at a stop; the next start does what remains."""
_DISK_WITHIN: Final = 1.5
"""Seconds that the last checkpoint may take; without it the next start applies what was kept since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often things are done, seconds unless said otherwise."""

    batch: float = 0.02
    """How long messages are at most gathered before they are kept."""
    batch_messages: int = 5_000
    """With how many messages a batch is complete at once."""
    tick: float = 0.5
    checkpoint: float = 30.0
    resend: float = 60.0
    report: float = 1.0
    alarm_broker_after: float = 15.0
    alarm_store_after: float = 60.0


_Change: TypeAlias = tuple[Callable[[], Sequence[Transition]], "asyncio.Future[Sequence[Transition]]"]
"""What is to be done between two batches, and who waits for what it brings."""


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
        self._worker = Worker("pipeline")
        self._inbox = Inbox(batch_messages=self._pace.batch_messages, gather=self._pace.batch)
        self._stopped = asyncio.Event()
        self._absence = Absence(last_present=stream.last_present)
        self._ears = Ears(self._absence, health)
        self._announcer: Announcer | None = None
        self._reporter = Reporter(stream=stream, delivery=delivery, health=health, worker=self._worker)
        self._spool = SpoolWatch(
            stream=stream,
            worker=self._worker,
            delivery=delivery,
            health=health,
            absence=self._absence,
            clock=clock,
            tell=self._tell,
            stopped=self._stopped,
        )
        self._letters: deque[DeadLetter] = deque()
        self._changes: deque[_Change] = deque()
        self.receive = self._inbox.put
        """Takes one message from the broker; called in the order of arrival."""
        self._was_deaf = False
        self.sparkplug: HostCounts | None = None
        """What the Sparkplug host application counts, where there is one."""
        self.connections = 0
        """How often the broker has accepted us since the start."""

    def refused_by_store(self, letters: Sequence[DeadLetter]) -> None:
        """Take note of samples that the store will never take; called from any thread."""
        self._letters.extend(letters)

    def connection_changed(self, connected: bool, reason: str) -> None:
        """Take note that the connection to the broker came or went."""
        now = self._clock()
        self._ears.note_connection(connected=connected)
        if connected:
            self.connections += 1
            self.health.broker = ""
            self._absence.returned(BROKER, now)
            if self._announcer is not None:
                self._announcer.resync()
        else:
            self.health.broker = reason or "connection lost"
            self._absence.left(BROKER, now)

    def greet(self) -> None:
        """Say again that we are online, after a Will may have said otherwise."""
        if self._announcer is not None:
            self._announcer.greet()

    @property
    def active_alarms(self) -> int:
        """How many alarms are active, as the broker is told."""
        return 0 if self._announcer is None else self._announcer.active_count

    async def run(self, source: Source) -> None:
        """Work until `stop` is called, then leave nothing undone that can be done at once."""
        self._inbox.read_from(source)
        self._announcer = Announcer(self.stream.outbox, source, heartbeats=self.stream.heartbeats)
        self._announcer.begin(await self._worker.run(self.stream.active))
        pump = asyncio.create_task(self._pump(source), name="pump")
        helpers = [
            asyncio.create_task(work, name=name)
            for name, work in (
                ("store", self.store_writer.run()),
                ("delivery", self.delivery.run()),
                ("announcer", self._announcer.run()),
                ("report", every(self._pace.report, self._reporter.report)),
                ("resend", every(self._pace.resend, self._resend)),
                ("spool alarm", every(RETRY, self._spool.alarm)),
            )
        ]
        try:
            await source.start()
            await asyncio.wait([pump, *helpers], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._wind_up(source, self._announcer, pump, helpers)
        for task in (pump, *helpers):
            if not task.cancelled():
                task.result()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopped.set()
        self._inbox.close()

    async def _pump(self, source: Source) -> None:
        """Keep and apply what arrives, let time pass, save checkpoints; in this one order."""
        loop = asyncio.get_running_loop()
        tick_at = checkpoint_at = loop.time()
        try:
            while not self._stopped.is_set():
                await self._inbox.gathered(within=tick_at - loop.time())
                await self._accept_inbox(source)
                await self._make_changes()
                if loop.time() >= tick_at:
                    await self._tick(source)
                    tick_at = loop.time() + self._pace.tick
                if loop.time() >= checkpoint_at:
                    await self._save()
                    checkpoint_at = loop.time() + self._pace.checkpoint
            await self._accept_inbox(source)
        except Stopped:
            log.info("stopped while nothing can be kept")

    async def _accept_inbox(self, source: Source) -> None:
        messages = self._inbox.take()
        if not messages:
            return
        await self._spool.do(lambda: self.stream.check_room(messages), source=source, meanwhile=self._save)
        heard = self._ears.listen()
        unkept = await self._worker.run(
            lambda: self.stream.take(messages, now=self._clock(), attention=heard)
        )
        record = await self._spool.do(lambda: self.stream.keep(unkept), source=source, meanwhile=self._save)
        source.acknowledge(messages)
        self._absence.saw(unkept.readings)
        self._tell(await self._worker.run(lambda: self.stream.apply(record)))

    async def change_rules(self, watch: Watch) -> Sequence[Transition]:
        """Go on with `watch`, which is new, after the batch in hand, and return what that brought."""
        return await self._change(lambda: self.stream.change_rules(watch, now=self._clock()))

    async def change_models(self, models: Models) -> None:
        """Go on with other models after the batch in hand."""

        def change() -> Sequence[Transition]:
            self.stream.change_models(models)
            return ()

        await self._change(change)

    async def _change(self, change: Callable[[], Sequence[Transition]]) -> Sequence[Transition]:
        done: asyncio.Future[Sequence[Transition]] = asyncio.get_running_loop().create_future()
        self._changes.append((change, done))
        return await done

    async def _make_changes(self) -> None:
        while self._changes:
            change, done = self._changes.popleft()
            transitions = await self._worker.run(change)
            self._tell(transitions)
            # At once, so that a crash does not bring back what was before.
            await self._save()
            if not done.cancelled():
                done.set_result(transitions)

    async def _save(self) -> None:
        """Save a checkpoint and delete what it and the store have made superfluous."""
        await self._worker.run(self.stream.save)
        await self._worker.run(lambda: self.stream.drop_through(self.store_writer.stored))

    async def _tick(self, source: Source) -> None:
        now, heard = self._clock(), self._ears.listen()
        letters = [self._letters.popleft() for _ in range(len(self._letters))]
        notes = Notes(
            letters=tuple(letters),
            observations=self._observations(now),
            deaf=heard.deaf,
            unheard=heard.unheard,
        )
        # That nothing is heard from now on has to be known as well, but once.
        if notes.is_news or not heard.deaf or not self._was_deaf:
            transitions = await self._spool.do(
                lambda: self.stream.tick(now, notes), source=source, meanwhile=self._save
            )
            self._tell(transitions)
            self._was_deaf = heard.deaf
        await self._worker.run(self.stream.send_out)

    def _observations(self, now: int) -> tuple[Observation, ...]:
        """Return which of the pipeline's own conditions hold; only what changed comes of it."""
        site = self.stream.site
        away = self.store_writer.away_for
        self.health.store = "" if away is None else f"away for {away:.0f} s"
        store_away = away is not None and away >= self._pace.alarm_store_after
        broker_away = self._ears.lost_for() >= self._pace.alarm_broker_after
        lost = self.health.broker or self.health.sparkplug
        off = self.stream.scoring.reason
        seen = (
            Observation(rule=BROKER_AWAY, holds=broker_away, at=now, site=site, reason=lost),
            Observation(rule=STORE_AWAY, holds=store_away, at=now, site=site, reason=self.health.store),
            Observation(rule=MODEL_OFF, holds=bool(off), at=now, site=site, reason=off),
        )
        return tuple(each for each in seen if self.stream.conditions.would_change(each))

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
        active = await self._worker.run(self.stream.active)
        if active and not len(self.stream.outbox):
            await self.delivery.send_now(active)

    async def _wind_up(
        self,
        source: Source,
        announcer: Announcer,
        pump: "asyncio.Task[None]",
        helpers: Sequence["asyncio.Task[None]"],
    ) -> None:
        """Take no more, and give what there is to whoever takes it soon; the next start does the rest."""
        self.stop()
        for task in helpers:
            task.cancel()
        await asyncio.wait([pump], timeout=_LAST_BATCH_WITHIN)
        pump.cancel()
        await asyncio.gather(pump, *helpers, return_exceptions=True)
        try:
            await asyncio.gather(announcer.part(source), self._finish())
        finally:
            self.store_writer.close()
            await self._close()

    async def _close(self) -> None:
        try:
            await asyncio.wait_for(self._worker.run(self.stream.close), _DISK_WITHIN)
        except TimeoutError:
            log.warning("disk did not take the last checkpoint in time")
        self._worker.end(lambda: None, within=0)

    async def _finish(self) -> None:
        last = asyncio.gather(
            self.store_writer.drain(),
            self.delivery.deliver_all(),
            self._reporter.report(),
            return_exceptions=True,
        )
        try:
            ends = await asyncio.wait_for(last, _STOP_WITHIN)
        except TimeoutError:
            log.info("stopped with work left for the next start")
            return
        for end in ends:
            if isinstance(end, BaseException):
                raise end
