"""Detectors on recordings of a water loop: they learn its first rows and are held against the rest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from plantroom.models.deciding import Deciding, decided
from plantroom.models.detector import Detector, NotFittable
from plantroom.models.frame import Floats, Frame, Mask
from plantroom.models.isolation_forest import IsolationForest
from plantroom.models.mahalanobis import Mahalanobis
from plantroom.models.pca import Pca
from plantroom.models.t2_q import T2Q
from plantroom.models.trials.events import Tally, pooled, tally

LEARNT: Final = 400
"""Rows at the start of a recording that are learnt from and not judged."""
SETTINGS: Final[Mapping[str, Deciding]] = {
    "balanced": Deciding(threshold=3.1, on=10, off=15, hysteresis=0.8),
    "low-alarm": Deciding(threshold=4.2, on=10, off=15, hysteresis=0.8),
}
_SCALING: Final = 0.0
"""400 rows do not show how far the temperatures of the rig wander."""
OTHERS: Final[tuple[type[Detector], ...]] = (T2Q, Mahalanobis, IsolationForest)
CROPS: Final = 10
FARTHEST_CROP: Final = 139
PUBLISHED: Final = (
    ("Conv-AE", 0.78, 0.136, 0.280),
    ("MSET", 0.78, 0.397, 0.141),
    ("T2 + Q", 0.76, 0.266, 0.249),
    ("isolation forest", 0.29, 0.026, 0.829),
)
"""F1, FAR and MAR on the 34 recordings of the whole benchmark, as its authors list them."""
_HIGHEST_FAR: Final = 0.15
_SEED: Final = 6
_PIECE: Final = 1100
"""Rows of the usual recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One run of the rig, a row a second."""

    name: str
    frame: Frame
    abnormal: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a detector said of the rows that it had not learnt."""

    name: str
    raw: Floats
    abnormal: Mask
    hours: float


def document(recordings: Sequence[Recording], normal: Sequence[Frame], setting: str) -> dict[str, Any]:
    """Return all figures, those of `setting` first; `normal` are recordings without anomalies."""
    scores = scored(recordings, components)
    return {
        "dataset": "skab",
        "files": len(recordings),
        "setting": setting,
        **figures(judged(scores, SETTINGS[setting])),
        "settings": {
            name: {"threshold": how.threshold, **figures(judged(scores, how))}
            for name, how in SETTINGS.items()
        },
        "each": {each.name: figures(judged([each], SETTINGS[setting])) for each in scores},
        "groups": groups(scores, SETTINGS[setting]),
        "crops": crops(recordings, SETTINGS[setting], judged(scores, SETTINGS[setting]).f1),
        "normal": figures(judged(scored(pieces(normal), components), SETTINGS[setting])),
        "others": {kind.kind: at_best(scored(recordings, kind), SETTINGS[setting]) for kind in OTHERS},
        "published": [{"name": name, "f1": f1, "far": far, "mar": mar} for name, f1, far, mar in PUBLISHED],
    }


def components(points: tuple[str, ...]) -> Pca:
    """Return the detector that the settings are for."""
    return Pca(points=points, scaling=_SCALING)


def scored(recordings: Iterable[Recording], kind: Callable[..., Detector]) -> list[Scored]:
    """Return what detectors of `kind` say, a new one for each recording."""
    return [_scored(each, kind(points=each.frame.points)) for each in recordings]


def judged(scores: Iterable[Scored], how: Deciding) -> Tally:
    """Return what becomes of scores by one rule for all."""
    return pooled(tally(decided(each.raw, how), each.abnormal, hours=each.hours) for each in scores)


def figures(one: Tally) -> dict[str, Any]:
    """Return rates as fractions, none where there is nothing to divide by."""
    rates = {"f1": one.f1, "far": one.far, "mar": one.mar}
    return {
        **{name: _known(rate) for name, rate in rates.items()},
        "events": {
            "found": one.found,
            "total": one.events,
            "false": one.false_events,
            "hours": round(one.hours, 4),
            "false_per_hour": _known(one.false_per_hour),
        },
    }


def groups(scores: Sequence[Scored], how: Deciding) -> list[dict[str, Any]]:
    """Return the figures of two halves of the recordings, and of each by a threshold chosen on the other."""
    first = [each for each in scores if _is_first(each.name)]
    second = [each for each in scores if not _is_first(each.name)]
    return [
        {
            "files": [each.name for each in half],
            **figures(judged(half, how)),
            "chosen_on_others": at(half, best(other, how)),
        }
        for half, other in ((first, second), (second, first))
        if half and other
    ]


def best(scores: Sequence[Scored], how: Deciding) -> Deciding:
    """Return the rule with the threshold of the greatest F1 at a FAR of at most 15 %, else the highest."""
    each = [replace(how, threshold=float(threshold)) for threshold in np.arange(1, 8.05, 0.1).round(1)]
    tallies = [(judged(scores, one), one) for one in each]
    fitting = [(one.f1, how) for one, how in tallies if one.far <= _HIGHEST_FAR]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else each[-1]


def at(scores: Sequence[Scored], how: Deciding) -> dict[str, Any]:
    """Return the figures of a rule with its threshold."""
    return {"threshold": how.threshold, **figures(judged(scores, how))}


def at_best(scores: Sequence[Scored], how: Deciding) -> dict[str, Any]:
    """Return the figures at the threshold that is best for these very scores: as good as it can look."""
    return at(scores, best(scores, how))


def crops(recordings: Sequence[Recording], how: Deciding, whole: float) -> dict[str, Any]:
    """Return F1 with random numbers of rows cut off the starts of recordings, against that of the `whole`."""
    random = np.random.default_rng(_SEED)
    f1 = []
    for _ in range(CROPS):
        cut = random.integers(0, FARTHEST_CROP + 1, len(recordings))
        f1.append(judged(scored(map(_cropped, recordings, cut), components), how).f1)
    changes = np.abs(np.array(f1) - whole)
    return {
        "draws": CROPS,
        "rows": FARTHEST_CROP,
        "f1": [_known(each) for each in f1],
        "mean_change": _known(float(changes.mean())),
        "greatest_change": _known(float(changes.max())),
    }


def pieces(frames: Iterable[Frame]) -> list[Recording]:
    """Return normal rows in pieces as long as the usual recording."""
    return [
        Recording(
            name=f"normal/{start}",
            frame=frame.rows(slice(start, start + _PIECE)),
            abnormal=np.zeros(min(_PIECE, len(frame) - start), bool),
        )
        for frame in frames
        for start in range(0, max(len(frame) - LEARNT, 0), _PIECE)
    ]


def _scored(recording: Recording, detector: Detector) -> Scored:
    frame, abnormal = recording.frame, recording.abnormal[LEARNT:]
    try:
        raw = detector.fit(frame.rows(slice(0, LEARNT))).score(frame).raw[LEARNT:]
    except NotFittable:
        raw = np.full(len(abnormal), np.nan)
    hours = len(abnormal) * frame.every / 3_600_000
    return Scored(name=recording.name, raw=raw, abnormal=abnormal, hours=hours)


def _cropped(recording: Recording, rows: int) -> Recording:
    return replace(
        recording,
        frame=recording.frame.rows(slice(rows, None)),
        abnormal=recording.abnormal[rows:],
    )


def _is_first(name: str) -> bool:
    folder, _, number = name.rpartition("/")
    return folder.endswith("valve1") and number.isdecimal() and int(number) % 2 == 0


def _known(rate: float) -> float | None:
    return None if np.isnan(rate) else round(float(rate), 4)
