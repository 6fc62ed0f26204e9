"""Engine and inhibition together, as the pipeline has them, in event time."""

from collections.abc import Iterable

from plantroom.domain.alarm import Transition
from plantroom.domain.installation import Installation
from plantroom.domain.samples import SampleBatch
from plantroom.rules.engine import Engine
from plantroom.rules.inhibition import Inhibition


class Watching:
    """What is told of samples that are given in order of time."""

    def __init__(self, installation: Installation) -> None:
        self._engine = Engine(installation, companions=True)
        self._inhibition = Inhibition(installation)

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with rules."""
        return self._engine.faults

    def take(self, batch: SampleBatch, *, until: int, also: Iterable[Transition] = ()) -> list[Transition]:
        """Return what `batch` brings and what happens of itself before `until` (ms), in order of time.

        `also` are transitions that no rule decided.
        """
        told = [*also]
        if len(batch):
            told += self._engine.observe(batch, int(batch.arrived[-1]))
        told += self._engine.observe(SampleBatch.empty(), until - 1)
        # A large batch tells of a silent asset's deadlines last, when others have gone on for long.
        told.sort(key=lambda each: each.at)
        return self._inhibition.follow(told) + self._inhibition.tick(until - 1)
