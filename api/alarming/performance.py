"""Alarm-system performance: the table of a period, the worst alarms, and what would make them better."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from plantroom.api.alarming.advice_words import words_of
from plantroom.api.alarming.flooding import document_of
from plantroom.api.documents.common import TextDocument
from plantroom.api.documents.performance import (
    AdviceDocument,
    BadActorDocument,
    LiveDocument,
    LoadDocument,
    MeasureDocument,
    PerformanceDocument,
)
from plantroom.api.services import Services
from plantroom.api.web.texts import WORDS
from plantroom.domain.alarm_advice import Advice, advise, rms_noise
from plantroom.domain.alarm_performance import (
    HOUR_MS,
    TEN_MINUTES_MS,
    TOP,
    Measure,
    Record,
    chattering_keys,
    counts_by_key,
    fleeting,
    measure,
)
from plantroom.domain.alarm_policy import PerformanceTargets, milliseconds
from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.report import to_rfc3339
from plantroom.domain.samples import FIRST_BAD
from plantroom.storage.records import floods, performance, set_asides
from plantroom.storage.records.performance import Subject

NOISE_SAMPLES: Final = 5_000
NOISE_SPAN_MS: Final = 6 * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    record: Record
    subjects: list[Subject]
    chattering: set[int]
    fleeting: NDArray[np.bool_]
    shown: NDArray[np.int64]


def read_performance(services: Services, *, start: int, stop: int, site: str | None) -> PerformanceDocument:
    """Return how well the alarm system served people from `start` to `stop` (ms)."""
    now = services.clock()
    with services.records.read() as connection:
        record, subjects = performance.read_record(connection, start=start, stop=stop, site=site, now=now)
        live = _live(services, connection, now=now)
    found = _Found(
        record=record,
        subjects=subjects,
        chattering=chattering_keys(record, services.policy),
        fleeting=fleeting(record, services.policy),
        shown=counts_by_key(record, len(subjects)),
    )
    total = int(found.shown.sum())
    top = [key for key in np.argsort(-found.shown, kind="stable")[:TOP].tolist() if found.shown[key]]
    return PerformanceDocument(
        start=to_rfc3339(start),
        end=to_rfc3339(stop),
        site=site,
        alarms=total,
        measures=[_measure(each, services.policy.targets) for each in measure(record, services.policy)],
        top=[LoadDocument.model_validate(_load(found, key)) for key in top],
        worst=[_bad_actor(services, found, key) for key in _worst(services, found)],
        live=live,
    )


def _live(services: Services, connection: Connection, *, now: int) -> LiveDocument:
    flood = floods.current(connection)
    return LiveDocument(
        at=to_rfc3339(now),
        last_10_minutes=floods.shown_since(connection, now - TEN_MINUTES_MS),
        last_hour=floods.shown_since(connection, now - HOUR_MS),
        active=performance.count_active(connection),
        stale=performance.count_active(connection, before=now - milliseconds(services.policy.stale_after)),
        set_aside=len(set_asides.holding(connection, now=now)),
        flood=document_of(flood) if flood else None,
    )


def _measure(each: Measure, targets: PerformanceTargets) -> MeasureDocument:
    limits = {
        "busy_hours_percent": targets.busy_hour,
        "busy_10_minutes_percent": targets.busy_10_minutes,
    }
    label, limit = WORDS[f"measure.{each.name}"], f"{limits.get(each.name, 0):g}"
    return MeasureDocument.model_validate(
        {
            "name": each.name,
            "label": TextDocument(en=label.en.format(limit=limit), zh=label.zh.format(limit=limit)),
            "value": each.value,
            "unit": each.unit,
            "target": each.target,
            "relation": each.relation,
            "met": each.met,
        }
    )


def _load(found: _Found, key: int) -> dict[str, object]:
    subject, total = found.subjects[key], int(found.shown.sum())
    site, asset, rule = subject.key
    shown = int(found.shown[key])
    return {
        "site": site,
        "asset": asset,
        "rule": rule,
        "title": TextDocument.of(subject.title),
        "severity": subject.severity,
        "shown": shown,
        "percent": 100 * shown / total if total else 0.0,
    }


def _worst(services: Services, found: _Found) -> list[int]:
    """Return the alarms that cost people most: those that come most often, then those that stay longest."""
    record = found.record
    count = np.bincount(record.key[record.inside], minlength=len(found.subjects))
    longest = np.zeros(len(found.subjects), np.int64)
    np.maximum.at(longest, record.key, record.end - record.begin)
    stale = longest > milliseconds(services.policy.stale_after)
    bad = (count > 1) | stale
    ranked = np.lexsort((-longest, -count))
    return [key for key in ranked.tolist() if bad[key]][:TOP]


def _bad_actor(services: Services, found: _Found, key: int) -> BadActorDocument:
    record, subject = found.record, found.subjects[key]
    of_key = record.key == key
    order = np.argsort(record.begin[of_key])
    begin, end = record.begin[of_key][order], record.end[of_key][order]
    longest = int((end - begin).max())
    short = int((found.fleeting & of_key).sum())
    advice = advise(
        begin=begin,
        end=end,
        chatters=key in found.chattering,
        fleeting=short,
        stale=longest > milliseconds(services.policy.stale_after),
        noise=_noise(services, subject, stop=int(end[-1])),
    )
    return BadActorDocument.model_validate(
        {
            **_load(found, key),
            "activations": int((of_key & record.inside).sum()),
            "fleeting": short,
            "chattering": key in found.chattering,
            "longest_s": longest / 1000,
            "point": subject.point,
            "unit": subject.unit,
            "suggestion": _advice(advice, subject, len(begin), longest),
        }
    )


def _advice(advice: Advice, subject: Subject, count: int, longest: int) -> AdviceDocument:
    text = words_of(advice, subject, count=count, longest_ms=longest)
    return AdviceDocument(
        cause=advice.cause,
        text=TextDocument.of(text),
        delay_s=advice.delay_s,
        keep_s=advice.keep_s,
        noise=advice.noise,
        deadband=advice.deadband,
        remaining=advice.remaining,
    )


def _noise(services: Services, subject: Subject, *, stop: int) -> float | None:
    """Return the RMS noise of the alarm's point before `stop`; None where no readings tell it."""
    _, asset, _ = subject.key
    if services.store is None or (asset, subject.point) not in services.installation.table.number:
        return None
    try:
        series = services.store.read(
            asset=asset, point=subject.point, start=stop - NOISE_SPAN_MS, end=stop, limit=NOISE_SAMPLES
        )
    except StoreUnavailable:  # the table does not need the readings; the advice says less
        return None
    good = series.quality < FIRST_BAD
    return rms_noise(series.value[good])
