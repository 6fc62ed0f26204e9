"""What would make a bad alarm a better one, worked out of how it came and went and how its signal is."""

from dataclasses import dataclass
from enum import Enum
from math import floor, log10
from typing import Final

import numpy as np
from numpy.typing import NDArray

NOISE_FACTOR: Final = 2.5
"""Deadband in multiples of the signal's RMS noise. Source: 2-3 by secondary sources, not verified."""
LEAST_SAMPLES: Final = 50
"""Fewer readings say nothing about noise."""
_STEPS_S: Final = (5, 10, 15, 20, 30, 60, 120, 180, 300, 600)
"""Delays that people write."""
_ENOUGH: Final = 0.9
"""A delay should keep away this share of what it is made for."""


class Cause(Enum):
    """What is wrong with an alarm."""

    CHATTERING = "chattering"
    """It comes and goes faster than anybody can act."""
    FLEETING = "fleeting"
    """It is over before anybody can act."""
    STALE = "stale"
    """It stays for so long that nobody looks any more."""
    FREQUENT = "frequent"
    """It is real each time, and comes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to change, and what it would have saved."""

    cause: Cause
    delay_s: int | None = None
    """`for`."""
    keep_s: int | None = None
    noise: float | None = None
    """RMS, in the point's unit."""
    deadband: float | None = None
    """How far beyond the limit, in the point's unit, `clear` should lie."""
    remaining: int | None = None
    """How many activations the delays would have left."""


def rms_noise(value: NDArray[np.float64]) -> float | None:
    """Return the RMS noise of a signal, from its steps, so that its slow changes do not count.

    The median makes it robust against real jumps. None: too few readings, or it does not move.
    """
    if len(value) < LEAST_SAMPLES:
        return None
    steps = np.diff(value)
    noise = 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / np.sqrt(2)
    return noise if noise > 0 else None


def advise(
    *,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    chatters: bool,
    fleeting: int,
    stale: bool,
    noise: float | None,
) -> Advice:
    """Return what to change on an alarm that was active from each `begin` until its `end` (ms, sorted)."""
    cause = _cause(count=len(begin), chatters=chatters, fleeting=fleeting, stale=stale)
    if cause in (Cause.STALE, Cause.FREQUENT):
        return Advice(cause=cause)
    delay_s = _step(np.quantile((end - begin) / 1000, _ENOUGH)) if fleeting or chatters else None
    gaps = (begin[1:] - end[:-1]) / 1000
    short = gaps[(gaps >= 0) & (gaps <= _STEPS_S[-1])]
    keep_s = _step(np.quantile(short, _ENOUGH)) if len(short) else None
    return Advice(
        cause=cause,
        delay_s=delay_s,
        keep_s=keep_s,
        noise=noise,
        deadband=_rounded_up(NOISE_FACTOR * noise) if noise else None,
        remaining=_remaining(begin, end, delay_s=delay_s or 0, keep_s=keep_s or 0),
    )


def _cause(*, count: int, chatters: bool, fleeting: int, stale: bool) -> Cause:
    if chatters:
        return Cause.CHATTERING
    if 2 * fleeting >= count:
        return Cause.FLEETING
    return Cause.STALE if stale else Cause.FREQUENT


def _step(seconds: float) -> int:
    return next((step for step in _STEPS_S if step > seconds), _STEPS_S[-1])


def _rounded_up(value: float) -> float:
    """Return `value` to two digits, upwards."""
    unit = 10.0 ** (floor(log10(value)) - 1)
    return round(float(np.ceil(value / unit - 1e-9)) * unit, 12)


def _remaining(begin: NDArray[np.int64], end: NDArray[np.int64], *, delay_s: int, keep_s: int) -> int:
    """Return how many activations are left: short ones are not raised, short gaps do not clear."""
    raised = end - begin >= delay_s * 1000
    first, last = begin[raised], end[raised]
    if not len(first):
        return 0
    return 1 + int((first[1:] - last[:-1] >= keep_s * 1000).sum())
