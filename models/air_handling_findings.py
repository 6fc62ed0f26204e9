"""Which symptoms of an air handling unit lasted, and what most likely causes them."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from plantroom.models.air_handling import (
    COOLS,
    HELD,
    MIXES_NEITHER,
    MIXES_OTHERWISE,
    TAKES_IN_OTHER,
    UNKNOWN,
    WARMS,
    Component,
    Habits,
    Readings,
    Symptom,
    View,
    lasting,
    symptoms,
)
from plantroom.models.frame import Floats

MIXING: Final = (MIXES_OTHERWISE, MIXES_NEITHER, TAKES_IN_OTHER)
SHARES: Final = np.linspace(0, 1, 41)
"""At which a damper may stick or leak."""
BIASES: Final = np.concatenate((np.arange(-8, 0, 0.25), np.arange(0.25, 8.25, 0.25)))
"""K that a sensor may be wrong by."""
LEAST_GAP: Final = 1.0
"""K between outdoor and return air; what mixes at less says nothing of dampers."""
MOST_EVIDENCE: Final = 3.0
"""Limits; a minute beyond more is no stronger evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A symptom that lasted."""

    symptom: str
    component: Component
    row: int
    """When it had lasted long enough."""
    minutes: int
    evidence: float
    """Minutes, each counted by how many limits it was away, at most `MOST_EVIDENCE`."""


def findings(readings: Readings, habits: Habits = UNKNOWN) -> tuple[Finding, ...]:
    """Return the symptoms that lasted, that with most evidence first."""
    view = View(readings, habits.bias)
    each = [_finding(symptom) for symptom in symptoms(view, habits)]
    found = sorted((one for one in each if one is not None), key=lambda one: -one.evidence)
    if any(one.symptom in MIXING for one in found):
        found = _explained(found, view, habits)
    return tuple(found)


def component(found: tuple[Finding, ...]) -> Component | None:
    """Return what most of the evidence is against; nothing found: none."""
    total: dict[Component, float] = {}
    for each in found:
        total[each.component] = total.get(each.component, 0.0) + each.evidence
    return max(total, key=lambda each: total[each]) if total else None


def _finding(symptom: Symptom) -> Finding | None:
    beyond = symptom.excess > 0
    rows = np.flatnonzero(lasting(beyond, HELD))
    if not len(rows):
        return None
    return Finding(
        symptom=symptom.name,
        component=symptom.component,
        row=int(rows[0]),
        minutes=int(beyond.sum()),
        evidence=float(np.clip(1 + symptom.excess[beyond], 1, MOST_EVIDENCE).sum()),
    )


def _explained(found: list[Finding], view: View, habits: Habits) -> list[Finding]:
    """Return findings with the one cause that explains how the unit mixes best, and what follows of it."""
    cause, bias = cause_of_mixing(view, habits)
    if cause is None:
        return found
    by_sensor = {WARMS} if bias < 0 else {COOLS}
    follows = by_sensor if cause is Component.MIXED_SENSOR else set()
    return [
        replace(each, component=cause) if each.symptom in MIXING or each.symptom in follows else each
        for each in found
    ]


def cause_of_mixing(view: View, habits: Habits) -> tuple[Component | None, float]:
    """Return what explains mixed air best, a damper or one wrong sensor, and by how much that is wrong, K."""
    usual, _ = view.of_kind(habits.shares)
    share = np.clip(view.position + usual, 0, 1)
    known = view.runs & np.isfinite(view.mixed + view.gap + share) & (np.abs(view.gap) >= LEAST_GAP)
    if known.sum() < HELD:
        return None, 0.0
    share, gap, above = share[known], view.gap[known], (view.mixed - view.returned)[known]
    ways = (np.full_like, np.maximum, np.minimum)
    stuck = min(_error(above, way(share, at) * gap) for way in ways for at in SHARES)
    mixed = [_error(above, share * gap + bias) for bias in BIASES]
    outdoor = [_error(above, share * (gap - bias)) for bias in BIASES]
    if stuck <= min(*mixed, *outdoor):
        return Component.OUTDOOR_DAMPER, 0.0
    if min(mixed) <= min(outdoor):
        return Component.MIXED_SENSOR, float(BIASES[int(np.argmin(mixed))])
    return Component.OUTDOOR_SENSOR, float(BIASES[int(np.argmin(outdoor))])


def _error(was: Floats, would_be: Floats) -> float:
    return float(np.abs(was - would_be).mean())
