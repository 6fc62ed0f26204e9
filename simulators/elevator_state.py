"""What an elevator remembers from one step to the next."""

from dataclasses import dataclass
from typing import Final

from plantroom.simulators.elevator_car import Car
from plantroom.simulators.elevator_drive import Warmth
from plantroom.simulators.machine import Moment

TEST_CALL_S: Final = 86_400.0
"""Between automatic test calls of the alarm device; EN 81-28 wants one in 72 h at least."""


@dataclass(slots=True, kw_only=True)
class TestCalls:
    """The automatic calls that try the alarm device; never changed once made."""

    __test__ = False

    tried_s: float
    """Since the last one."""
    good_s: float
    """Since the last one that got through."""
    failed: bool = False
    """Whether the last one did not."""

    def after(self, moment: Moment) -> "TestCalls":
        """Return them `moment.dt` seconds later; the device has its own battery."""
        tried_s, good_s, failed = self.tried_s + moment.dt, self.good_s + moment.dt, self.failed
        while tried_s >= TEST_CALL_S:
            tried_s -= TEST_CALL_S
            failed = moment.chance.share() < moment.faults.get("test_call_failure", 0.0)
            good_s = good_s if failed else tried_s
        return TestCalls(tried_s=tried_s, good_s=good_s, failed=failed)


@dataclass(slots=True, kw_only=True)
class ElevatorState:
    """All of it; never changed once made."""

    t: float
    car: Car
    hazard: float
    """Until the next passenger comes: rate times time, exponentially distributed."""
    warmth: Warmth
    energy_kwh: float
    run_s: float
    calls: TestCalls
    is_hot: bool = False
    """Whether the machine has been stopped by its thermistors."""
    is_faulty: bool = False
    """Whether it is out of order, for that or another reason."""
