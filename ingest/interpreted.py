"""What a message of another protocol says, in the words of contract 4.1."""

from dataclasses import dataclass

from plantroom.ingest.dead_letters import LetterKind
from plantroom.ingest.decode import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something in it that cannot be used."""

    reason: str
    kind: LetterKind
    content: str
    """What it looks like, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateOfAsset:
    """Whether an asset is there."""

    asset: str
    online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreted:
    """The content of a message that somebody has read already."""

    readings: tuple[tuple[str, Reading], ...] = ()
    """Each with its asset; none is empty, and history has a time."""
    states: tuple[StateOfAsset, ...] = ()
    refusals: tuple[Refusal, ...] = ()
