"""The way of an asset's readings to the broker, and what goes wrong on it."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from plantroom.simulators.faults import Fault, Values
from plantroom.simulators.instruments import Kept, Times

LINK_FAULTS: Final = frozenset({"dead_gateway", "flapping_link", "store_and_forward", "clock_skew"})
"""What can go wrong with the connection of an asset, or of a gateway and all behind it."""
FLAPS_EVERY_S: Final = 90.0
SKEW_MS: Final = 8 * 3600 * 1000
"""By how much a device is wrong that sends China's local time as UTC: the commonest case."""


class Link:
    """One asset's connection; times are plant seconds since the start."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = tuple(faults)

    @property
    def is_sound(self) -> bool:
        """Whether nothing ever goes wrong on it."""
        return not self._faults

    def is_up(self, t: Values) -> Kept:
        """Return at which times readings get through at once: bool of the same shape."""
        return np.asarray(self._passes(t) & ~self.stores(t))

    def stores(self, t: Values) -> Kept:
        """Return at which times readings are kept back, to be sent together when the link is back."""
        return np.asarray(self._worst(t, "store_and_forward") > 0)

    def arrives(self, t: Values) -> Kept:
        """Return which readings get through at once or later."""
        return self._passes(t)

    def skew(self, t: Values) -> Times:
        """Return by how many ms the device's clock is ahead: int64 of the same shape."""
        return (self._worst(t, "clock_skew") * SKEW_MS).astype(np.int64)

    def _passes(self, t: Values) -> Kept:
        dead = self._worst(t, "dead_gateway") > 0
        flapping = self._worst(t, "flapping_link")
        return np.asarray(~dead & ~(t % FLAPS_EVERY_S < 0.6 * FLAPS_EVERY_S * flapping))

    def _worst(self, t: Values, name: str) -> Values:
        worst = np.zeros_like(t)
        for fault in self._faults:
            if fault.fault == name:
                worst = np.maximum(worst, fault.severities_at(t))
        return worst
