"""What people found where a model had raised an alarm."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

MODEL_RULES: Final = "model-"
"""What the ids of the rules begin with that raise alarms for models."""
_ENOUGH: Final = 3
"""So many real faults are no chance."""


class Verdict(Enum):
    """Whether an alarm was right."""

    REAL_FAULT = "real_fault"
    FALSE_ALARM = "false_alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a person said of an alarm when its work was over."""

    verdict: Verdict
    cause: str = ""
    """What was wrong, or why the alarm was false, in their words."""
    at: int
    """ms since the epoch, UTC."""
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often the alarms of a model were right."""

    real: int = 0
    false: int = 0

    @property
    def precision(self) -> float | None:
        """The share that was right, 0..1; None: nobody has said anything yet."""
        total = self.real + self.false
        return self.real / total if total else None

    @property
    def confirmed(self) -> bool:
        """Whether it may raise more than a warning: three real faults, and at most one in four was false."""
        return self.real >= _ENOUGH and 3 * self.false <= self.real


def is_of_model(rule: str) -> bool:
    """Whether an alarm of that rule is what a model says."""
    return rule.startswith(MODEL_RULES)
