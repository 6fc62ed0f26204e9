"""What the pipeline has counted since its start."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.samples import Quality
from plantroom.ingest.dead_letters import DeadLetter

_QUALITIES: Final = max(Quality) + 1


@dataclass(slots=True)
class Tally:
    """Running totals; only ever grow."""

    messages: int = 0
    """Messages kept and acknowledged."""
    values: int = 0
    """Values in them, good and bad."""
    duplicates: int = 0
    """Values left out because they repeat what was said."""
    batches: int = 0
    dead_letters: int = 0
    unknown_devices: int = 0
    """Messages of assets that no site file declares."""
    samples: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(_QUALITIES, np.int64))
    """Samples kept, by quality; shape (qualities,)."""
    transitions: dict[TransitionKind, int] = field(default_factory=lambda: dict.fromkeys(TransitionKind, 0))

    def count_samples(self, quality: npt.NDArray[np.uint8]) -> None:
        """Count the samples of a batch by their quality."""
        self.samples += np.bincount(quality, minlength=_QUALITIES)

    def count_letters(self, letters: tuple[DeadLetter, ...]) -> None:
        """Count dead letters."""
        self.dead_letters += sum(letter.count for letter in letters)
        self.unknown_devices += sum(letter.count for letter in letters if letter.is_unknown_device)

    def count_transitions(self, transitions: list[Transition]) -> None:
        """Count transitions by kind."""
        for transition in transitions:
            self.transitions[transition.kind] += 1
