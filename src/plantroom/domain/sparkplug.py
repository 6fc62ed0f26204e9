"""Which Sparkplug edge nodes and devices are which assets, and which of their metrics are which points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

DEFAULT_HOST: Final = "plantroom"
DEFAULT_REORDER: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPoint:
    """Where the value of a metric goes, and what is to be done with it."""

    point: str
    scale: float = 1.0
    offset: float = 0.0
    """A number becomes `scale * number + offset`."""
    states: Mapping[float, str] = field(default_factory=dict)
    """Which state of the point each number stands for; no other number is taken."""

    def read(self, value: object) -> object:
        """Return what a metric's value is as the point's; what is no number stays as it is."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        if self.states:
            return self.states.get(value, value)
        if self.scale == 1.0 and self.offset == 0.0:
            return value
        return value * self.scale + self.offset


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkplugDevice:
    """A device of an edge node, or the edge node itself, that is an asset or a part of one."""

    group: str
    node: str
    device: str = ""
    """Empty for the edge node's own metrics."""
    asset: str
    metrics: Mapping[str, MetricPoint] = field(default_factory=dict)
    """By name; a metric that is not named here is the point of its own name, if that is not taken."""
    ignores_unknown: bool = False
    """Whether a metric that is no point is passed over, and not a dead letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkplug:
    """How a site's Sparkplug devices are read."""

    host: str = DEFAULT_HOST
    """The id of the host application; one for the whole installation."""
    reorder: timedelta = DEFAULT_REORDER
    """How long a missing message is waited for."""
    groups: tuple[str, ...] = ()
    """In these groups a device, or an edge node, whose id is that of an asset of the site is that asset."""
    devices: tuple[SparkplugDevice, ...] = ()
