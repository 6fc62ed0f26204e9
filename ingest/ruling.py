"""Lets the pipeline watch by the rules of the files, as people change them over the API."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import httpx

from plantroom.domain.alarm import Transition
from plantroom.domain.installation import Installation
from plantroom.domain.override import Override, in_force, overridden
from plantroom.domain.report import from_rfc3339
from plantroom.ingest import overrides
from plantroom.ingest.health import Health
from plantroom.ingest.overrides import Rulings
from plantroom.ingest.watch import Watch
from plantroom.storage.files.rule_book import RuleBook

log = logging.getLogger(__name__)

_RULINGS: Final = "/api/v1/pipeline/rules"
_LOOK: Final = 0.5
"""Seconds between two looks at whether the rules in force are still those that should be."""
_ASK_EVERY: Final = 4
"""So many looks between two questions to the API."""


class Watching(Protocol):
    """What watches by rules."""

    async def change_rules(self, watch: Watch) -> Sequence[Transition]:
        """Go on with `watch`, which is new, and return what that brought."""


class Ruling:
    """Knows by which rules to watch; keeps what the API last said in a file, for starts without an API."""

    def __init__(
        self,
        book: RuleBook,
        *,
        kept: Path,
        client: httpx.AsyncClient,
        health: Health,
        clock: Callable[[], int],
    ) -> None:
        self.book = book
        self._kept = kept
        self._client = client
        self._health = health
        self._clock = clock
        self._said: Rulings = overrides.load(kept)
        self._etag = ""
        self._is_away = False
        self._applied = self._wanted()

    @property
    def installation(self) -> Installation:
        """What the pipeline is to watch, by which rules."""
        return overridden(self.book.installation, self._applied[1])

    async def run(self, watching: Watching) -> None:
        """Let `watching` go by the rules in force, for ever."""
        looks = 0
        while True:
            if looks % _ASK_EVERY == 0:
                await self._ask()
            looks += 1
            await self._apply(watching)
            await asyncio.sleep(_LOOK)

    def _wanted(self) -> tuple[int, tuple[Override, ...]]:
        now = self._clock()
        return self.book.generation, in_force(self.book.installation, self._said.overrides, now=now)

    async def _apply(self, watching: Watching) -> None:
        self._health.rules = self.book.last
        wanted = self._wanted()
        if wanted == self._applied:
            return
        self._applied = wanted
        watch = await asyncio.to_thread(Watch.over, self.installation)
        transitions = await watching.change_rules(watch)
        facts = {"overrides": len(wanted[1]), "transitions": len(transitions)}
        log.info("watching by other rules", extra=facts)
        for fault in watch.engine.faults:
            log.error("wrong rule", extra={"fault": fault})

    async def _ask(self) -> None:
        """Ask the API what people have changed; what was said last counts until it answers."""
        headers = {"If-None-Match": self._etag} if self._etag else {}
        try:
            answer = await self._client.get(_RULINGS, headers=headers)
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                self._is_away = False
                return
            answer.raise_for_status()
            said = overrides.decode(answer.content)
        except (httpx.HTTPError, ValueError) as error:
            if not self._is_away:
                log.warning("api does not tell of rules", extra={"error": str(error) or repr(error)})
            self._is_away = True
            return
        self._is_away = False
        await self._take(said, answer)

    async def _take(self, said: Rulings, answer: httpx.Response) -> None:
        if said.overrides != self._said.overrides or not self._kept.exists():
            await asyncio.to_thread(overrides.keep, self._kept, answer.content)
        asked_before, is_first = self._said.reload_asked, not self._etag
        self._said, self._etag = said, answer.headers.get("ETag", "")
        if said.reload_asked is None or said.reload_asked == asked_before or is_first:
            return
        # In one process the API has read the files already, by the same book.
        if from_rfc3339(said.reload_asked) != self.book.last.at:
            await asyncio.to_thread(self.book.reload, self._clock())
