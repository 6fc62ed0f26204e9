"""Which version of an asset's models is at work, and what people said of what they found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from plantroom.domain.feedback import Verdict
from plantroom.storage.models.manifest import FORMAT

CONFIRMING_FAULTS: Final = 2
"""So many real faults confirm the models of an asset..."""
CONFIRMING_PRECISION: Final = 2 / 3
"""...if at least this part of what people judged was real."""
_JUDGED: Final = 20
"""So many of the last verdicts count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An alarm that a model raised, and what people said of it."""

    alarm: str
    """Its id; a later verdict on it replaces this one."""
    verdict: Verdict
    cause: str = ""
    at: int
    """When the alarm became active, ms since the epoch, UTC."""
    until: int | None = None
    """When it cleared; None: not known."""
    version: int = 0
    """Of the model that was at work when this was said; 0: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the index says of an asset."""

    active: int | None = None
    """None: no version is at work."""
    confirmed: bool = False
    real_faults: int = 0
    false_alarms: int = 0

    @property
    def precision(self) -> float | None:
        """Part of the judged alarms that were real; None: none was judged."""
        judged = self.real_faults + self.false_alarms
        return self.real_faults / judged if judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The file that says so for all assets."""

    format: Literal[1] = FORMAT
    assets: Mapping[str, Standing] = field(default_factory=dict)


def standing_of(active: int | None, judged: Sequence[Judged]) -> Standing:
    """Return where an asset's models stand by all verdicts on them, oldest first."""
    last = [each.verdict for each in judged[-_JUDGED:]]
    real = last.count(Verdict.REAL_FAULT)
    return Standing(
        active=active,
        confirmed=real >= CONFIRMING_FAULTS and real >= CONFIRMING_PRECISION * len(last),
        real_faults=sum(each.verdict is Verdict.REAL_FAULT for each in judged),
        false_alarms=sum(each.verdict is Verdict.FALSE_ALARM for each in judged),
    )
