"""MQTT topics of contract 4.1."""

from typing import Final

PREFIX: Final = "plantroom/v1"
TELEMETRY_FILTER: Final = f"{PREFIX}/+/+/telemetry"
STATUS_FILTER: Final = f"{PREFIX}/+/+/status"


def telemetry(*, site: str, asset: str) -> str:
    """Return the topic an asset's readings come in on."""
    return f"{PREFIX}/{site}/{asset}/telemetry"


def status(*, site: str, asset: str) -> str:
    """Return the topic an asset says on whether it is online."""
    return f"{PREFIX}/{site}/{asset}/status"


def alarm(*, site: str, asset: str, rule: str) -> str:
    """Return the topic an active alarm is retained on."""
    return f"{PREFIX}/{site}/{asset}/alarms/{rule}"


def heartbeat(*, site: str) -> str:
    """Return the topic the pipeline says on whether it is online."""
    return f"{PREFIX}/{site}/$status"


SIMULATION_PREFIX: Final = "plantroom-sim/v1"
"""Where simulators are told what to do and tell the truth about their faults; the pipeline never reads it."""
SIMULATION_COMMANDS: Final = f"{SIMULATION_PREFIX}/commands"


def truth(*, site: str, asset: str, fault: str, point: str | None = None) -> str:
    """Return the topic a simulator's label of one fault is retained on."""
    where = f"{SIMULATION_PREFIX}/{site}/{asset}/labels/{fault}"
    return where if point is None else f"{where}/{point}"


def simulation_reply(caller: str) -> str:
    """Return the topic on which simulators answer the caller of that id."""
    return f"{SIMULATION_PREFIX}/replies/{caller}"
