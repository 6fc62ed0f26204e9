"""What models are asked to do for the assets of a class, and what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

ANOMALY: Final = "anomaly"
"""Derived point: the greatest score of an asset's detectors as a ratio to its limit; above 1 is abnormal."""
ANOMALY_CONFIRMED: Final = "anomaly_confirmed"
"""Derived point: whether people have confirmed enough of what the asset's models found."""
DAYS_TO_LIMIT: Final = "days_to_limit"
"""Derived point: days until the first of an asset's wearing points reaches its limit; absent if unknown."""
DAYS_TO_LIMIT_LOW: Final = "days_to_limit_low"
"""Derived point: lower end of the interval of 80 % about `DAYS_TO_LIMIT`."""
DAYS_TO_LIMIT_HIGH: Final = "days_to_limit_high"
"""Derived point: upper end of that interval."""


def expected(point: str) -> str:
    """Name the derived point that says what `point` should be now, in its unit."""
    return f"expected_{point}"


def residual(point: str) -> str:
    """Name the derived point that says how far `point` is above what is expected, smoothed, in its unit."""
    return f"residual_{point}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What must be so for an asset's readings to say anything about its health."""

    point: str
    low: float = float("-inf")
    high: float = float("inf")

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"gate on {self.point} must have low <= high: {self.low}, {self.high}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorKind:
    """What a plan may say of a detector of one kind."""

    has_target: bool = False
    """Whether it explains one of its points by the others."""
    settings: frozenset[str] = frozenset()


_OF_SEVERAL: Final = frozenset({"depth", "weight", "pause"})
DETECTOR_KINDS: Final[Mapping[str, DetectorKind]] = {
    "pca": DetectorKind(settings=_OF_SEVERAL | {"variance", "scaling"}),
    "t2_q": DetectorKind(settings=_OF_SEVERAL | {"variance"}),
    "mahalanobis": DetectorKind(settings=_OF_SEVERAL),
    "isolation_forest": DetectorKind(settings=_OF_SEVERAL | {"trees"}),
    "expected": DetectorKind(
        has_target=True,
        settings=frozenset({"degree", "hours", "memory", "smooth", "strength", "side", "least"}),
    ),
    "seasonal": DetectorKind(settings=frozenset({"utc_offset", "holidays", "smooth", "side"})),
    "single_series": DetectorKind(),
    "life": DetectorKind(settings=frozenset({"limit", "side"})),
}
"""By the word for it in plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorPlan:
    """One model of an asset, still to be fitted."""

    id: str
    """Names it among the models of its asset."""
    kind: str
    """Which detector it is: `pca`, `mahalanobis`, `isolation_forest`, `expected`, `seasonal`, `life`..."""
    points: tuple[str, ...]
    """The points it reads, the columns of its rows; points of related assets as in rules (`parent.x`)."""
    target: str = ""
    """The one of `points` that it explains by the others, for kinds that have one."""
    settings: Mapping[str, float | str] = field(default_factory=dict)
    """What the kind is told besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlan:
    """The models that every asset of a class gets, unless its site chooses others."""

    asset_class: str
    gates: tuple[Gate, ...] = ()
    """All must be open for a minute to be learnt or scored; none: always."""
    settle: timedelta = timedelta(minutes=10)
    """How long after the last gate opened the readings still say nothing."""
    detectors: tuple[DetectorPlan, ...] = ()
