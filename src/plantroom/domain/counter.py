"""What counters have counted: their readings' increments, over wraps and resets."""

from typing import Final

import numpy as np
import numpy.typing as npt

RESET_SHARE: Final = 0.1
"""A reading of at most this share of the one before says that the counter was set to 0 in between."""
WRAP_SHARE: Final = 0.5
"""A register that wrapped has moved on by less than this share of what it holds."""


def increments(value: npt.NDArray[np.float64], *, wraps_at: float | None = None) -> npt.NDArray[np.float64]:
    """Return what was counted between each reading and the one before; shape (n,), never negative.

    `value`: finite good readings, oldest first, shape (n,). What the first one counted is not known: 0.
    A reading smaller than the one before is, in this order:

    * a wrap, if the register is full at `wraps_at` and has by that way moved on by less than `WRAP_SHARE` of
      it (how often it wrapped in a long gap cannot be known: once);
    * a reset, if it is at most `RESET_SHARE` of the one before: what it shows was counted since;
    * else a correction or another meter, of which nothing is known: 0.
    """
    counted = np.zeros(len(value))
    if len(value) < 2:
        return counted
    full = np.full(len(value) - 1, np.nan if wraps_at is None else wraps_at)
    counted[1:] = steps(value[:-1], value[1:], wraps_at=full)
    return counted


def steps(
    before: npt.NDArray[np.float64], after: npt.NDArray[np.float64], *, wraps_at: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return what was counted between two readings, as `increments` does; `wraps_at` is NaN where unknown."""
    risen = after - before
    fell = risen < 0
    is_reset = fell & (after <= RESET_SHARE * before)
    # A counter that is negative after a reset has counted nothing yet.
    step = np.where(fell, np.where(is_reset, np.maximum(after, 0.0), 0.0), risen)
    ahead = risen + wraps_at
    wrapped = fell & (ahead >= 0) & (ahead < WRAP_SHARE * wraps_at)
    return np.where(wrapped, ahead, step)
