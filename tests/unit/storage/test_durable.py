"""Files that are replaced as a whole."""

from pathlib import Path

import pytest

from plantroom.storage.durable import make_folder, replacing
from plantroom_testing.disk import files_of_at_most


def test_the_new_file_takes_the_place_of_the_old_one_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_text("old")

    with replacing(path, mode=0o600) as file:
        file.write(b"new")
        meanwhile = path.read_text()

    assert (meanwhile, path.read_text()) == ("old", "new")
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_leaves_the_old_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_text("old")

    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b"%d" % (1 // 0))

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_is_full_leaves_the_old_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_text("old")

    with files_of_at_most(10), pytest.raises(OSError, match="too large"), replacing(path) as file:
        file.write(b"a new one that is long")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_made_with_its_parents_or_was_there(tmp_path: Path) -> None:
    make_folder(tmp_path / "a/b")
    make_folder(tmp_path / "a/b")

    assert (tmp_path / "a/b").is_dir()
