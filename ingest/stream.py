"""The pipeline's state as a fold over the journal: what goes in is kept first, then applied.

Live, after a restart and after a crash the same records are applied by the same code (`Stream.apply`).
"""

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from plantroom.domain import topics
from plantroom.domain.alarm import Transition
from plantroom.domain.errors import SnapshotInvalid, SpoolBroken, SpoolFull
from plantroom.domain.installation import Installation
from plantroom.domain.samples import SampleBatch
from plantroom.ingest import notes as noting
from plantroom.ingest.complaints import Complaints
from plantroom.ingest.conditions import Conditions
from plantroom.ingest.dead_letters import DeadLetters
from plantroom.ingest.ears import ALL_EARS, Attention
from plantroom.ingest.full_mark import FullMark
from plantroom.ingest.identity import identity_in
from plantroom.ingest.intake import Counts, Intake
from plantroom.ingest.latest import Latest
from plantroom.ingest.notes import Notes
from plantroom.ingest.observations import of_clock, of_presence
from plantroom.ingest.outbox import Outbox
from plantroom.ingest.presence.presence import Presence
from plantroom.ingest.scoring import Models, Scoring
from plantroom.ingest.tally import Tally
from plantroom.ingest.watch import Watch
from plantroom.mqtt.message import Received
from plantroom.storage import checkpoint as checkpoints
from plantroom.storage.checkpoint import Checkpoint
from plantroom.storage.durable import make_folder, sync_folder
from plantroom.storage.journal import Journal, Record
from plantroom.storage.journal.journal import MAX_BYTES

log = logging.getLogger(__name__)

_SAMPLES_PER_READ: Final = 100_000
_NOTHING: Final = -1
"""Sequence of no record: the checkpoint on disk is of other rules."""
_ROOM_PER_BYTE: Final = 6
"""Bytes of the journal that a byte of payload may take: the shortest value in JSON, `"a":1,`, becomes 33."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unkept:
    """What was taken from messages and is not durable yet."""

    now: int
    readings: SampleBatch
    """What was measured."""
    batch: SampleBatch
    """The same, with what models say of it."""
    notes: Notes
    counts: Counts


class Stream:
    """Everything the pipeline knows, in one folder; its owner calls it from one thread at a time."""

    def __init__(
        self,
        *,
        installation: Installation,
        folder: Path,
        spool_bytes: int = MAX_BYTES,
        clock_rate: float = 1.0,
        models: Models | None = None,
    ) -> None:
        """Open the folder, load its checkpoint and apply what was kept since.

        Raises:
            SpoolBroken: a file in it cannot be read or made.
        """
        self._checkpoint = folder / "checkpoint.npz"
        self._installation = installation
        table = installation.table
        self._table = table
        self.site = table.sites[0].id
        """Where the pipeline's own alarms belong."""
        self.heartbeats = tuple(topics.heartbeat(site=site.id) for site in table.sites)
        """The topics that say whether the pipeline is online."""
        self.intake = Intake(table)
        self.scoring = Scoring(table, models)
        self.watch = Watch.over(installation)
        self.dead_letters = DeadLetters()
        self.conditions = Conditions()
        self.latest = Latest(table)
        self.presence = Presence(table, rate=clock_rate)
        self.tally = Tally.of(self._table)
        self._unsent: list[Transition] = []
        self._in_hand = False
        """Whether something was taken and is not kept: the intake knows what no record does."""
        self._complaints = Complaints()
        self._known = 0
        """Sequence of the last record that all but the engine has; the engine may be behind at a start."""
        self._applied = 0
        self._checkpointed = 0
        saved = checkpoints.load(self._checkpoint)
        try:
            make_folder(folder)
            self.outbox = Outbox(folder / "outbox.sqlite")
            self._full = FullMark(folder / "full-since", site=self.site)
            self.id = identity_in(folder)
            """Names this pipeline to the API, across restarts."""
            sync_folder(folder)
        except (OSError, sqlite3.Error) as error:
            raise SpoolBroken(f"cannot use {folder}: {error}") from error
        self.journal = Journal(
            folder / "journal", table, max_bytes=spool_bytes, start=saved.sequence if saved else 0
        )
        self.last_present = self.journal.last_now
        """When it last ran before this start, ms since the epoch; 0 if it never did."""
        if saved:
            self._restore(saved)
        self._replay()

    def _restore(self, saved: Checkpoint) -> None:
        intake, presence = saved.part("intake"), saved.part("presence")
        self.intake.restore(intake)
        self.scoring.restore(saved.part("models"))
        if presence:
            points, assets = self.intake.renumber(intake)
            self.presence.restore(presence, points=points, assets=assets)
        self.dead_letters = DeadLetters.restore(saved.meta["dead_letters"])
        self.conditions.restore(saved.meta["conditions"])
        told = self.conditions.withdraw(known=self._table.asset_number, at=self.last_present)
        self._known = self._checkpointed = saved.sequence
        others, kept = self.conditions.active(), saved.meta.get("inhibition", {})
        try:
            self._unsent += self.watch.restore(
                saved.part("engine"), kept, told=told, others=others, at=self.last_present
            )
            self._applied = saved.sequence
        except SnapshotInvalid as error:
            log.warning("everything kept is evaluated again", extra={"error": str(error)})
            self.watch = Watch.over(self._installation)
            self._unsent += self.watch.inhibition.restore({}, told=told, active=others, at=self.last_present)

    def _replay(self) -> None:
        reader = self.journal.reader(after=self._applied)
        first = self._applied
        while self._applied < self.journal.last:
            for record in reader.read(max_samples=_SAMPLES_PER_READ):
                if record.sequence > self._known:
                    readings = self.scoring.readings(record.batch)
                    self.intake.recall(readings)
                    self.scoring.recall(readings)
                self.apply(record)
        reader.close()
        self.tally = Tally.of(self._table)
        if self._applied > first:
            log.info("journal replayed", extra={"records": self._applied - first})

    def check_room(self, messages: Sequence[Received]) -> None:
        """Do nothing if there is room for what `messages` may hold.

        Raises:
            SpoolFull: there is none now.
        """
        self.journal.check_room(_ROOM_PER_BYTE * sum(len(message.payload) for message in messages))

    def take(self, messages: Sequence[Received], *, now: int, attention: Attention = ALL_EARS) -> Unkept:
        """Decode, qualify and score `messages`, which arrived before `now`; they are not durable yet.

        Until they are, no checkpoint is saved: it would know them already when they come again.
        """
        self._in_hand = True
        taken = self.intake.take(messages, grace=attention.grace)
        self.latest.note_last_known(taken.last_known)
        scored = self.scoring.score(taken.batch, taken.kept)
        observations = tuple(of_clock(report, site=self._site_of(report.asset)) for report in taken.clocks)
        notes = Notes(
            letters=taken.letters,
            statuses=taken.statuses,
            observations=observations,
            deaf=attention.deaf,
            unheard=attention.unheard,
            kept=scored.kept,
        )
        return Unkept(now=now, readings=taken.batch, batch=scored.batch, notes=notes, counts=taken.counts)

    def keep(self, unkept: Unkept) -> Record:
        """Make `unkept` durable; from then on its messages may be acknowledged.

        Raises:
            SpoolFull: there is no room now; the same call may succeed later.
            SpoolBroken: the disk failed.
        """
        data = noting.encode(unkept.notes)
        sequence = self.journal.append(now=unkept.now, batch=unkept.batch, notes=data)
        self._in_hand = False
        self.tally.count_batch(unkept.readings, unkept.counts, unkept.notes.letters)
        return Record(sequence=sequence, now=unkept.now, batch=unkept.batch, notes=data)

    def apply(self, record: Record) -> list[Transition]:
        """Fold in a kept record and return what it brought; that waits in memory while its way is blocked."""
        remembered = noting.decode(record.notes)
        self.latest.update(record.batch)
        is_tick = not len(record.batch)
        is_deaf_tick = remembered.deaf and is_tick
        told = [] if is_deaf_tick else self.watch.engine.observe(record.batch, record.now)
        if record.sequence > self._known:
            self.dead_letters.add(remembered.letters)
            told += self.conditions.observe(remembered.observations)
            told += self._follow_presence(record, remembered)
            self._known = record.sequence
        lets_time_pass = is_tick and not is_deaf_tick
        transitions = self.watch.tick(told, record.now) if lets_time_pass else self.watch.follow(told)
        self._applied = record.sequence
        self.tally.count_transitions(transitions)
        self._unsent += transitions
        self.send_out()
        return transitions

    def _follow_presence(self, record: Record, notes: Notes) -> list[Transition]:
        _, alarms = self.presence.observe(
            self.scoring.readings(record.batch),
            notes.statuses,
            now=record.now,
            deaf=notes.deaf or notes.unheard,
            kept=notes.kept,
        )
        return self.conditions.observe(of_presence(each, site=self._site_of(each.asset)) for each in alarms)

    def _site_of(self, asset: str) -> str:
        return self._table.site_of[self._table.asset_number[asset]].id

    def send_out(self) -> None:
        """Put the transitions that wait in memory into the outbox, if its disk takes them."""
        if not self._unsent:
            return
        try:
            self.journal.sync()
            self.outbox.put(self._unsent)
        except (SpoolFull, SpoolBroken) as error:
            self._complaints.raise_("transitions wait in memory", error)
            return
        self._unsent.clear()
        self._complaints.settle("transitions wait in memory")

    def tick(self, now: int, notes: Notes | None = None) -> list[Transition]:
        """Let time pass; a tick is kept like samples, since what it decides must be decided again.

        Raises:
            SpoolFull: there is no room now.
            SpoolBroken: the disk failed.
        """
        notes = notes or Notes()
        after_full = () if self._unsent else self._full.story(now)
        notes = msgspec.structs.replace(notes, observations=(*notes.observations, *after_full))
        data = noting.encode(notes)
        sequence = self.journal.append(now=now, batch=SampleBatch.empty(), notes=data, sync=notes.is_news)
        if after_full:
            self.conditions.forget(after_full[0])
        transitions = self.apply(Record(sequence=sequence, now=now, notes=data))
        if after_full and not self._unsent:
            self._full.set(None)
        return transitions

    def change_rules(self, watch: Watch, *, now: int) -> list[Transition]:
        """Go on with `watch`, which is new, from what the present one knows; return what that brought."""
        transitions = watch.take_over(self.watch, others=self.conditions.active(), now=now)
        self.watch = watch
        self._checkpointed = _NOTHING
        self.tally.count_transitions(transitions)
        self._unsent += transitions
        self.send_out()
        return transitions

    def change_models(self, models: Models) -> None:
        """Go on with other models; those that stay remember what they did."""
        self.scoring.change(models)
        self._checkpointed = _NOTHING

    def active(self) -> list[Transition]:
        """Return the activation of every alarm that is active."""
        return self.watch.active(self.conditions.active())

    def mark_full(self, now: int, error: Exception) -> list[Transition]:
        """Note that nothing can be kept; return the alarm that says so, which the outbox cannot carry.

        It is told past the journal, and once more as part of it when there is room again.
        """
        return self.conditions.observe([self._full.mark(now, reason=str(error))])

    @property
    def _is_whole(self) -> bool:
        """Whether the state is that of the journal, and all it brought has gone out."""
        return not self._in_hand and not self._unsent and self._applied == self.journal.written

    def save(self) -> None:
        """Save a checkpoint, if something happened since the last; a full disk is logged, and tried again."""
        if self._applied == self._checkpointed or not self._is_whole:
            return
        arrays: dict[str, Any] = {}
        for name, part in (
            ("intake", self.intake.snapshot()),
            ("engine", self.watch.engine.snapshot()),
            ("presence", self.presence.snapshot()),
            ("models", self.scoring.snapshot()),
        ):
            arrays.update({f"{name}/{key}": array for key, array in part.items()})
        meta = {
            "dead_letters": self.dead_letters.snapshot(),
            "conditions": self.conditions.snapshot(),
            "inhibition": self.watch.inhibition.snapshot(),
        }
        try:
            self.journal.sync()
            checkpoints.save(self._checkpoint, Checkpoint(sequence=self._applied, arrays=arrays, meta=meta))
        except (OSError, SpoolFull, SpoolBroken) as error:
            self._complaints.raise_("checkpoint not saved", error)
            return
        self._complaints.settle("checkpoint not saved")
        self._checkpointed = self._applied

    def drop_through(self, stored: int) -> None:
        """Delete what neither a restart nor the store needs, which has everything up to record `stored`."""
        self.journal.drop_through(min(stored, self._checkpointed))

    def close(self) -> None:
        """Save a checkpoint and release all files."""
        self.send_out()
        self.save()
        self.journal.close()
        self.outbox.close()
