"""Which points of a site say what it consumes."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from plantroom.domain.site import Asset, Point, PointKind

T = TypeVar("T")


class Quantity(Enum):
    """What is consumed; the value is its name."""

    ELECTRICITY = "electricity"
    WATER = "water"

    @property
    def unit(self) -> str:
        """The unit of amounts."""
        return "kWh" if self is Quantity.ELECTRICITY else "m3"

    @property
    def demand_unit(self) -> str:
        """The unit of amounts per hour."""
        return "kW" if self is Quantity.ELECTRICITY else "m3/h"


_COUNTERS: Mapping[Quantity, tuple[str, Mapping[str, float]]] = {
    Quantity.ELECTRICITY: ("energy", {"Wh": 1e-3, "kWh": 1.0, "MWh": 1e3}),
    Quantity.WATER: ("volume", {"l": 1e-3, "L": 1e-3, "m3": 1.0, "m³": 1.0}),
}
_POWERS: Mapping[str, float] = {"W": 1e-3, "kW": 1.0, "MW": 1e3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A point that tells how much an asset consumes."""

    asset: str
    point: Point
    scale: float
    """What a reading is multiplied by to be in the quantity's unit, or in that per hour."""

    @property
    def counts(self) -> bool:
        """Whether it counts; else it says how much per hour."""
        return self.point.kind is PointKind.COUNTER


def meters_of(asset: Asset, quantity: Quantity) -> tuple[Meter, ...]:
    """Return the points that may tell what the asset consumes, the best first: its counter, its power."""
    name, scales = _COUNTERS[quantity]
    by_name = {point.name: point for point in asset.points}
    found = []
    counter = by_name.get(name)
    if counter is not None and counter.kind is PointKind.COUNTER and counter.unit in scales:
        found.append(Meter(asset=asset.id, point=counter, scale=scales[counter.unit]))
    power = by_name.get("power") if quantity is Quantity.ELECTRICITY else None
    if power is not None and power.kind is PointKind.MEASUREMENT and power.unit in _POWERS:
        found.append(Meter(asset=asset.id, point=power, scale=_POWERS[power.unit]))
    return tuple(found)


def outermost(assets: Sequence[Asset], read: Callable[[Asset], T | None]) -> Iterator[T]:
    """Yield what is `read` of those assets that have something to read and are behind no other that has.

    An asset is behind those that feed it (`fed_by`), and behind its `parent` where that is of its own class
    (a sub-meter), directly or through others of `assets`. What is behind a read asset is not read.
    """
    metered: dict[str, bool] = {}
    for asset, upstream in _downstream_order(assets):
        metered[asset.id] = any(metered.get(each, False) for each in upstream)
        found = None if metered[asset.id] else read(asset)
        if found is not None:
            metered[asset.id] = True
            yield found


def _downstream_order(assets: Sequence[Asset]) -> Iterator[tuple[Asset, tuple[str, ...]]]:
    """Yield each asset after all that it is directly behind, and those."""
    known = {asset.id: asset for asset in assets}
    upstream = {asset.id: tuple(_upstream(asset, known)) for asset in assets}
    downstream: dict[str, list[str]] = {asset.id: [] for asset in assets}
    for asset_id, before in upstream.items():
        for each in before:
            downstream[each].append(asset_id)
    waits_for = {asset_id: len(before) for asset_id, before in upstream.items()}
    ready = deque(asset_id for asset_id, count in waits_for.items() if count == 0)
    # Feeding and being part of may together go round in a circle: whoever is left then waits for nobody.
    left = dict.fromkeys(known)
    while left:
        asset_id = ready.popleft() if ready else next(iter(left))
        if asset_id not in left:
            continue
        del left[asset_id]
        yield known[asset_id], upstream[asset_id]
        for each in downstream[asset_id]:
            waits_for[each] -= 1
            if waits_for[each] == 0:
                ready.append(each)


def _upstream(asset: Asset, known: Mapping[str, Asset]) -> Iterator[str]:
    yield from (each for each in asset.fed_by if each in known)
    parent = known.get(asset.parent or "")
    if parent is not None and parent.asset_class == asset.asset_class and parent.id not in asset.fed_by:
        yield parent.id
