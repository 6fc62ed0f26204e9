"""Sites, their assets and the points that are measured on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from plantroom.domain.mapping import PayloadMapping
from plantroom.domain.model import ModelPlan
from plantroom.domain.quantity import Quantity
from plantroom.domain.sparkplug import Sparkplug
from plantroom.domain.text import Text


class PointKind(Enum):
    """What a point tells."""

    MEASUREMENT = "measurement"
    """A physical quantity, as it is now."""
    STATUS = "status"
    """A state: boolean, or one of named states."""
    COUNTER = "counter"
    """A total that only grows, but for wrap and reset."""
    SETPOINT = "setpoint"
    """What a controller aims at."""
    COMMAND = "command"
    """What a controller tells the machine to do."""
    DERIVED = "derived"
    """What models say of the machine; no device sends it."""


class ValueType(Enum):
    """What a point's value is in a message; in columns every value is a float64."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    """false is 0, true is 1."""
    STATE = "state"
    """One of the point's named states; in columns its position among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that is measured or known of an asset."""

    name: str
    unit: str = ""
    kind: PointKind = PointKind.MEASUREMENT
    value_type: ValueType = ValueType.NUMBER
    states: tuple[str, ...] = ()
    low: float = float("-inf")
    """Least plausible value, in `unit`; a value below it has quality `range`."""
    high: float = float("inf")
    """Greatest plausible value, in `unit`."""
    wraps_at: float | None = None
    """At which value, in `unit`, a counter's register is full and starts again at 0; None: none known."""
    every: timedelta = timedelta(seconds=10)
    """Expected interval between samples."""
    label: Text = field(default_factory=Text)
    brick: str = ""

    @property
    def stale_after(self) -> timedelta:
        """How long a value holds without a newer one (contract 4.6)."""
        return max(3 * self.every, timedelta(seconds=30))


LIFE_SAFETY_SYSTEMS: Final = frozenset({"elevators", "fire"})
"""Systems that are monitored only: their assets have no command points (contract 4.5)."""
_FIRE: Final = "fire"
_ENTRAPMENT: Final = "entrapment"


def concerns_life(*, system: str, point: str) -> bool:
    """Whether an alarm of `system` about `point` is one of people's lives, where its rule does not say it."""
    return system == _FIRE or point == _ENTRAPMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetClass:
    """A kind of machine: the points its assets usually have."""

    name: str
    label: Text = field(default_factory=Text)
    system: str = ""
    """Part of the building's services it belongs to: elevators, water, hvac, fire, power."""
    points: tuple[Point, ...] = ()
    brick: str = ""


OFFLINE_GRACE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What a site or an asset changes about a rule."""

    enabled: bool | None = None
    """Whether the rule watches; None: as it would without."""
    params: Mapping[str, Quantity] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One machine of a site."""

    id: str
    asset_class: str
    name: Text = field(default_factory=Text)
    location: str = ""
    parent: str | None = None
    """The asset it is part of."""
    fed_by: tuple[str, ...] = ()
    """The assets that power it."""
    gateway: str | None = None
    """The asset through which its readings come; None: it speaks for itself."""
    rated: Mapping[str, float] = field(default_factory=dict)
    points: tuple[Point, ...] = ()
    """The class's points, changed and extended by the site file."""
    clock_by_arrival: bool = False
    """Whether arrival is its time, because its own clock cannot be trusted (`clock: arrival`)."""
    offline_grace: timedelta | None = None
    """How long it may be away before it counts as offline; None: as its site says."""
    tuning: Mapping[str, Tuning] = field(default_factory=dict)
    """By id of the rule; goes before the site's."""
    models: ModelPlan | None = None
    """Its class's, as site and asset change it; None: no models watch over it."""

    @property
    def measured(self) -> tuple[Point, ...]:
        """The points that its devices tell: all but those that models derive."""
        return tuple(point for point in self.points if point.kind is not PointKind.DERIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One property with its machines."""

    id: str
    name: Text = field(default_factory=Text)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    holidays: str = ""
    """Country whose public holidays it keeps, such as CN; empty: weekends are all that is free."""
    tuning: Mapping[str, Tuning] = field(default_factory=dict)
    """By id of the rule."""
    packs: tuple[str, ...] = ()
    assets: tuple[Asset, ...] = ()
    mappings: tuple[PayloadMapping, ...] = ()
    """How its devices' foreign payloads are read, in the order of the file."""
    sparkplug: Sparkplug | None = None
    """How its Sparkplug devices are read; None: not at all."""
    offline_grace: timedelta = OFFLINE_GRACE
    """How long an asset may be away before it counts as offline."""
