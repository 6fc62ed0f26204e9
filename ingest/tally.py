"""What the pipeline has counted since its start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.ingest.dead_letters import DeadLetter
from plantroom.ingest.intake import Counts
from plantroom.ingest.mapping.mapper import MappingCount

_QUALITIES: Final = max(Quality) + 1


@dataclass(slots=True)
class MappingTally:
    """What one mapping has done; times in ms since the epoch, UTC, 0 for never."""

    messages: int = 0
    values: int = 0
    """Values found, good and bad."""
    skipped: int = 0
    failed: int = 0
    """Messages, readings and values that could not be used."""
    last: int = 0
    last_failed: int = 0
    reason: str = ""
    """Why the last of them could not."""
    topic: str = ""
    """Where that was."""

    def add(self, count: MappingCount) -> None:
        """Count what it did of some messages."""
        self.messages += count.messages
        self.values += count.values
        self.skipped += count.skipped
        self.last = max(self.last, count.last)

    def fail(self, letter: DeadLetter) -> None:
        """Count what it could not use."""
        self.failed += letter.count
        self.last_failed, self.reason, self.topic = letter.last, letter.reason, letter.topic


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
    mappings: dict[str, MappingTally] = field(default_factory=dict)
    """By name; every mapping of the site files is there."""

    @classmethod
    def of(cls, table: PointTable) -> "Tally":
        """Return a tally that has counted nothing yet, with an entry for each mapping of the sites."""
        names = (mapping.name for site in table.sites for mapping in site.mappings)
        return cls(mappings={name: MappingTally() for name in names})

    def count_batch(self, batch: SampleBatch, counts: Counts, letters: tuple[DeadLetter, ...]) -> None:
        """Count what was kept."""
        self.messages += counts.messages
        self.values += counts.values
        self.duplicates += counts.duplicates
        self.batches += 1
        self.count_samples(batch.quality)
        self.count_letters(letters)
        self.count_mapped(counts.mapped)

    def count_samples(self, quality: npt.NDArray[np.uint8]) -> None:
        """Count the samples of a batch by their quality."""
        self.samples += np.bincount(quality, minlength=_QUALITIES)

    def count_letters(self, letters: tuple[DeadLetter, ...]) -> None:
        """Count dead letters."""
        self.dead_letters += sum(letter.count for letter in letters)
        self.unknown_devices += sum(letter.count for letter in letters if letter.is_unknown_device)
        for letter in letters:
            if letter.mapping in self.mappings:
                self.mappings[letter.mapping].fail(letter)

    def count_mapped(self, mapped: Mapping[str, MappingCount]) -> None:
        """Count what mappings did of some messages."""
        for name, count in mapped.items():
            self.mappings[name].add(count)

    def count_transitions(self, transitions: list[Transition]) -> None:
        """Count transitions by kind."""
        for transition in transitions:
            self.transitions[transition.kind] += 1
