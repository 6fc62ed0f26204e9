"""A small site and the messages of its devices."""

import json
from typing import Any, Final

from plantroom.domain import topics
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset, Point, Site, ValueType
from plantroom.mqtt.message import Received

NOW: Final = 1_763_750_000_000
"""2025-11-21T18:33:20Z, ms since the epoch."""

PUMP_POINTS: Final = (
    Point(name="flow", unit="m3/h", low=0, high=500),
    Point(name="pressure", unit="bar", low=0),
    Point(name="level", high=10),
    Point(name="running", value_type=ValueType.BOOLEAN),
    Point(name="mode", value_type=ValueType.STATE, states=("off", "auto", "hand")),
)


def pump(asset: str, *, clock_by_arrival: bool = False) -> Asset:
    """Return a pump."""
    return Asset(id=asset, asset_class="pump", points=PUMP_POINTS, clock_by_arrival=clock_by_arrival)


def small_table() -> PointTable:
    """Return two sites' points: P-1, P-2 and P-3 (clock by arrival) at `riverside`, P-4 at `hilltop`."""
    riverside = (pump("P-1"), pump("P-2"), pump("P-3", clock_by_arrival=True))
    return PointTable((Site(id="riverside", assets=riverside), Site(id="hilltop", assets=(pump("P-4"),))))


def telemetry(
    payload: Any, *, asset: str = "P-1", site: str = "riverside", arrived: int = NOW, retain: bool = False
) -> Received:
    """Return a telemetry message; a payload that is not bytes is sent as JSON."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Received(topics.telemetry(site=site, asset=asset), content, arrived, retain=retain)


def status(payload: bytes, *, asset: str = "P-1", site: str = "riverside", retain: bool = False) -> Received:
    """Return a status message."""
    return Received(topics.status(site=site, asset=asset), payload, NOW, retain=retain)
