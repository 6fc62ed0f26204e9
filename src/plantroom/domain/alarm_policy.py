"""How alarms are managed: how long they may be set aside, what is a flood, what is asked of the system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final

_LONGEST: Final = MappingProxyType(
    {"operator": timedelta(hours=24), "engineer": timedelta(days=7), "admin": timedelta(days=31)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelvingPolicy:
    """How long who may set alarms aside."""

    longest: Mapping[str, timedelta] = field(default_factory=lambda: _LONGEST)
    """By role."""
    longest_life_safety: timedelta = timedelta(hours=8)
    """For alarms about people's lives, which only an administrator may set aside."""
    remind_before: timedelta = timedelta(minutes=10)
    """How long before the end people are reminded; at most half of the whole time."""

    def limit(self, role: str, *, life_safety: bool) -> timedelta:
        """Return for how long `role` may set an alarm aside."""
        longest = self.longest[role]
        return min(longest, self.longest_life_safety) if life_safety else longest

    def remind_at(self, *, begin: int, until: int) -> int:
        """Return when (ms) to remind of what is set aside from `begin` `until`."""
        return max(until - milliseconds(self.remind_before), (begin + until) // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatterPolicy:
    """When an alarm that comes and goes is held."""

    activations: int = 3
    """So many activations within `within` are chattering. Source: ISA-18.2 by convention, not verified."""
    within: timedelta = timedelta(minutes=1)
    quiet: timedelta = timedelta(minutes=2)
    """It is released when nothing has happened for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodPolicy:
    """When alarms come faster than a person can act on them."""

    begins_above: int = 10
    """Source: EEMUA 191 by secondary sources, not verified."""
    ends_below: int = 5
    window: timedelta = timedelta(minutes=10)
    digest: timedelta = timedelta(minutes=5)
    """During a flood people are told so often, of all that came in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceTargets:
    """What is asked of an alarm system, per operator; sources conflict, so all of it can be set.

    Source: ISA-18.2, IEC 62682 and EEMUA 191 by secondary sources, not verified.
    """

    per_day: float = 144
    per_hour: float = 6
    per_10_minutes: float = 1
    most_in_10_minutes: float = 10
    busy_hour: int = 30
    """An hour with more alarms than this is one too busy."""
    busy_hours_percent: float = 1
    busy_10_minutes: int = 10
    busy_10_minutes_percent: float = 1
    flood_percent: float = 1
    top_ten_percent: float = 5
    chattering: float = 0
    fleeting: float = 0
    stale: float = 5
    """Fewer than this on any day."""
    low_percent: float = 80
    medium_percent: float = 15
    high_percent: float = 5
    priority_tolerance: float = 5
    """How many percentage points a priority may have more than its share (low: fewer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPolicy:
    """How alarms are managed in one installation."""

    shelving: ShelvingPolicy = field(default_factory=ShelvingPolicy)
    chatter: ChatterPolicy = field(default_factory=ChatterPolicy)
    flood: FloodPolicy = field(default_factory=FloodPolicy)
    group_within: timedelta = timedelta(hours=1)
    """Alarms of one group on one asset that begin within so long are one fault."""
    fleeting_within: timedelta = timedelta(minutes=1)
    stale_after: timedelta = timedelta(hours=24)
    targets: PerformanceTargets = field(default_factory=PerformanceTargets)


def milliseconds(span: timedelta) -> int:
    """Return `span` in ms."""
    return round(span.total_seconds() * 1000)
