"""What an archive says about itself: its first member."""

from pathlib import PurePosixPath
from typing import Final

import msgspec

from plantroom.domain.errors import BackupInvalid

FORMAT: Final = 1
"""Of the archives that this program writes; it restores these and older ones."""
NAME: Final = "manifest.json"


class Member(msgspec.Struct, frozen=True):
    """One file in an archive."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is in an archive, and of which versions."""

    format: int = FORMAT
    product: str
    """Version of the program that wrote it."""
    created: str
    """RFC 3339, UTC."""
    records: str = ""
    """`sqlite` or `postgresql`; "": none."""
    revision: str = ""
    """Of the records' tables."""
    samples: str = ""
    """`duckdb` or `influxdb`; "": none."""
    counts: dict[str, int]
    """How many of what it holds."""
    members: dict[str, Member]
    """By their names, in the order in which they follow."""

    def __post_init__(self) -> None:
        for name in self.members:
            parts = PurePosixPath(name).parts
            if not parts or parts[0] == "/" or ".." in parts:
                raise ValueError(f"a member cannot be called {name!r}")


class _Format(msgspec.Struct):
    format: int


def encode(manifest: Manifest) -> bytes:
    """Return the bytes of the member."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def decode(document: bytes) -> Manifest:
    """Return what the bytes of the member say.

    Raises:
        BackupInvalid: they are no manifest, or of a format that a newer program writes.
    """
    try:
        found = msgspec.json.decode(document, type=_Format).format
        if found > FORMAT:
            raise BackupInvalid(f"its format is {found}, this program knows formats up to {FORMAT}")
        return msgspec.json.decode(document, type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupInvalid(f"its {NAME} cannot be read: {error}") from error
