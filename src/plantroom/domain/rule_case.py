"""Cases that rules are tried on: what some points show over time, and what the rules should make of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from plantroom.domain.alarm import TransitionKind
from plantroom.domain.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a point shows from a time on."""

    at: timedelta
    """After the start of the case."""
    value: float | None = None
    """None: nothing arrives; NaN: a bad reading."""
    ramp: bool = False
    """Whether the value is reached evenly from the one before, at `at`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSeries:
    """What one point shows, its steps in order of time."""

    point: int
    """Number in the case's `PointTable`."""
    steps: tuple[Held, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedTransition:
    """What should happen, and where that is written."""

    at: timedelta
    asset: str
    rule: str
    kind: TransitionKind
    value: float | None = None
    """None: any."""
    suppressed: bool = False
    """Whether it is recorded and nobody told."""
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCase:
    """One case of a file."""

    name: str
    file: str
    line: int
    installation: Installation
    """Its assets, watched by nothing but the rules that it names."""
    rules: tuple[str, ...]
    start: datetime
    """Aware."""
    until: timedelta
    series: tuple[CaseSeries, ...]
    expect: tuple[ExpectedTransition, ...]

    @property
    def started(self) -> int:
        """When it starts, ms since the epoch."""
        return round(self.start.timestamp() * 1000)
