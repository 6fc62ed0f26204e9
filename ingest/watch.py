"""What decides about alarms: the rules engine and the stage behind it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy.typing as npt

from plantroom.domain.alarm import Transition
from plantroom.domain.installation import Installation
from plantroom.rules.engine import Engine
from plantroom.rules.inhibition import Inhibition


class Watch(NamedTuple):
    """Both of them for the same rules."""

    engine: Engine
    inhibition: Inhibition

    @classmethod
    def over(cls, installation: Installation) -> Self:
        """Return new ones, which know nothing yet."""
        watch = cls(Engine(installation, companions=True), Inhibition(installation))
        # What a snapshot says about names is worked out once: now, and not while the stream waits.
        watch.engine.snapshot()
        return watch

    def follow(self, told: Sequence[Transition]) -> list[Transition]:
        """Return what people are to know of transitions that samples brought."""
        return self.inhibition.follow(told)

    def tick(self, told: Sequence[Transition], now: int) -> list[Transition]:
        """Return what people are to know of transitions that the time brought, which goes on to `now`."""
        in_time = sorted(told, key=lambda each: each.at)
        return self.inhibition.follow(in_time) + self.inhibition.tick(now)

    def active(self, others: Sequence[Transition]) -> list[Transition]:
        """Return the activation of every alarm that is active, `others` being those that no rule decides."""
        return self.inhibition.active(self.engine.active() + list(others))

    def restore(
        self,
        arrays: Mapping[str, npt.NDArray[Any]],
        kept: Mapping[str, Any],
        *,
        told: Sequence[Transition] = (),
        others: Sequence[Transition],
        at: int,
    ) -> list[Transition]:
        """Take up where others left off at `at`; return what came of `told` and of other files.

        Raises:
            SnapshotInvalid: `arrays` are no snapshot of the engine.
        """
        told = [*told, *self.engine.restore(arrays)]
        active = self.engine.active() + list(others)
        return self.inhibition.restore(kept, told=told, active=active, at=at)

    def take_over(self, other: Self, *, others: Sequence[Transition], now: int) -> list[Transition]:
        """Go on from what `other` knows, which went by other rules; return what came of that."""
        kept = other.inhibition.snapshot()
        return self.restore(other.engine.snapshot(), kept, others=others, at=now)
