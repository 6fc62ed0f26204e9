"""The kinds of models there are, by the word for them in plans and in what is kept."""

from collections.abc import Callable
from typing import Any, Final

from plantroom.domain.model import DetectorPlan
from plantroom.models.detector import Detector
from plantroom.models.expected import Expected
from plantroom.models.isolation_forest import IsolationForest
from plantroom.models.life import Life
from plantroom.models.mahalanobis import Mahalanobis
from plantroom.models.pca import Pca
from plantroom.models.seasonal import Seasonal
from plantroom.models.single_series import SingleSeries
from plantroom.models.t2_q import T2Q

KINDS: Final[dict[str, type[Detector]]] = {
    Expected.kind: Expected,
    IsolationForest.kind: IsolationForest,
    Life.kind: Life,
    Mahalanobis.kind: Mahalanobis,
    Pca.kind: Pca,
    Seasonal.kind: Seasonal,
    SingleSeries.kind: SingleSeries,
    T2Q.kind: T2Q,
}


def detector_of(kind: str, arrays: Any) -> Detector:
    """Return the model of `kind` that `Detector.to_arrays` kept.

    Raises:
        ValueError: there is no such kind, or `arrays` are none of it.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of model {kind!r}; there are {', '.join(sorted(KINDS))}")
    return KINDS[kind].from_arrays(arrays)


def new_detector(plan: DetectorPlan) -> Detector:
    """Return the model that `plan` asks for, not fitted yet.

    A kind's constructor takes, by name, `points`, `target` if it explains one of them by the others, and the
    plan's settings.

    Raises:
        ValueError: there is no such kind, or the plan is none for it.
    """
    if plan.kind not in KINDS:
        raise ValueError(f"no kind of model {plan.kind!r}; there are {', '.join(sorted(KINDS))}")
    make: Callable[..., Detector] = KINDS[plan.kind]
    target = {"target": plan.target} if plan.target else {}
    try:
        return make(points=plan.points, **target, **plan.settings)
    except TypeError as error:
        raise ValueError(f"model {plan.id}: {error}") from error
