"""Keep what was accepted: append-only segments on disk, the one order that everything else follows."""

from plantroom.storage.journal.journal import Journal
from plantroom.storage.journal.reader import Reader
from plantroom.storage.journal.record import Record

__all__ = ["Journal", "Reader", "Record"]
