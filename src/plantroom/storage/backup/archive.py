"""The archive: a gzipped tar file whose first member says what the others are."""

import hashlib
import io
import os
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from plantroom.domain.errors import BackupInvalid
from plantroom.storage.backup import manifest as manifests
from plantroom.storage.backup.manifest import Manifest, Member
from plantroom.storage.durable import make_folder, replacing

_BLOCK: Final = 1024 * 1024
_LEVEL: Final = 1
"""Of gzip: the samples are compressed already, and the rest is small."""
_MANIFEST_BYTES: Final = 64 * 1024 * 1024

Told = Callable[[str, int], object]
"""Is called with the name of each member and its bytes, before it is written or read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that is to become a member: as many of its first bytes as there were when it was looked at."""

    path: Path
    member: Member

    @classmethod
    def of(cls, path: Path) -> "Source":
        """Look at the file at `path`, which may grow from now on, and not change otherwise."""
        size, digest = path.stat().st_size, hashlib.sha256()
        with path.open("rb") as file:
            for block in _blocks(file, size):
                digest.update(block)
        return cls(path=path, member=Member(bytes=size, sha256=digest.hexdigest()))


def write_archive(path: Path, manifest: Manifest, sources: Mapping[str, Source], *, told: Told) -> None:
    """Make the archive at `path`, durably and readable by its owner only, or nothing at all.

    Raises:
        OSError: the disk did not take it, or a source could not be read.
    """
    with (
        replacing(path, mode=0o600) as file,
        tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL) as archive,
    ):
        about = manifests.encode(manifest)
        archive.addfile(_head(manifests.NAME, len(about)), io.BytesIO(about))
        for name, source in sources.items():
            told(name, source.member.bytes)
            with source.path.open("rb") as member:
                archive.addfile(_head(name, source.member.bytes), member)


def read_manifest(path: Path) -> Manifest:
    """Return what the archive at `path` says about itself.

    Raises:
        BackupInvalid: it is no archive of ours, or of a newer format.
        OSError: it cannot be read.
    """
    with _opened(path) as archive:
        return _manifest(archive)


def extract(path: Path, folder: Path, *, told: Told) -> Manifest:
    """Write every member of the archive at `path` to `folder`, durably, and return what it says of itself.

    Raises:
        BackupInvalid: it is not whole, or not as it was written.
        OSError: it cannot be read, or the disk does not take it.
    """
    with _opened(path) as archive:
        manifest = _manifest(archive)
        missing = dict(manifest.members)
        while (entry := archive.next()) is not None:
            expected = missing.pop(entry.name, None)
            content = archive.extractfile(entry)
            if expected is None or content is None:
                raise BackupInvalid(f"{entry.name} should not be in it")
            told(entry.name, entry.size)
            _extract(content, folder / entry.name, expected)
        if missing:
            raise BackupInvalid(f"{', '.join(missing)} should be in it")
    return manifest


def _extract(content: IO[bytes], path: Path, expected: Member) -> None:
    make_folder(path.parent)
    size, digest = 0, hashlib.sha256()
    with path.open("wb") as file:
        while block := content.read(_BLOCK):
            file.write(block)
            digest.update(block)
            size += len(block)
        file.flush()
        os.fsync(file.fileno())
    if Member(bytes=size, sha256=digest.hexdigest()) != expected:
        raise BackupInvalid(f"{path.name} is not as it was written: its checksum differs")


def _manifest(archive: tarfile.TarFile) -> Manifest:
    entry = archive.next()
    content = archive.extractfile(entry) if entry is not None and entry.name == manifests.NAME else None
    if content is None:
        raise BackupInvalid(f"it does not begin with {manifests.NAME}")
    return manifests.decode(content.read(_MANIFEST_BYTES))


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    """Open the archive at `path` to be read from its beginning to its end."""
    try:
        with tarfile.open(path, "r|gz") as archive:
            yield archive
    except BackupInvalid as error:
        raise BackupInvalid(f"{path} cannot be restored: {error}") from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupInvalid(f"{path} is damaged or no backup: {error}") from error


def _head(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o600
    entry.mtime = int(time.time())
    return entry


def _blocks(file: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (block := file.read(min(size, _BLOCK))):
        size -= len(block)
        yield block
