"""The controller of a stand-by generator: when it starts, carries, cools down and gives up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

START_DELAY_S: Final = 3.0
"""A shorter dip does not start the engine (NFPA 110 has 1 s at least)."""
CRANK_S: Final = 3.0
RUN_UP_S: Final = 4.0
"""Together 10 s from the failure to live terminals: type 10 of NFPA 110."""
CRANK_LIMIT_S: Final = 10.0
REST_S: Final = 10.0
ATTEMPTS: Final = 3
"""Cranking three times with rests between (NFPA 110, cranking limiters)."""
RETRANSFER_S: Final = 300.0
"""How long the mains must be back before the load returns to it."""
COOL_DOWN_S: Final = 180.0
TEST_S: Final = 900.0
RESET_S: Final = 600.0
"""How long after a repair, at least, somebody has reset it."""
_PHASES_AT_MOST: Final = 12


class Phase(Enum):
    """What the controller is doing."""

    READY = "ready"
    """Stands and waits."""
    DELAY = "delay"
    """Waits whether the mains comes back by itself."""
    CRANKING = "cranking"
    RESTING = "resting"
    """Between two attempts to start."""
    RUN_UP = "run_up"
    RUNNING = "running"
    """At speed, terminals live."""
    COOLING = "cooling"
    """Runs on without load."""
    FAILED = "failed"
    """Stopped by a fault, or never started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the controller goes by."""

    dt: float
    wanted: bool
    """Whether somebody has no other feeder."""
    test_due: bool
    fires: Callable[[], bool]
    """Tells at the end of an attempt whether the engine has started."""
    fails: bool
    """Whether it must stop while it turns."""
    blocked: bool
    """Whether it is switched off."""
    sound: bool
    """Whether what made it fail is repaired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What the controller remembers from one step to the next."""

    phase: Phase = Phase.READY
    since_s: float = 0.0
    """How long it has been in this phase."""
    attempts: int = 0
    """Those in vain since it was asked to start."""
    is_test: bool = False
    mains_back_s: float = 0.0
    started: bool = False
    """Whether the engine has fired in the last step."""
    tested: bool = False
    """Whether a test has ended in the last step."""

    @property
    def turns(self) -> bool:
        """Whether the engine is at speed."""
        return self.phase in (Phase.RUNNING, Phase.COOLING)

    def to(self, phase: Phase, *, at: float) -> "Control":
        """Return it in `phase`, which began when the last one had lasted `at` seconds."""
        return replace(self, phase=phase, since_s=max(0.0, self.since_s - at))


def control_later(before: Control, asked: Asked) -> Control:
    """Return what the controller has come to `asked.dt` seconds later, as many phases as fit into them."""
    control = replace(
        before,
        since_s=before.since_s + asked.dt,
        mains_back_s=0.0 if asked.wanted else before.mains_back_s + asked.dt,
        started=False,
        tested=False,
    )
    if asked.blocked:
        return control if control.phase is Phase.READY else Control()
    if control.turns and asked.fails:
        return control.to(Phase.FAILED, at=control.since_s)
    for _ in range(_PHASES_AT_MOST):
        following = _AFTER[control.phase](control, asked)
        if following is control:
            break
        control = following
    return control


def _after_ready(control: Control, asked: Asked) -> Control:
    if asked.wanted:
        # It is wanted since some moment in this step: the tree of supplies tells one step late.
        return replace(control.to(Phase.DELAY, at=control.since_s - asked.dt), is_test=False, attempts=0)
    if asked.test_due:
        return replace(control.to(Phase.CRANKING, at=control.since_s), is_test=True, attempts=0)
    return control


def _after_delay(control: Control, asked: Asked) -> Control:
    if not asked.wanted:
        return control.to(Phase.READY, at=control.since_s)
    return control.to(Phase.CRANKING, at=START_DELAY_S) if control.since_s >= START_DELAY_S else control


def _after_cranking(control: Control, asked: Asked) -> Control:
    if control.since_s < CRANK_S:
        return control
    if asked.fires():
        return replace(control.to(Phase.RUN_UP, at=CRANK_S), started=True)
    if control.since_s < CRANK_LIMIT_S:
        return control
    attempts = control.attempts + 1
    phase = Phase.FAILED if attempts >= ATTEMPTS else Phase.RESTING
    return replace(control.to(phase, at=CRANK_LIMIT_S), attempts=attempts)


def _after_resting(control: Control, _: Asked) -> Control:
    return control.to(Phase.CRANKING, at=REST_S) if control.since_s >= REST_S else control


def _after_run_up(control: Control, _: Asked) -> Control:
    return control.to(Phase.RUNNING, at=RUN_UP_S) if control.since_s >= RUN_UP_S else control


def _after_running(control: Control, asked: Asked) -> Control:
    if control.is_test and asked.wanted:
        return replace(control, is_test=False)
    if control.is_test and control.since_s >= TEST_S:
        return replace(control.to(Phase.COOLING, at=TEST_S), tested=True)
    if not control.is_test and control.mains_back_s >= RETRANSFER_S:
        return control.to(Phase.COOLING, at=control.since_s)
    return control


def _after_cooling(control: Control, asked: Asked) -> Control:
    if asked.wanted:
        return replace(control.to(Phase.RUNNING, at=control.since_s), is_test=False)
    if control.since_s >= COOL_DOWN_S:
        return replace(control.to(Phase.READY, at=COOL_DOWN_S), is_test=False)
    return control


def _after_failed(control: Control, asked: Asked) -> Control:
    if control.since_s >= RESET_S and asked.sound:
        return replace(control.to(Phase.READY, at=control.since_s), is_test=False, attempts=0)
    return control


_AFTER: Final[Mapping[Phase, Callable[[Control, Asked], Control]]] = {
    Phase.READY: _after_ready,
    Phase.DELAY: _after_delay,
    Phase.CRANKING: _after_cranking,
    Phase.RESTING: _after_resting,
    Phase.RUN_UP: _after_run_up,
    Phase.RUNNING: _after_running,
    Phase.COOLING: _after_cooling,
    Phase.FAILED: _after_failed,
}
