"""Faults as data: what goes wrong on a machine, an instrument or a connection, when, how fast, how badly."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from plantroom.domain.errors import PlantroomError
from plantroom.domain.scenario import PlannedFault
from plantroom.domain.site import Site

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

    @property
    def place(self) -> tuple[str, str, str | None]:
        """What tells it from others: asset, fault and point."""
        return self.asset, self.fault, self.point

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
    point: str | None = None


def severities(faults: Iterable[Fault], *, t: float) -> dict[str, float]:
    """Return how bad each of one asset's faults is at `t`; the worst counts where one comes twice."""
    worst: dict[str, float] = {}
    for fault in faults:
        severity = fault.severity_at(t)
        if severity > 0:
            worst[fault.fault] = max(severity, worst.get(fault.fault, 0.0))
    return worst


def repaired(faults: Iterable[Fault], name: str, *, t: float) -> tuple[tuple[Fault, ...], list[Fault]]:
    """Return those of one place's faults that a repair of `name` at `t` ends, and all as they are then."""
    after: list[Fault] = []
    over: list[Fault] = []
    for fault in faults:
        if fault.fault == name and fault.severity_at(t) > 0 and t > fault.onset:
            over.append(replace(fault, repaired=t))
            after.append(over[-1])
        else:
            after.append(fault)
    return tuple(over), after


def label_of(fault: Fault, *, started: int, speed: float = 1.0) -> Label:
    """Return the truth about `fault` in the stamps of a plant that was started at `started` (ms).

    `speed`: how many plant seconds pass in a second of the stamps.
    """
    return Label(
        asset=fault.asset,
        fault=fault.fault,
        start=started + round(fault.onset / speed * 1000),
        end=None if fault.repaired is None else started + round(fault.repaired / speed * 1000),
        severity=fault.severity,
        point=fault.point,
    )


def fault_on(site: Site, planned: PlannedFault) -> Fault:
    """Return what `planned` comes to on `site`.

    Raises:
        ScenarioInvalid: the site has no such asset.
    """
    onset = planned.at.total_seconds()
    lasts = planned.lasts
    return Fault(
        asset=_asset_for(site, planned),
        fault=planned.fault,
        point=planned.point,
        onset=onset,
        ramp=planned.ramp.total_seconds(),
        severity=planned.severity,
        repaired=None if lasts is None else (planned.at + lasts) / timedelta(seconds=1),
    )


def _asset_for(site: Site, planned: PlannedFault) -> str:
    if planned.asset in {asset.id for asset in site.assets}:
        return str(planned.asset)
    found = [asset.id for asset in site.assets if asset.asset_class == planned.asset_class]
    if not found:
        wanted = planned.asset if planned.asset_class is None else f"an asset of class {planned.asset_class}"
        raise ScenarioInvalid(f"fault {planned.fault!r} needs {wanted}, and site {site.id!r} has none")
    return found[0]
