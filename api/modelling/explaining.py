"""Why the models of an asset find it abnormal, and how long it has."""

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from plantroom.api.modelling.naming import named
from plantroom.api.modelling.rows import CALM, MINUTE_MS, abnormal_since, rows_of
from plantroom.api.modelling.shelf import AtWork
from plantroom.domain.model import expected
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset
from plantroom.domain.text import Text
from plantroom.models.bundle import Bundle, Fitted
from plantroom.models.detector import Contribution
from plantroom.models.figures import Calendar
from plantroom.models.frame import Frame
from plantroom.models.life import Life, Wear
from plantroom.models.life_words import not_wearing, remaining
from plantroom.models.words import Deviation, Finding, Named, deviation, normal, told
from plantroom.storage.series.port import TimeSeriesStore

_LATELY_MS: Final = 24 * 60 * MINUTE_MS
_LIFE_MS: Final = 45 * _LATELY_MS
_KEPT: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one point contributes."""

    contribution: Contribution
    deviation: Deviation
    unit: str
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one model says."""

    model: str
    kind: str
    ratio: float
    """Of its score to its limit; above 1 is abnormal."""
    inputs: tuple[str, ...]
    parts: tuple[Part, ...]
    text: Text
    value: str = ""
    """Point to draw against what is expected of it; "": none is."""
    tolerance: float | None = None
    """How far it may be from that, in its unit, before the model raises anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """How long one wearing point has."""

    model: str
    point: str
    unit: str
    wear: Wear | None
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What all models of an asset say; times are ms since the epoch, UTC."""

    asset: str
    at: int
    as_of: int | None
    """The last minute that could be judged; None: none of the last day."""
    work: AtWork
    ratio: float | None
    since: int | None
    found: tuple[Found, ...]
    """The greatest ratio first."""
    remaining: tuple[Remaining, ...]
    text: Text

    @property
    def abnormal(self) -> bool:
        """Whether any model is above its limit."""
        return self.ratio is not None and self.ratio > 1

    @property
    def notable(self) -> tuple[Found, ...]:
        """What is worth telling: nearly or fully abnormal."""
        return tuple(each for each in self.found if each.ratio >= CALM)

    def brief(self, *, days: bool) -> Text | None:
        """Return what matters most: how long the asset has, or what is abnormal; None: nothing is."""
        if days:
            return next((each.text for each in self.remaining if each.wear is not None), None)
        return next((each.text for each in self.notable), None)


@dataclass(slots=True)
class Explainer:
    """Explains what models say; what it said of a minute it says again. For any thread."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _said: dict[tuple[str, int, int], Explanation] = field(default_factory=dict)

    def knows(self, asset: str, *, at: int) -> bool:
        """Whether it has been asked for that minute of `asset` before."""
        with self._lock:
            return any(key[0] == asset and key[2] == at // MINUTE_MS for key in self._said)

    def explain(self, store: TimeSeriesStore, table: PointTable, work: AtWork, *, at: int) -> Explanation:
        """Return what the models at `work` say of `at`.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        key = work.bundle.asset, work.bundle.version, at // MINUTE_MS
        with self._lock:
            said = self._said.get(key)
        if said is None:
            said = _Question(store=store, table=table, work=work, at=at).answer()
            with self._lock:
                self._said[key] = said
                for old in list(self._said)[:-_KEPT]:
                    del self._said[old]
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    store: TimeSeriesStore
    table: PointTable
    work: AtWork
    at: int

    @property
    def bundle(self) -> Bundle:
        return self.work.bundle

    @property
    def asset(self) -> Asset:
        return self.table.assets[self.table.asset_number[self.bundle.asset]]

    @property
    def calendar(self) -> Calendar:
        zone = self.table.site_of[self.table.asset_number[self.bundle.asset]].timezone
        return Calendar(zone=zone, now=self.at)

    def answer(self) -> Explanation:
        rows = self._lately()
        since = abnormal_since(self.store, self.bundle.asset, at=self.at)
        found = tuple(sorted(self._found(rows, since), key=lambda each: -each.ratio)) if len(rows) else ()
        left = tuple(self._remaining())
        ratio = found[0].ratio if found else None
        return Explanation(
            asset=self.bundle.asset,
            at=self.at,
            as_of=int(rows.ts[-1]) if len(rows) else None,
            work=self.work,
            ratio=ratio,
            since=since if ratio is not None and ratio > CALM else None,
            found=found,
            remaining=left,
            text=_whole(found, left, ratio),
        )

    def _lately(self) -> Frame:
        """Return the rows of the last day, up to the last that may be judged."""
        points = tuple(
            dict.fromkeys(each for fitted in self.bundle.models for each in fitted.detector.points)
        )
        rows = rows_of(self.store, self.table, self.bundle, points, start=self.at - _LATELY_MS, end=self.at)
        live = np.flatnonzero(rows.live)
        return rows.rows(slice(0, int(live[-1]) + 1 if len(live) else 0))

    def _found(self, rows: Frame, since: int | None) -> Iterator[Found]:
        for fitted in self.bundle.models:
            if isinstance(fitted.detector, Life) or not math.isfinite(fitted.limit):
                continue
            scores = fitted.detector.score(rows)
            if math.isfinite(scores.raw[-1]):
                yield self._finding(fitted, rows, ratio=float(scores.raw[-1]) / fitted.limit, since=since)

    def _finding(self, fitted: Fitted, rows: Frame, *, ratio: float, since: int | None) -> Found:
        detector, training = fitted.detector, self.work.manifest.training
        contributions = detector.explain(rows)
        names = {point: self._named(point) for point in detector.points}
        target = next((point for point in detector.points if expected(point) in detector.derived), "")
        inputs = tuple(point for point in detector.points if point != target) if target else ()
        finding = Finding(
            kind=detector.kind,
            contributions=contributions,
            inputs=inputs,
            since=since if ratio > CALM else None,
            learnt=(training.start, training.end),
        )
        off = [abs(each.value - each.expected) for each in contributions if each.point == target]
        return Found(
            model=fitted.id,
            kind=detector.kind,
            ratio=ratio,
            inputs=inputs,
            parts=tuple(_part(each, names[each.point]) for each in contributions),
            text=told(finding, names, self.calendar),
            value=target,
            tolerance=off[0] / ratio if off and math.isfinite(off[0]) and ratio > 0 else None,
        )

    def _remaining(self) -> Iterator[Remaining]:
        start = max(self.at - _LIFE_MS, self.work.manifest.training.start)
        for fitted in self.bundle.models:
            detector = fitted.detector
            if not isinstance(detector, Life):
                continue
            rows = rows_of(self.store, self.table, self.bundle, detector.points, start=start, end=self.at)
            (point,), called = detector.points, self._named(detector.points[0])
            wear = detector.wear(rows)
            text = (
                not_wearing(called, rises=detector.side == "high")
                if wear is None
                else remaining(wear, called, self.calendar)
            )
            yield Remaining(model=fitted.id, point=point, unit=called.unit, wear=wear, text=text)

    def _named(self, point: str) -> Named:
        return named(self.table, self.asset, point)


def _part(contribution: Contribution, called: Named) -> Part:
    return Part(
        contribution=contribution,
        deviation=deviation(contribution, called),
        unit=called.unit,
        label=called.label,
    )


def _whole(found: tuple[Found, ...], left: tuple[Remaining, ...], ratio: float | None) -> Text:
    """Return all that is worth telling as one text."""
    notable = [each.text for each in found if each.ratio >= CALM and each.text != Text()]
    told_of = notable or [normal(ratio)]
    told_of = [*told_of, *(each.text for each in left if each.wear is not None)]
    return Text(
        en=" ".join(f"{each.en}." for each in told_of), zh="".join(f"{each.zh}。" for each in told_of)
    )
