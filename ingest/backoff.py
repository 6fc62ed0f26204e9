"""Waiting longer after each failure in a row."""

import random
from typing import Final

_FIRST: Final = 0.5
_LONGEST: Final = 30.0


class Backoff:
    """Gives the pauses between tries: from half a second doubling to half a minute, with jitter."""

    def __init__(self) -> None:
        self.failures = 0
        """Failures in a row."""

    def failed(self, *, at_least: float = 0.0) -> float:
        """Note a failure and return how long to wait, seconds: a little more than `at_least`, where given."""
        pause = min(_LONGEST, _FIRST * 2.0 ** min(self.failures, 10))
        self.failures += 1
        pause *= random.uniform(0.7, 1.0)  # noqa: S311 - jitter, not a secret
        return pause if pause > at_least else at_least + min(pause, 1.0)

    def succeeded(self) -> bool:
        """Note a success and return whether it ended a row of failures."""
        recovered = self.failures > 0
        self.failures = 0
        return recovered
