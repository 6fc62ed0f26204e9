"""Many times at once, between text and ms since the epoch."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

_LENGTHS: Final = frozenset({20, 24})
"""Of `2026-01-31T08:00:00Z`, and with milliseconds."""


def plain_times(texts: Sequence[str]) -> npt.NDArray[np.int64] | None:
    """Return RFC 3339 texts as ms since the epoch, shape (n,); None unless all are plain and in UTC."""
    if not {len(text) for text in texts} <= _LENGTHS or not all(text[-1] == "Z" for text in texts):
        return None
    try:
        return np.array([text[:-1] for text in texts], "datetime64[ms]").astype(np.int64)
    except ValueError:
        return None


def rfc3339_texts(ts: npt.NDArray[np.int64]) -> list[str]:
    """Return times (ms since the epoch) as RFC 3339 texts in UTC with milliseconds."""
    texts: list[str] = np.datetime_as_string(ts.astype("datetime64[ms]"), unit="ms", timezone="UTC").tolist()
    return texts
