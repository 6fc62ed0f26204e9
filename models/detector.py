"""What every model can do: learn from healthy rows, score rows one after the other, explain, be kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

import numpy.typing as npt

from plantroom.models.frame import Floats, Frame, Mask, Members, Times

Arrays = Mapping[str, npt.NDArray[Any]]
"""Plain arrays by name, none of objects: what `np.savez` keeps and `np.load` reads without pickle."""


class NotFittable(Exception):
    """The rows cannot teach this model anything; the message says why, for people."""


def check_snapshot(arrays: Arrays, mine: Arrays) -> None:
    """Do nothing if `arrays` hold all that `mine`, a snapshot of the bank that is to go on, holds.

    Raises:
        ValueError: they are none of a bank of this shape.
    """
    for name, array in mine.items():
        if name not in arrays or arrays[name].shape != array.shape:
            raise ValueError(f"no snapshot of this bank: {name} must be of shape {array.shape}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What a model says of rows; all columns have shape (rows,)."""

    raw: Floats
    """How abnormal, from 0, in a scale of the model's own that its limit is set on; NaN: cannot say."""
    derived: Mapping[str, Floats] = field(default_factory=dict)
    """Further points that it derives, by name and in their unit; NaN: cannot say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What a point has to do with a score."""

    point: str
    share: float
    """Of the whole, 0..1."""
    value: float
    """What was read, smoothed as the model smooths, in the point's unit."""
    expected: float
    """What the model would have expected, in the point's unit; NaN: it expects nothing in particular."""


class Bank(Protocol):
    """Fitted detectors of one kind and shape, one for each of many assets, scored together as time goes on.

    The same rows give the same scores as `Detector.score`, whatever the batches they come in.
    """

    def push(self, member: Members, ts: Times, values: Floats, live: Mask) -> Scores:
        """Score the next row of each of some assets; the others stay as they are.

        `member` are the positions of the assets, each once; it, `ts` and `live` have shape (rows,), `values`
        (rows, points); NaN is unknown. Never raises for any values.
        """

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return what it remembers as plain arrays, first axis the assets."""

    def restore(self, arrays: Arrays) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: it is none of a bank of this shape.
        """


class Detector(Protocol):
    """One model of one asset. The constructor takes settings only; what is learnt ends in an underscore.

    Same rows and settings, same model; a model that was kept scores as the one that was fitted.
    """

    kind: ClassVar[str]
    points: tuple[str, ...]
    """What the columns of its rows are."""
    derived: tuple[str, ...]
    """Names of the points in `Scores.derived`."""

    def fit(self, healthy: Frame) -> Self:
        """Learn from rows of a healthy machine, of which only the live ones count.

        Raises:
            NotFittable: they are too few, constant or unknown throughout.
        """

    def score(self, frame: Frame) -> Scores:
        """Score rows, each from itself and those before it; never raises for any values."""

    def explain(self, frame: Frame) -> tuple[Contribution, ...]:
        """Say which points made the score of the last row, the greatest share first; empty: cannot say."""

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what was learnt, and the settings, as plain arrays."""

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the model that `to_arrays` kept.

        Raises:
            ValueError: `arrays` are none of this kind.
        """

    @property
    def shape(self) -> tuple[int | str, ...]:
        """What detectors of this kind must have in common to share a bank."""

    @classmethod
    def bank(cls, detectors: Sequence[Self]) -> Bank:
        """Return a bank of fitted `detectors` of one shape, an asset each."""
