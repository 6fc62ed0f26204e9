"""What was found of what happened, by row and by event."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from plantroom.models.frame import Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Rows and events, of one recording or of many together."""

    true_alarm: int = 0
    """Rows that are abnormal and were called so."""
    false_alarm: int = 0
    true_quiet: int = 0
    missed: int = 0
    events: int = 0
    """Spans of rows that are abnormal."""
    found: int = 0
    """Events with a row that was called abnormal."""
    false_events: int = 0
    """Spans that were called abnormal without a row that is."""
    hours: float = 0.0
    """Time that was judged."""

    @property
    def f1(self) -> float:
        """F1 of rows; NaN without any that is or was called abnormal."""
        return _part(2 * self.true_alarm, 2 * self.true_alarm + self.false_alarm + self.missed)

    @property
    def far(self) -> float:
        """Share of normal rows that were called abnormal; NaN without any."""
        return _part(self.false_alarm, self.false_alarm + self.true_quiet)

    @property
    def mar(self) -> float:
        """Share of abnormal rows that were not called so; NaN without any."""
        return _part(self.missed, self.missed + self.true_alarm)

    @property
    def false_per_hour(self) -> float:
        """False events an hour; NaN without any time."""
        return _part(self.false_events, self.hours)


def tally(called: Mask, is_so: Mask, *, hours: float) -> Tally:
    """Hold what was `called` abnormal against what is."""
    events, claims = spans(is_so), spans(called)
    return Tally(
        true_alarm=int((called & is_so).sum()),
        false_alarm=int((called & ~is_so).sum()),
        true_quiet=int((~called & ~is_so).sum()),
        missed=int((~called & is_so).sum()),
        events=len(events),
        found=sum(bool(called[event].any()) for event in events),
        false_events=sum(not is_so[claim].any() for claim in claims),
        hours=hours,
    )


def pooled(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies."""
    each = list(tallies)
    return Tally(**{name: sum(getattr(one, name) for one in each) for name in Tally.__dataclass_fields__})


def spans(mask: Mask) -> list[slice]:
    """Return the rows on end that are set."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return [slice(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _part(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
