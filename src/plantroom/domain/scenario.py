"""Courses of events that a simulated site is put through."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plantroom.domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    """One thing that will go wrong, in terms that hold for more than one site."""

    fault: str
    asset: str | None = None
    """The asset it happens to; where the site has none of that id, the first of `asset_class`."""
    asset_class: str | None = None
    point: str | None = None
    """The point whose instrument it is on; None: it is on the machine itself or on its connection."""
    at: timedelta = timedelta(0)
    """After the start."""
    ramp: timedelta = timedelta(0)
    """How long it takes to get as bad as it gets."""
    severity: float = 1.0
    """How bad it gets, 0 to 1."""
    lasts: timedelta | None = None
    """When it is repaired, after it began; None: never."""
    only_models: Text = field(default_factory=Text)
    """Why no rule can find it, only a model; empty: a rule finds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A course of events with what an engineer should see of it."""

    name: str
    title: Text = field(default_factory=Text)
    expect: Text = field(default_factory=Text)
    """What the readings show."""
    start: datetime | None = None
    """Time of the site at which it begins, without a zone; None: whenever it is started."""
    duration: timedelta = timedelta(days=1)
    chart: tuple[str, ...] = ()
    """Points that show it, the most telling first: a point of the first fault's asset, or `ASSET.point`."""
    faults: tuple[PlannedFault, ...] = ()
