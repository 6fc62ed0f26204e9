"""Which devices are there, and with them which assets."""

from collections.abc import Callable, Iterator
from typing import Final

from plantroom.domain.points import PointTable
from plantroom.ingest.decode import Reading
from plantroom.ingest.interpreted import StateOfAsset
from plantroom.ingest.sparkplug.presence import Presence
from plantroom.ingest.sparkplug.sources import DeviceId
from plantroom.mqtt.sparkplug.topics import NodeId

BORN_AGAIN_WITHIN: Final = 10_000
"""So long after its edge node's birth, ms, the birth of a device that was there is awaited."""


class Presences:
    """Remembers who is there; an asset made of several devices is online while one of them is."""

    def __init__(self, table: PointTable) -> None:
        self._every = {
            asset.id: {point.name: round(point.every.total_seconds() * 1000) for point in asset.points}
            for asset in table.assets
        }
        self._present: dict[NodeId, dict[str, Presence]] = {}
        self._of_asset: dict[str, set[DeviceId]] = {}
        self._told: dict[str, bool] = {}
        self._awaited: dict[DeviceId, int] = {}

    def bear(self, device: DeviceId, asset: str) -> tuple[StateOfAsset, ...]:
        """Note that `device` is there; return what that means for its asset."""
        self._awaited.pop(device, None)
        self._present.setdefault(device.node, {}).setdefault(device.device, Presence(self._every[asset]))
        self._of_asset.setdefault(asset, set()).add(device)
        return self._tell(asset, online=True)

    def note(self, device: DeviceId, reading: Reading, *, arrived: int) -> None:
        """Take in a reading of a device; history and what comes before its birth is passed over."""
        presence = self._present.get(device.node, {}).get(device.device)
        if presence is not None and not reading.historical and not isinstance(reading.ts, str):
            presence.note(reading.values, ts=reading.ts, arrived=arrived)

    def end(self, device: DeviceId, asset: str, now: int) -> tuple[Reading | None, tuple[StateOfAsset, ...]]:
        """Note that `device` is gone; return which values hold no more, and what it means for its asset."""
        self._awaited.pop(device, None)
        presence = self._present.get(device.node, {}).pop(device.device, None)
        others = self._of_asset.setdefault(asset, set())
        others.discard(device)
        reading = None if presence is None else presence.end(now)
        return reading, () if others else self._tell(asset, online=False)

    def await_births(self, node: NodeId, now: int) -> None:
        """Note that `node` is born: its devices are to be born again."""
        for device in self._present.get(node, {}):
            self._awaited.setdefault(DeviceId(node, device), now)

    def not_born_again(self, now: int) -> list[DeviceId]:
        """Return the devices whose birth has not come in time."""
        return [device for device, since in self._awaited.items() if now - since >= BORN_AGAIN_WITHIN]

    def confirm(self, now: int, is_followed: Callable[[NodeId], bool]) -> Iterator[tuple[DeviceId, Reading]]:
        """Yield what is still true of the devices of edge nodes that are followed without a gap."""
        for node, devices in self._present.items():
            if not is_followed(node):
                continue
            for name, presence in devices.items():
                device = DeviceId(node, name)
                reading = None if device in self._awaited else presence.confirm(now)
                if reading is not None:
                    yield device, reading

    def _tell(self, asset: str, *, online: bool) -> tuple[StateOfAsset, ...]:
        if self._told.get(asset) is online:
            return ()
        self._told[asset] = online
        return (StateOfAsset(asset=asset, online=online),)
