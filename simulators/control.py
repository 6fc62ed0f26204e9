"""What a running simulator is told to do from outside, and the truth that it tells about its faults."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from plantroom.domain import topics
from plantroom.domain.report import to_rfc3339
from plantroom.simulators.faults import Fault, Label, ScenarioInvalid, label_of
from plantroom.simulators.publishing import Publisher
from plantroom.simulators.simulation import Simulation
from plantroom.simulators.ticks import Timing

_log = logging.getLogger(__name__)

INJECT: Final = "inject"
REPAIR: Final = "repair"


class Command(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a simulator is told: JSON on `topics.SIMULATION_COMMANDS`."""

    caller: str
    """Names the topic of the answer."""
    do: str
    """`inject` or `repair`."""
    asset: str
    fault: str
    point: str | None = None
    severity: float = 1.0
    ramp: float = 0.0
    """Plant seconds."""
    lasts: float | None = None
    """Plant seconds; None: until it is repaired."""


class Answer(msgspec.Struct, kw_only=True):
    """What came of a command: JSON on `topics.simulation_reply`."""

    site: str
    simulated: bool
    """Whether the answering simulator has the asset."""
    error: str | None = None
    possible: list[str] = msgspec.field(default_factory=list)
    """What can go wrong with the asset."""


_commands = msgspec.json.Decoder(Command)
_encoder = msgspec.json.Encoder()


class Control:
    """Does what commands say to the sites of one simulator, between two steps."""

    def __init__(self, simulations: Sequence[Simulation]) -> None:
        self._simulations = tuple(simulations)
        self._told: asyncio.Queue[bytes] = asyncio.Queue()

    def receive(self, payload: bytes) -> None:
        """Take what came on the commands' topic."""
        self._told.put_nowait(payload)

    async def serve(self, publisher: Publisher) -> None:
        """Do and answer what comes, until cancelled."""
        while True:
            for topic, payload in self.answers(await self._told.get()):
                await publisher.send(topic, payload)

    def answers(self, payload: bytes) -> Iterator[tuple[str, bytes]]:
        """Do what `payload` says; return the answers, topic and payload."""
        try:
            command = _commands.decode(payload)
        except msgspec.MsgspecError as error:
            _log.warning("command not understood", extra={"error": str(error), "payload": payload[:200]})
            return
        for simulation in self._simulations:
            yield topics.simulation_reply(command.caller), _encoder.encode(_done(simulation, command))


def _done(simulation: Simulation, command: Command) -> Answer:
    try:
        possible = sorted(simulation.possible(command.asset))
    except ScenarioInvalid as error:
        return Answer(site=simulation.site.id, simulated=False, error=str(error))
    try:
        _do(simulation, command)
    except ScenarioInvalid as error:
        return Answer(site=simulation.site.id, simulated=True, error=str(error), possible=possible)
    _log.info("told", extra={"do": command.do, "asset": command.asset, "fault": command.fault})
    return Answer(site=simulation.site.id, simulated=True, possible=possible)


def _do(simulation: Simulation, command: Command) -> None:
    if command.do == REPAIR:
        simulation.repair(command.asset, command.fault, point=command.point)
        return
    if command.do != INJECT:
        raise ScenarioInvalid(f"expected {INJECT} or {REPAIR}: {command.do!r}")
    now = simulation.plant.t
    simulation.inject(
        Fault(
            asset=command.asset,
            fault=command.fault,
            point=command.point,
            onset=now,
            ramp=command.ramp,
            severity=command.severity,
            repaired=None if command.lasts is None else now + command.lasts,
        )
    )


class Truth:
    """The labels of a site's faults, each told when the fault begins and again when it is over."""

    def __init__(self, simulation: Simulation, *, timing: Timing) -> None:
        self._simulation = simulation
        self._timing = timing
        self._told: dict[tuple[str, str, str | None, float], bool] = {}
        """Whether the fault was over when it was told."""

    def news(self) -> Iterator[tuple[str, bytes]]:
        """Return topic and payload of what has begun or ended since the last call."""
        now = self._simulation.plant.t
        for fault in self._simulation.faults:
            if fault.onset > now:
                continue
            is_over = fault.repaired is not None and fault.repaired <= now
            key = (*fault.place, fault.onset)
            if self._told.get(key) == is_over:
                continue
            self._told[key] = is_over
            label = label_of(fault, started=self._timing.started, speed=self._timing.speed)
            topic = topics.truth(
                site=self._simulation.site.id, asset=fault.asset, fault=fault.fault, point=fault.point
            )
            yield topic, _encoder.encode(label_document(label, is_over=is_over))


def label_document(label: Label, *, is_over: bool) -> dict[str, Any]:
    """Return a label as it is published: the end of a fault is not told before it comes."""
    return {
        "asset": label.asset,
        "fault": label.fault,
        "point": label.point,
        "from": to_rfc3339(label.start),
        "to": to_rfc3339(label.end) if is_over and label.end is not None else None,
        "severity": label.severity,
    }
