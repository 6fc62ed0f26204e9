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
