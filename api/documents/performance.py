"""Alarm-system performance as a document."""

from typing import Literal

from plantroom.api.documents.common import Out, TextDocument, TimeOut
from plantroom.api.documents.set_aside import FloodDocument
from plantroom.domain.alarm_advice import Cause
from plantroom.domain.rule import Severity


class MeasureDocument(Out):
    """One line of the table."""

    name: str
    label: TextDocument
    value: float | None
    """null: there was nothing to measure."""
    unit: str
    target: float
    relation: Literal["<=", "<", ">="]
    """How the value should be to the target."""
    met: bool | None


class LoadDocument(Out):
    """How much of the load one alarm makes."""

    site: str
    asset: str
    rule: str
    title: TextDocument
    severity: Severity
    shown: int
    """How often people were shown it."""
    percent: float


class AdviceDocument(Out):
    """What would make it better."""

    cause: Cause
    text: TextDocument
    delay_s: int | None
    """For `for` in its rule."""
    keep_s: int | None
    """For `keep` in its rule."""
    noise: float | None
    """RMS noise that was measured, in `unit`."""
    deadband: float | None
    """How far from the limit `clear` should lie, in `unit`."""
    remaining: int | None
    """How many activations the delays would have left."""


class BadActorDocument(LoadDocument):
    """One of the worst alarms."""

    activations: int
    """How often it became active, also while it was held."""
    fleeting: int
    chattering: bool
    longest_s: float
    point: str
    unit: str
    suggestion: AdviceDocument


class LiveDocument(Out):
    """How it is now."""

    at: TimeOut
    last_10_minutes: int
    last_hour: int
    active: int
    stale: int
    set_aside: int
    """How many shelves, modes and alarms out of service there are."""
    flood: FloodDocument | None


class PerformanceDocument(Out):
    """How well the alarm system serves people."""

    start: TimeOut
    end: TimeOut
    site: str | None
    alarms: int
    """How many people were shown."""
    measures: list[MeasureDocument]
    top: list[LoadDocument]
    worst: list[BadActorDocument]
    live: LiveDocument
