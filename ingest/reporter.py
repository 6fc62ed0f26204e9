"""Tell the API every second what people want to see of the pipeline: latest values, dead letters, health."""

from collections.abc import Hashable
from dataclasses import asdict
from typing import Any, Final

from plantroom.domain.reload import Reload
from plantroom.ingest.dead_letters import GROUPS, DeadLetter
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.health import Health
from plantroom.ingest.stream import Stream
from plantroom.ingest.worker import Worker

_VALUES_PER_REPORT: Final = 2_000
"""At most so many latest values a report: all points of a large installation get their turn."""
_ERRORS: Final = 50
"""Mistakes in files that are told; whoever mends those sees the others."""


class Reporter:
    """Sends what changed; what the API did not take goes into the next report."""

    def __init__(
        self,
        *,
        stream: Stream,
        delivery: Delivery,
        health: Health,
        worker: Worker,
    ) -> None:
        """Take what to report of; `worker` is where the stream is used."""
        self._worker = worker
        self._stream = stream
        self._delivery = delivery
        self._health = health
        self._untold: dict[str, dict[Hashable, dict[str, Any]]] = {
            "dead_letters": {},
            "unknown_devices": {},
            "assets": {},
            "mappings": {},
        }
        self._told_mappings: dict[str, dict[str, Any]] = {}

    async def report(self) -> None:
        """Send one report."""
        latest = await self._worker.run(self._collect)
        sent = {part: dict(entries) for part, entries in self._untold.items()}
        document = {
            "pipeline": self._stream.id,
            "ready": self._health.ready,
            "reasons": list(self._health.reasons()),
            "latest": latest,
            "rules": _reload(self._health.rules),
            "models": self._models(),
            **{part: list(entries.values()) for part, entries in sent.items()},
        }
        if await self._delivery.report(document):
            for part, entries in sent.items():
                self._forget(part, entries)

    def _collect(self) -> list[dict[str, Any]]:
        """Gather what has changed, and return the latest values; what the API never takes stays bounded."""
        for letter in self._stream.dead_letters.changed():
            self._untold["dead_letters"][letter.topic, letter.reason] = _letter(letter)
            if letter.is_unknown_device:
                self._untold["unknown_devices"][letter.topic] = _device(letter)
        for part in ("dead_letters", "unknown_devices"):
            for key in list(self._untold[part])[:-GROUPS]:
                del self._untold[part][key]
        if self._delivery.reachable is False:
            self._stream.latest.forget_told()
            self._stream.presence.forget_told()
            self._told_mappings.clear()
        for change in self._stream.presence.tell(_VALUES_PER_REPORT):
            self._untold["assets"][change.asset] = {
                "asset": change.asset,
                "status": change.status.label,
                "since": change.since,
                "cause": change.why or None,
            }
        self._collect_mappings()
        return self._stream.latest.tell(_VALUES_PER_REPORT)

    def _models(self) -> dict[str, Any]:
        """Tell how many models are at work, and which are off and why."""
        scoring = self._stream.scoring
        return {"at_work": scoring.count, "off": [asdict(fault) for fault in scoring.faults[:_ERRORS]]}

    def _collect_mappings(self) -> None:
        for name, tally in self._stream.tally.mappings.items():
            entry = {"name": name, **asdict(tally)}
            if entry != self._told_mappings.get(name):
                self._told_mappings[name] = self._untold["mappings"][name] = entry

    def _forget(self, part: str, told: dict[Hashable, dict[str, Any]]) -> None:
        for key, entry in told.items():
            if self._untold[part].get(key) is entry:
                del self._untold[part][key]


def _reload(last: Reload | None) -> dict[str, Any] | None:
    if last is None:
        return None
    said = {"errors": list(last.errors[:_ERRORS]), "restart_needed": list(last.restart_needed[:_ERRORS])}
    return {"at": last.at, "ok": last.ok, **said}


def _letter(letter: DeadLetter) -> dict[str, Any]:
    return {**_device(letter), "reason": letter.reason}


def _device(letter: DeadLetter) -> dict[str, Any]:
    return {
        "topic": letter.topic,
        "excerpt": letter.excerpt,
        "count": letter.count,
        "first": letter.first,
        "last": letter.last,
    }
