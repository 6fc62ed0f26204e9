"""What the server refused lately: it is not asked again with every batch, and spoils no other samples."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.storage.series.influx.connection import Fault, Refusal
from plantroom.storage.series.port import Rejection

ASK_AGAIN: Final = 60.0
"""Seconds after which what was refused is sent once more: somebody may have mended the database."""
SUSPECT: Final = 3600.0
"""Seconds after its last refusal for which a field's samples are sent apart from others."""
_MOST: Final = 10_000
"""Things remembered; beyond it the oldest are forgotten, which costs a search."""
_HOUR_MS: Final = 3_600_000
_HOURS: Final = 2**23
"""More hours than times can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """By what samples share the fate of being refused; columns of shape (n,)."""

    ts: npt.NDArray[np.int64]
    asset: npt.NDArray[np.int32]
    form: npt.NDArray[np.int64]
    """Number of the measurement and the fields that a sample is written as."""

    def __len__(self) -> int:
        return len(self.ts)

    def take(self, rows: npt.NDArray[np.generic]) -> "Marks":
        """Return those at `rows`."""
        return Marks(ts=self.ts[rows], asset=self.asset[rows], form=self.form[rows])


class RefusedLately:
    """Fields by hour (a field has one type in each shard, and none is shorter), assets, and an age."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reasons: dict[int, tuple[float, str]] = {}
        self._suspects: dict[int, float] = {}
        self._oldest: tuple[int, float, str] = (0, 0.0, "")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is remembered."""
        self._forget()
        return not (self._reasons or self._suspects or self._oldest[1] > self._clock())

    def known(self, marks: Marks) -> list[Rejection]:
        """Return which samples need not be sent, and why."""
        self._forget()
        found = []
        ts, until, reason = self._oldest
        if until > self._clock() and (rows := np.flatnonzero(marks.ts <= ts)).size:
            found.append(Rejection(rows=rows, reason=reason))
        if not self._reasons:
            return found
        remembered = np.fromiter(self._reasons, np.int64, len(self._reasons))
        for keys in (_of_fields(marks), _of_assets(marks)):
            found += [
                Rejection(rows=np.flatnonzero(keys == key), reason=self._reasons[key][1])
                for key in np.intersect1d(keys, remembered).tolist()
            ]
        return found

    def suspected(self, marks: Marks) -> npt.NDArray[np.bool_]:
        """Return which samples are of fields that have been refused, shape (n,)."""
        self._forget()
        return np.isin(marks.form, list(self._suspects))

    def note(self, marks: Marks, refusal: Refusal) -> None:
        """Remember that all the samples of `marks` were refused."""
        now = self._clock()
        if refusal.fault is Fault.AGE:
            self._oldest = (int(marks.ts.max()), now + ASK_AGAIN, refusal.reason)
        elif refusal.fault in (Fault.TYPE, Fault.LIMIT):
            is_type = refusal.fault is Fault.TYPE
            keys = _of_fields(marks) if is_type else _of_assets(marks)
            self._reasons |= dict.fromkeys(np.unique(keys).tolist(), (now + ASK_AGAIN, refusal.reason))
            if is_type:
                self._suspects |= dict.fromkeys(np.unique(marks.form).tolist(), now + SUSPECT)

    def _forget(self) -> None:
        now = self._clock()
        kept = [(key, each) for key, each in self._reasons.items() if each[0] > now]
        self._reasons = dict(kept[-_MOST:])
        self._suspects = {form: until for form, until in self._suspects.items() if until > now}


def _of_fields(marks: Marks) -> npt.NDArray[np.int64]:
    """Return a number for each sample's form and hour, not negative."""
    keys: npt.NDArray[np.int64] = marks.form * _HOURS + (marks.ts // _HOUR_MS + _HOURS // 2)
    return keys


def _of_assets(marks: Marks) -> npt.NDArray[np.int64]:
    """Return a number for each sample's asset, negative."""
    keys: npt.NDArray[np.int64] = -1 - marks.asset.astype(np.int64)
    return keys
