"""Archives: whole, damaged, of other versions, and on disks that are full."""

import io
import random
import tarfile
from pathlib import Path

import pytest

from plantroom.domain.errors import BackupInvalid
from plantroom.storage.backup import manifest as manifests
from plantroom.storage.backup.archive import Source, extract, read_manifest, write_archive
from plantroom.storage.backup.manifest import FORMAT, Manifest, Member
from plantroom_testing.disk import files_of_at_most

NOISE = random.Random(7).randbytes(60_000)
CONTENT = {"data/records.sqlite": b"records", "data/ingest/journal/1.journal": NOISE, "data/empty": b""}


def silently(*_: object) -> None:
    pass


def manifest_of(members: dict[str, Member], *, format_: int = FORMAT) -> Manifest:
    return Manifest(
        format=format_, product="0.1.0", created="2026-11-22T07:00:00Z", counts={"alarms": 3}, members=members
    )


def written(folder: Path, content: dict[str, bytes] = CONTENT) -> Path:
    """Write an archive of `content` and return where it is."""
    sources = {}
    for number, (name, data) in enumerate(content.items()):
        path = folder / f"source-{number}"
        path.write_bytes(data)
        sources[name] = Source.of(path)
    archive = folder / "plant.tar.gz"
    manifest = manifest_of({name: source.member for name, source in sources.items()})
    write_archive(archive, manifest, sources, told=silently)
    return archive


def by_hand(folder: Path, members: dict[str, bytes]) -> Path:
    """Write a tar file of exactly these members."""
    path = folder / "by-hand.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def unpacked(archive: Path, folder: Path) -> dict[str, bytes]:
    extract(archive, folder, told=silently)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_what_comes_out_is_what_went_in_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    archive = written(tmp_path)

    assert unpacked(archive, tmp_path / "out") == CONTENT
    assert read_manifest(archive).counts == {"alarms": 3}
    assert archive.stat().st_mode & 0o777 == 0o600
    assert not archive.with_name("plant.tar.gz.new").exists()


def test_a_file_that_grows_meanwhile_is_saved_as_it_was_when_it_was_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "1.journal"
    path.write_bytes(b"before")
    source = Source.of(path)
    path.write_bytes(b"before and after")

    archive = tmp_path / "plant.tar.gz"
    write_archive(archive, manifest_of({"a": source.member}), {"a": source}, told=silently)

    assert unpacked(archive, tmp_path / "out") == {"a": b"before"}


def test_a_file_that_was_cut_meanwhile_makes_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "1.journal"
    path.write_bytes(b"before")
    source = Source.of(path)
    path.write_bytes(b"bef")

    archive = tmp_path / "plant.tar.gz"
    with pytest.raises(OSError, match="unexpected end of data"):
        write_archive(archive, manifest_of({"a": source.member}), {"a": source}, told=silently)

    assert [each.name for each in tmp_path.iterdir()] == ["1.journal"]


def test_a_full_disk_leaves_no_archive_and_keeps_the_one_before(tmp_path: Path) -> None:
    archive = written(tmp_path)
    before = archive.read_bytes()
    source = Source.of(tmp_path / "source-1")

    with files_of_at_most(len(before) // 2), pytest.raises(OSError, match="too large"):
        write_archive(archive, manifest_of({"a": source.member}), {"a": source}, told=silently)

    assert archive.read_bytes() == before
    assert not archive.with_name("plant.tar.gz.new").exists()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.99])
def test_a_truncated_archive_is_refused(tmp_path: Path, share: float) -> None:
    archive = written(tmp_path)
    data = archive.read_bytes()
    archive.write_bytes(data[: int(share * len(data))])

    with pytest.raises(BackupInvalid, match=str(archive)):
        extract(archive, tmp_path / "out", told=silently)


def test_an_archive_with_a_wrong_bit_anywhere_is_refused_or_comes_out_right(tmp_path: Path) -> None:
    archive = written(tmp_path)
    data = archive.read_bytes()
    refused = 0
    for place in range(0, len(data), len(data) // 60):
        archive.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        try:
            assert unpacked(archive, tmp_path / f"out-{place}") == CONTENT
        except BackupInvalid:
            refused += 1

    assert refused > 50


def test_a_member_that_was_changed_is_refused_by_its_checksum(tmp_path: Path) -> None:
    about = manifests.encode(manifest_of({"a": Source.of(_file(tmp_path, b"true")).member}))
    archive = by_hand(tmp_path, {"manifest.json": about, "a": b"lies"})

    with pytest.raises(BackupInvalid, match="a is not as it was written"):
        extract(archive, tmp_path / "out", told=silently)


def test_a_newer_format_is_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    about = manifests.encode(manifest_of({}, format_=FORMAT + 1))
    archive = by_hand(tmp_path, {"manifest.json": about.replace(b'"counts"', b'"counted"')})

    with pytest.raises(BackupInvalid, match=f"its format is {FORMAT + 1}, this program knows formats up to"):
        read_manifest(archive)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "does not begin with manifest.json"),
        ({"a": b""}, "does not begin with manifest.json"),
        ({"manifest.json": b"{"}, "cannot be read"),
        ({"manifest.json": b'{"format": 1}'}, "cannot be read"),
        ({"manifest.json": manifests.encode(manifest_of({})), "b": b""}, "b should not be in it"),
        (
            {"manifest.json": manifests.encode(manifest_of({"b": Member(bytes=0, sha256="")}))},
            "b should be in it",
        ),
    ],
    ids=["empty", "other first", "no json", "no manifest", "one too many", "one missing"],
)
def test_what_is_no_backup_is_refused_with_the_reason(
    tmp_path: Path, members: dict[str, bytes], message: str
) -> None:
    with pytest.raises(BackupInvalid, match=message):
        extract(by_hand(tmp_path, members), tmp_path / "out", told=silently)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "data/../../outside", ""])
def test_a_member_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    about = manifests.encode(manifest_of({"x": Member(bytes=0, sha256="")})).replace(
        b'"x"', f'"{name}"'.encode()
    )

    with pytest.raises(BackupInvalid, match="cannot be called"):
        read_manifest(by_hand(tmp_path, {"manifest.json": about}))


def _file(folder: Path, data: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(data)
    return path
