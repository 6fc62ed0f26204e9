"""The kinds of models there are, by the word for them in plans and in what is kept."""

from typing import Any, Final

from plantroom.models.detector import Detector

KINDS: Final[dict[str, type[Detector]]] = {}


def detector_of(kind: str, arrays: Any) -> Detector:
    """Return the model of `kind` that `Detector.to_arrays` kept.

    Raises:
        ValueError: there is no such kind, or `arrays` are none of it.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of model {kind!r}; there are {', '.join(sorted(KINDS))}")
    return KINDS[kind].from_arrays(arrays)
