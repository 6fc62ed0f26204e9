"""What the journal remembers beside samples: dead letters, states of assets, conditions of the pipeline."""

import msgspec

from plantroom.domain.errors import SpoolBroken
from plantroom.ingest.conditions import Observation
from plantroom.ingest.dead_letters import DeadLetter
from plantroom.ingest.read import AssetStatus


class Notes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The notes of one journal record."""

    letters: tuple[DeadLetter, ...] = ()
    statuses: tuple[AssetStatus, ...] = ()
    observations: tuple[Observation, ...] = ()
    deaf: bool = False
    """Whether readings may be on their way that are older than the record: it lets no time pass."""
    unheard: bool = False
    """Whether some could not have been heard though they spoke: their silence says nothing."""
    kept: tuple[int, ...] = ()
    """Ordinals of messages of the record that the broker had kept: they say nothing about now."""

    @property
    def is_news(self) -> bool:
        """Whether it holds what nothing else would tell again."""
        return bool(self.letters or self.statuses or self.observations)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Notes)


def encode(notes: Notes) -> bytes:
    """Return the bytes a record keeps; none for no notes."""
    worth_it = notes.is_news or notes.deaf or notes.unheard or notes.kept
    return _encoder.encode(notes) if worth_it else b""


def decode(data: bytes) -> Notes:
    """Return the notes that `encode` made `data` of.

    Raises:
        SpoolBroken: it did not.
    """
    try:
        return _decoder.decode(data) if data else Notes()
    except msgspec.DecodeError as error:
        raise SpoolBroken(f"notes of a journal record are not readable: {error}") from error
