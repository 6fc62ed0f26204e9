"""What models would have said of what was."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from plantroom.domain import model as words
from plantroom.domain.text import Text
from plantroom.models.bundle import Bundle
from plantroom.models.detector import Detector
from plantroom.models.frame import Floats, Frame, Mask
from plantroom.models.guardrails import Incident
from plantroom.models.threshold import held


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Rows about an alarm of these models that people have judged."""

    frame: Frame
    start: int
    """When it became active, ms since the epoch."""
    end: int
    is_real: bool


def called_abnormal(present: Bundle, frame: Frame) -> tuple[Incident, ...]:
    """Return the times of healthy rows in which the models at work would have raised their alarm."""
    ratio = ratio_of(present, frame)
    told = np.flatnonzero(held(frame.ts, ratio, every=frame.every) > 1)
    if not len(told):
        return ()
    what = Text(en="what the present model calls abnormal", zh="现用模型判为异常的时段")
    breaks = np.flatnonzero(np.diff(frame.ts[told]) > 3_600_000) + 1
    return tuple(
        Incident(start=int(frame.ts[part[0]]), end=int(frame.ts[part[-1]]), what=what)
        for part in np.split(told, breaks)
    )


def fires(bundle: Bundle, judged: Judged) -> bool:
    """Return whether the models would have raised an alarm while the judged one was active."""
    chosen = (judged.frame.ts >= judged.start) & (judged.frame.ts <= judged.end)
    told = held(judged.frame.ts, ratio_of(bundle, judged.frame), every=judged.frame.every)
    return bool((told[chosen] > 1).any())


def peak_of(detector: Detector, judged: Judged) -> float:
    """Return the greatest score that was held during a judged alarm; NaN: none."""
    frame = judged.frame
    raw = detector.score(frame.columns(detector.points)).raw
    told = held(frame.ts, raw, every=frame.every)[(frame.ts >= judged.start) & (frame.ts <= judged.end)]
    return float(np.nanmax(told)) if np.isfinite(told).any() else np.nan


def ratio_of(bundle: Bundle, frame: Frame) -> Floats:
    """Return the greatest score of each live row as a ratio to its limit, as `anomaly` is."""
    raising = [each for each in bundle.models if np.isfinite(each.limit)]
    if not raising:
        return np.full(len(frame), np.nan)
    ratios = [each.detector.score(frame.columns(each.detector.points)).raw / each.limit for each in raising]
    return np.where(frame.live, np.fmax.reduce(ratios), np.nan)


def said(detector: Detector, frame: Frame) -> tuple[Floats, dict[str, Floats]]:
    """Return the raw scores of all rows, and the residual of each point that is explained."""
    scores = detector.score(frame.columns(detector.points))
    residuals = {point: scores.derived.get(words.residual(point)) for point in detector.points}
    return scores.raw, {point: column for point, column in residuals.items() if column is not None}


def errors_on(residuals: Mapping[str, Floats], rows: Mask) -> dict[str, float]:
    """Return the root mean square of each residual on `rows`, if it is known on any."""
    return {
        point: float(np.sqrt(np.nanmean(column[rows] ** 2)))
        for point, column in residuals.items()
        if np.isfinite(column[rows]).any()
    }
