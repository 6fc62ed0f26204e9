"""The models beside the stream: readings in, readings with derived samples out."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import PointKind
from plantroom.models.group import Fault
from plantroom.models.scorer import Scorer

log = logging.getLogger(__name__)

_NAMED: Final = 5
"""So many models that are off are named in an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What is to score."""

    scorer: Scorer
    unusable: tuple[Fault, ...] = ()
    """What could not even be loaded."""

    @classmethod
    def none(cls, table: PointTable) -> Self:
        """Return no models."""
        return cls(scorer=Scorer(table))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Readings, and what models say of them among them."""

    batch: SampleBatch
    kept: tuple[int, ...] = field(default=())
    """Ordinals in `batch` of the messages that the broker had kept."""


class Scoring:
    """Has the present models score what comes; remembers, over restarts and changes of models, how far."""

    def __init__(self, table: PointTable, models: Models | None = None) -> None:
        self._models = models or Models.none(table)
        self._is_derived = np.array([point.kind is PointKind.DERIVED for point in table.points], np.bool_)
        self._derives = bool(self._is_derived.any())

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The models that are switched off."""
        return (*self._models.unusable, *self._models.scorer.faults)

    @property
    def reason(self) -> str:
        """Which models are switched off and why, for people; empty if none is."""
        faults = self.faults
        named = [
            " ".join(filter(None, (each.asset, each.model))) + f": {each.reason}" for each in faults[:_NAMED]
        ]
        more = len(faults) - _NAMED
        return "; ".join(named) + (f"; and {more} more" if more > 0 else "")

    @property
    def count(self) -> int:
        """How many models are at work."""
        return self._models.scorer.count

    def score(self, batch: SampleBatch, kept: Sequence[int] = ()) -> Scored:
        """Return `batch`, which is of readings only, with what the models say."""
        derived = self._models.scorer.observe(batch)
        if not len(derived):
            return Scored(batch=batch, kept=tuple(kept))
        return Scored(batch=derived.into(batch), kept=tuple(derived.renumbered(kept).tolist()))

    def recall(self, batch: SampleBatch) -> None:
        """Take in readings that were scored before, when they came."""
        self._models.scorer.observe(batch)

    def readings(self, batch: SampleBatch) -> SampleBatch:
        """Return `batch` without what models said."""
        if not self._derives:
            return batch
        derived = self._is_derived[batch.point]
        return batch.take(~derived) if derived.any() else batch

    def change(self, models: Models) -> None:
        """Go on with other models; those that stay remember what they did."""
        kept = self._models.scorer.snapshot()
        self._models = models
        self.restore(kept)

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return what `restore` needs; nothing where no model is at work."""
        return self._models.scorer.snapshot() if self._models.scorer.bundles else {}

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take up where `snapshot` left off; what cannot be read is forgotten."""
        if not arrays:
            return
        try:
            self._models.scorer.restore(arrays)
        except ValueError as error:
            log.warning("models begin anew", extra={"error": str(error)})
