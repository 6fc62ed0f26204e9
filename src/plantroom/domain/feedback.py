"""What people found where an alarm had been raised."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

MODEL_RULES: Final = "model-"
"""What the ids of the rules begin with that raise alarms for models."""


class Verdict(Enum):
    """Whether an alarm was right."""

    REAL_FAULT = "real_fault"
    FALSE_ALARM = "false_alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a person said of a work order's alarms when the work was over."""

    verdict: Verdict
    cause: str = ""
    """What was wrong, or why the alarm was false, in their words."""
    at: int
    """ms since the epoch, UTC."""
    who: str


def is_of_model(rule: str) -> bool:
    """Whether an alarm of that rule is what a model says."""
    return rule.startswith(MODEL_RULES)
