"""Retain active alarms at the broker, and take them away when they are gone (contract 4.1)."""

import asyncio
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from plantroom.domain import topics
from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.errors import BrokerRefused, BrokerUnavailable, SpoolBroken, SpoolFull
from plantroom.domain.report import to_rfc3339
from plantroom.ingest.outbox import Outbox
from plantroom.ingest.source import Source

log = logging.getLogger(__name__)

_WEIGHED: Final = (TransitionKind.SUPPRESSED, TransitionKind.RELEASED)
_GOODBYE_WITHIN: Final = 0.5
"""Seconds that the broker gets to take the last word; after that its Will speaks for us."""


class Publisher(Protocol):
    """What is needed of an MQTT client."""

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish and return when the broker has it.

        Raises:
            BrokerUnavailable: there is no connection, or it was lost meanwhile.
            BrokerRefused: the broker does not take it.
        """


class Announcer:
    """Keeps what the broker retains equal to what is active.

    What was retained is remembered on disk, so that alarms that ended while we were stopped go too.
    """

    def __init__(self, outbox: Outbox, publisher: Publisher, *, heartbeats: Sequence[str]) -> None:
        """Take where to remember, where to publish, and the topics that say whether we are online."""
        self._outbox = outbox
        self._heartbeats = heartbeats
        self._greeting_due = True
        self._publisher = publisher
        self._active: dict[str, Transition] = {}
        """What is to be retained, by topic."""
        self._refused: set[str] = set()
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()

    @property
    def active_count(self) -> int:
        """How many alarms are active."""
        return len(self._active)

    def announce(self, transitions: Iterable[Transition]) -> None:
        """Take in what happened, in order."""
        for transition in transitions:
            topic = topics.alarm(site=transition.site, asset=transition.asset, rule=transition.rule)
            if transition.kind is TransitionKind.ACTIVATED:
                self._active[topic] = transition
            elif transition.kind in (TransitionKind.CLEARED, TransitionKind.WITHDRAWN):
                self._active.pop(topic, None)
            elif transition.kind in _WEIGHED and topic in self._active:
                weighed, cause = transition.suppressed, transition.cause
                self._active[topic] = replace(self._active[topic], suppressed=weighed, cause=cause)
            else:
                continue
            self._changed[topic] = None
        self._wake.set()

    def begin(self, active: Iterable[Transition]) -> None:
        """Start with what is active already."""
        self._active = {topics.alarm(site=t.site, asset=t.asset, rule=t.rule): t for t in active}
        self.resync()

    def greet(self) -> None:
        """Say again that we are online: a Will may have said otherwise."""
        self._greeting_due = True
        self._wake.set()

    def resync(self) -> None:
        """Make what the broker retains equal to what is active: it may have forgotten, or we."""
        self._greeting_due = True
        self._changed.update(dict.fromkeys(self._outbox.retained()))
        self._changed.update(dict.fromkeys(self._active))
        self._wake.set()

    async def run(self) -> None:
        """Publish for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._publish_changed()
            except (BrokerUnavailable, SpoolFull, SpoolBroken) as error:
                log.debug("alarms not announced", extra={"error": str(error)})
                await asyncio.sleep(1)
                self._wake.set()

    async def part(self, source: Source) -> None:
        """Say that we are offline, and close the connection."""
        try:
            await asyncio.wait_for(self.say_goodbye(), _GOODBYE_WITHIN)
        except TimeoutError:
            log.info("broker did not take the goodbye")
        await source.stop()

    async def say_goodbye(self) -> None:
        """Publish that the pipeline is offline, where the broker is still there to hear it."""
        try:
            await self._say(b"offline")
        except BrokerUnavailable as error:
            log.debug("no goodbye", extra={"error": str(error)})

    async def _say(self, word: bytes) -> None:
        for topic in self._heartbeats:
            await self._retain(topic, word)

    async def _retain(self, topic: str, payload: bytes) -> bool:
        """Return whether the broker retains `payload`; one that refuses is no reason to stop."""
        try:
            await self._publisher.publish(topic, payload, qos=1, retain=True)
        except BrokerRefused as error:
            if topic not in self._refused:
                log.warning("not retained", extra={"topic": topic, "error": str(error)})
                self._refused.add(topic)
            return False
        self._refused.discard(topic)
        return True

    async def _publish_changed(self) -> None:
        if self._greeting_due:
            self._greeting_due = False
            try:
                await self._say(b"online")
            except BrokerUnavailable:
                self._greeting_due = True
                raise
        while self._changed:
            topic = next(iter(self._changed))
            transition = self._active.get(topic)
            if transition is not None:
                await asyncio.to_thread(self._outbox.note_retained, topic)
            payload = b"" if transition is None else _payload(transition)
            if await self._retain(topic, payload) and transition is None:
                await asyncio.to_thread(self._outbox.note_gone, topic)
            if self._active.get(topic) is transition:
                self._changed.pop(topic, None)


def _payload(transition: Transition) -> bytes:
    text = transition.text
    document = {
        "site": transition.site,
        "asset": transition.asset,
        "rule": transition.rule,
        "severity": text.severity.value,
        "title": {"en": text.title.en, "zh": text.title.zh},
        "point": transition.point,
        "value": transition.value,
        "unit": transition.unit,
        "active_since": to_rfc3339(transition.activated_at),
        "suppressed": transition.suppressed,
        "cause": transition.cause,
    }
    return json.dumps(document, ensure_ascii=False).encode()
