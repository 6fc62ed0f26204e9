"""Faults as data: what goes wrong on which machine, when, how fast and how badly."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from plantroom.domain.errors import PlantroomError

Values: TypeAlias = npt.NDArray[np.float64]


class ScenarioInvalid(PlantroomError, ValueError):
    """A scenario asks for what the plant cannot do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong; times are plant seconds since the start."""

    asset: str
    fault: str
    onset: float
    ramp: float = 0.0
    """How long it takes from nothing to `severity`, growing evenly; 0: at once."""
    severity: float = 1.0
    """How bad it gets, 0 to 1."""
    repaired: float | None = None
    """When it is gone again; None: never."""
    point: str | None = None
    """The point whose instrument it is on; None: it is on the machine itself or on its connection."""

    def __post_init__(self) -> None:
        if not 0 <= self.severity <= 1:
            raise ScenarioInvalid(f"severity must be 0 to 1: {self.severity}")
        if self.onset < 0 or self.ramp < 0:
            raise ScenarioInvalid(f"onset and ramp must not be negative: {self.onset}, {self.ramp}")
        if self.repaired is not None and self.repaired <= self.onset:
            raise ScenarioInvalid(f"repaired must be after the onset at {self.onset}: {self.repaired}")

    def severity_at(self, t: float) -> float:
        """Return how bad it is at `t`."""
        if t < self.onset or (self.repaired is not None and t >= self.repaired):
            return 0.0
        if t >= self.onset + self.ramp:
            return self.severity
        return self.severity * (t - self.onset) / self.ramp

    def severities_at(self, t: Values) -> Values:
        """Return how bad it is at each of the times `t`, s: float64 of the same shape."""
        grown = np.ones_like(t) if self.ramp == 0 else np.clip((t - self.onset) / self.ramp, 0.0, 1.0)
        present = (t >= self.onset) & (t < (math.inf if self.repaired is None else self.repaired))
        return np.where(present, self.severity * grown, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The truth about one fault, for judging what was detected; never published where it is measured."""

    asset: str
    fault: str
    start: int
    """ms since the epoch, UTC."""
    end: int | None
    """None: not repaired."""
    severity: float


def severities(faults: Iterable[Fault], *, t: float) -> dict[str, float]:
    """Return how bad each of one asset's faults is at `t`; the worst counts where one comes twice."""
    worst: dict[str, float] = {}
    for fault in faults:
        severity = fault.severity_at(t)
        if severity > 0:
            worst[fault.fault] = max(severity, worst.get(fault.fault, 0.0))
    return worst


def labels(faults: Iterable[Fault], *, started: int, speed: float = 1.0) -> tuple[Label, ...]:
    """Return the truth about `faults` in the stamps of a plant that was started at `started` (ms).

    `speed`: how many plant seconds pass in a second of the stamps.
    """
    return tuple(
        Label(
            asset=fault.asset,
            fault=fault.fault,
            start=started + round(fault.onset / speed * 1000),
            end=None if fault.repaired is None else started + round(fault.repaired / speed * 1000),
            severity=fault.severity,
        )
        for fault in faults
    )
