"""Which asset an edge node or device is, and which point a metric is."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from plantroom.domain.points import PointTable
from plantroom.domain.sparkplug import MetricPoint, SparkplugDevice
from plantroom.mqtt.sparkplug.payload import BD_SEQ
from plantroom.mqtt.sparkplug.topics import NodeId

_OF_THE_PROTOCOL: Final = ("Node Control/", "Device Control/", "Node Info/", "Device Info/", "Properties/")


class DeviceId(NamedTuple):
    """A device of an edge node, or with an empty device the edge node itself."""

    node: NodeId
    device: str


class Source:
    """One device whose asset is known."""

    def __init__(self, *, asset: str, points: frozenset[str], declared: SparkplugDevice | None) -> None:
        self.asset: Final = asset
        self.reports_unknown: Final = declared is None or not declared.ignores_unknown
        self._metrics: dict[str, MetricPoint] = dict(declared.metrics) if declared else {}
        taken = {each.point for each in self._metrics.values()}
        for point in points - taken:
            self._metrics.setdefault(point, MetricPoint(point=point))

    def point_of(self, metric: str) -> MetricPoint | None:
        """Return where the values of `metric` go, None if nowhere."""
        return self._metrics.get(metric)


class Sources:
    """The devices of all sites' `sparkplug` sections; those of shared groups are found by their id."""

    def __init__(self, table: PointTable) -> None:
        self._points = {asset.id: frozenset(point.name for point in asset.measured) for asset in table.assets}
        self._sources: dict[NodeId, dict[str, Source]] = {}
        self._of_group: dict[str, set[str]] = {}
        """The assets that a device of their id is, by group."""
        for site in table.sites:
            if site.sparkplug is None:
                continue
            for group in site.sparkplug.groups:
                self._of_group.setdefault(group, set()).update(asset.id for asset in site.assets)
            for declared in site.sparkplug.devices:
                self._declare(declared)
        self.nodes: frozenset[NodeId] = frozenset(self._sources)
        """The edge nodes that are named."""

    def _declare(self, declared: SparkplugDevice) -> None:
        node = NodeId(declared.group, declared.node)
        self._sources.setdefault(node, {})[declared.device] = Source(
            asset=declared.asset, points=self._points[declared.asset], declared=declared
        )

    def knows(self, node: NodeId) -> bool:
        """Return whether a device of `node` may be an asset."""
        return node in self.nodes or node.group in self._of_group

    def of(self, device: DeviceId) -> Source | None:
        """Return what `device` is, None if it is no asset."""
        known = self._sources.get(device.node, {})
        if device.device in known:
            return known[device.device]
        asset = device.device or device.node.node
        if asset not in self._of_group.get(device.node.group, ()):
            return None
        source = Source(asset=asset, points=self._points[asset], declared=None)
        self._sources.setdefault(device.node, {})[device.device] = source
        return source

    def of_node(self, node: NodeId) -> Mapping[str, Source]:
        """Return every device of `node` that is known to be an asset, by its id."""
        return self._sources.get(node, {})


def is_of_the_protocol(metric: str) -> bool:
    """Return whether `metric` is one that Sparkplug itself speaks of, and no reading."""
    return metric == BD_SEQ or metric.startswith(_OF_THE_PROTOCOL)
