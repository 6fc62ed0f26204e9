"""The scale of a panel: its limits as Grafana's thresholds, in the colours of their severities."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsConfig, ThresholdsMode

from plantroom.dashboards.colours import NONE, NORMAL, SEVERITY
from plantroom.dashboards.limits import Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What a reading may be, and from where it is wrong."""

    limits: Sequence[Limit] = ()
    low: float | None = None
    """Where the axis begins; None: Grafana chooses."""
    high: float | None = None

    @property
    def least_shown(self) -> float | None:
        """How far down the axis reaches at least: to the first limit there."""
        return max((each.value for each in self.limits if not each.above), default=None)

    @property
    def most_shown(self) -> float | None:
        """How far up the axis reaches at least."""
        return min((each.value for each in self.limits if each.above), default=None)


def thresholds(limits: Sequence[Limit], *, normal: str = NORMAL) -> ThresholdsConfig:
    """Return the steps from the lowest value up, each in the colour of the gravest limit beyond it."""
    bounds = sorted({each.value for each in limits})
    between = [(low + high) / 2 for low, high in pairwise(bounds)]
    inside = [bounds[0] - 1, *between, bounds[-1] + 1] if bounds else [0.0]
    steps = [
        Threshold(value=value, color=_colour(limits, at=at, normal=normal))
        for value, at in zip([None, *bounds], inside, strict=True)
    ]
    kept = [steps[0], *(after for before, after in pairwise(steps) if after.color != before.color)]
    return ThresholdsConfig(mode=ThresholdsMode.ABSOLUTE, steps=kept)


def ground(limits: Sequence[Limit]) -> ThresholdsConfig:
    """Return the same steps to be drawn behind a line: what is normal has no colour."""
    return thresholds(limits, normal=NONE)


def _colour(limits: Sequence[Limit], *, at: float, normal: str) -> str:
    broken = [each.severity for each in limits if (at > each.value) == each.above]
    return SEVERITY[max(broken, key=lambda each: each.rank)] if broken else normal
