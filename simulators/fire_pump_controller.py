"""When a fire pump starts and stops."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.world import World

TEST_WEEKDAY: Final = 0
TEST_HOUR: Final = 10.0
TEST_HOURS: Final = 10 / 60
"""Every Monday at 10:00 for ten minutes without flow (NFPA 25, electric pumps), one pump after the other."""
TEST_EVERY_HOURS: Final = 0.25
RUN_ON_S: Final = 600.0
"""It runs so long after the call is over (NFPA 20: minimum run time of ten minutes)."""
NEXT_AFTER_S: Final = 8.0
"""Wait of each further pump, so that two motors do not start at once (NFPA 20: 5 to 10 s)."""
FAILED_AFTER_S: Final = 15.0
NEVER_STARTS: Final = 0.5
"""Severity from which a failing contactor does not close at all."""
SLOWEST_START_S: Final = 120.0
WEEK_H: Final = 168.0


@dataclass(slots=True, kw_only=True)
class ControllerState:
    """What a controller remembers from one step to the next."""

    on: bool = False
    demand: bool = False
    low_s: float = 0.0
    """How long the pressure has been under its start."""
    waiting_s: float = 0.0
    """How long the pump should have been running already."""
    run_on_s: float = 0.0
    """How long it still runs after the call."""
    test_age_s: float = 0.0
    starts: float = 0.0
    run_s: float = 0.0

    @property
    def has_failed(self) -> bool:
        """Whether the pump has not come when it was called."""
        return self.waiting_s > FAILED_AFTER_S


def after(
    state: ControllerState,
    dt: float,
    *,
    number: int,
    is_low: bool,
    called: bool,
    is_test: bool,
    can_run: bool,
    delay_s: float,
) -> ControllerState:
    """Return the controller of pump `number` (0: the first) `dt` seconds later.

    The pressure switch calls; an alarm valve that lets water through (`called`) holds the call. A contactor
    that is slow closes after `delay_s`.
    """
    low_s = state.low_s + dt if is_low else 0.0
    demand = (low_s > 0 and low_s >= NEXT_AFTER_S * number) or (
        called and (state.demand or state.run_on_s > 0)
    )
    run_on_s = RUN_ON_S if demand and state.on else max(0.0, state.run_on_s - dt)
    wanted = demand or is_test or run_on_s > 0
    waiting_s = state.waiting_s + dt if wanted and not state.on else 0.0
    on = wanted and can_run and (state.on or waiting_s >= delay_s)
    return ControllerState(
        on=on,
        demand=demand,
        low_s=low_s,
        waiting_s=0.0 if on else waiting_s,
        run_on_s=run_on_s,
        test_age_s=0.0 if on and is_test else state.test_age_s + dt,
        starts=state.starts + (on and not state.on),
        run_s=state.run_s + dt * on,
    )


def start_delay_s(failing: float) -> float:
    """Return how long a contactor that fails so badly (0 to 1) hesitates."""
    return math.inf if failing >= NEVER_STARTS else SLOWEST_START_S / NEVER_STARTS * failing


def is_tried(world: World, *, number: int) -> bool:
    """Return whether the weekly test of pump `number` is going on."""
    start = TEST_HOUR + TEST_EVERY_HOURS * number
    return start <= world.hour < start + TEST_HOURS and world.local.weekday() == TEST_WEEKDAY


def since_test_s(world: World, *, number: int) -> float:
    """Return the time since the weekly test began."""
    days = world.local.weekday() - TEST_WEEKDAY
    return (24.0 * days + world.hour - TEST_HOUR - TEST_EVERY_HOURS * number) % WEEK_H * 3600
