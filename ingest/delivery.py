"""Bring transitions and reports to the API, in order, until it has them."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Any, Final

import httpx
import msgspec

from plantroom.domain.alarm import Transition
from plantroom.domain.errors import SpoolBroken, SpoolFull
from plantroom.domain.report import to_document
from plantroom.ingest.backoff import Backoff
from plantroom.ingest.outbox import Outbox
from plantroom.ingest.patience import happens

log = logging.getLogger(__name__)

_PER_REQUEST: Final = 200
_ALARMS: Final = "/api/v1/alarms"
_REPORT: Final = "/api/v1/pipeline/report"


class _Refusal(msgspec.Struct, frozen=True):
    index: int
    message: str


class _Answer(msgspec.Struct, frozen=True):
    """What the API says of transitions; whatever else answers at its address says something else."""

    rejected: list[_Refusal]


class _NotTheApi(Exception):
    """An answer that the API does not give."""


class Delivery:
    """Empties the outbox into the API; wakes up when told to and at least every second."""

    def __init__(self, outbox: Outbox, client: httpx.AsyncClient) -> None:
        self.outbox = outbox
        self._client = client
        self._wake = asyncio.Event()
        self._backoff = Backoff()
        self.delivered = 0
        """Transitions that the API has taken from the outbox."""
        self.rejected = 0
        """Transitions that the API refused for what they are."""
        self.reachable: bool | None = None
        """Whether the API took the last request; None before the first."""
        self._is_stuck = False

    def wake(self) -> None:
        """Look into the outbox now."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            self._wake.clear()
            if await self.deliver_all():
                self._backoff.succeeded()
                pause = 1.0
            else:
                pause = self._backoff.failed()
            await happens(self._wake, within=pause)

    async def deliver_all(self) -> bool:
        """Deliver what is in the outbox and return whether the API has it all and the outbox knows."""
        try:
            delivered = await self._empty_outbox()
        except (SpoolFull, SpoolBroken) as error:
            if not self._is_stuck:
                log.warning("outbox not emptied", extra={"error": str(error)})
            self._is_stuck = True
            return False
        self._is_stuck = False
        return delivered

    async def _empty_outbox(self) -> bool:
        while parcels := await asyncio.to_thread(self.outbox.peek, _PER_REQUEST):
            if not await self._put_transitions([document for _, document in parcels]):
                return False
            await asyncio.to_thread(self.outbox.remove_through, parcels[-1][0])
            self.delivered += len(parcels)
        return True

    async def send_now(self, transitions: Iterable[Transition]) -> bool:
        """Send `transitions` past the outbox: what is active, again; what cannot be kept on disk."""
        documents = [to_document(transition) for transition in transitions]
        for start in range(0, len(documents), _PER_REQUEST):
            if not await self._put_transitions(documents[start : start + _PER_REQUEST]):
                return False
        return True

    async def report(self, document: dict[str, Any]) -> bool:
        """Tell the API how the pipeline is and return whether it took it."""
        return await self._put(_REPORT, document) is not None

    async def _put_transitions(self, documents: Sequence[dict[str, Any]]) -> bool:
        refusals = await self._put(_ALARMS, {"transitions": documents})
        if refusals is None:
            return False
        for refusal in refusals:
            self.rejected += 1
            log.error(
                "transition refused by api",
                extra={"reason": refusal.message, "transition": documents[refusal.index]},
            )
        return True

    async def _put(self, path: str, document: dict[str, Any]) -> list[_Refusal] | None:
        """Return what the API refused of `document`, None if it did not take it at all."""
        try:
            answer = await self._client.put(path, json=document)
            answer.raise_for_status()
            refusals = _refusals(answer, of=len(document.get("transitions", ())))
        except (httpx.HTTPError, _NotTheApi) as error:
            if self.reachable is not False:
                log.warning("api away", extra={"path": path, "error": str(error) or repr(error)})
            self.reachable = False
            return None
        if self.reachable is False:
            log.info("api back", extra={"path": path})
            self._wake.set()
        self.reachable = True
        return refusals


def _refusals(answer: httpx.Response, *, of: int) -> list[_Refusal]:
    """Return what `answer` refuses of so many transitions.

    Raises:
        _NotTheApi: it is nothing that the API says, whatever its status.
    """
    if answer.status_code == httpx.codes.NO_CONTENT:
        return []
    try:
        refusals = msgspec.json.decode(answer.content, type=_Answer).rejected
    except msgspec.DecodeError as error:
        raise _NotTheApi(f"not an answer of the API: {error}: {answer.text[:100]!r}") from error
    if any(not 0 <= refusal.index < of for refusal in refusals):
        raise _NotTheApi(f"it refuses what was not sent: {answer.text[:100]!r}")
    return refusals
