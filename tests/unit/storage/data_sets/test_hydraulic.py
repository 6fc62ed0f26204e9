import gzip
from pathlib import Path

import pytest

from plantroom.storage.data_sets import DataSetUnreadable
from plantroom.storage.data_sets.hydraulic import hydraulic


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profile.txt").write_text("0 3 100 0 130 1\n1 20 90 2 115 0\n")
    (tmp_path / "PS1.txt.gz").write_bytes(gzip.compress(b"1.5\t2\t3\n4\t5\t6\n"))
    (tmp_path / "TS1.txt").write_text("20.1\n20.2\n")
    return tmp_path


def test_cycles_come_with_their_conditions(folder: Path) -> None:
    said = hydraulic(folder)

    assert said.number.tolist() == [0, 1]
    assert sorted(said.sensors) == ["PS1", "TS1"]
    assert said.sensors["PS1"].tolist() == [[1.5, 2, 3], [4, 5, 6]]
    assert {name: labels.tolist() for name, labels in said.conditions.items()} == {
        "cooler": [3, 20],
        "valve": [100, 90],
        "pump": [0, 2],
        "accumulator": [130, 115],
    }


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("profile.txt", "0 3\n", "2 columns"),
        ("TS1.txt", "20.1\n", "1 cycles"),
        ("TS1.txt", "20.1\nwarm\n", "TS1"),
        ("TS1.txt", "1 2\n3\n", "TS1"),
    ],
    ids=["profile", "length", "words", "ragged"],
)
def test_what_is_no_data_set_is_refused(folder: Path, name: str, text: str, message: str) -> None:
    (folder / name).write_text(text)

    with pytest.raises(DataSetUnreadable, match=message):
        hydraulic(folder)


def test_a_folder_without_a_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetUnreadable, match=r"profile.txt"):
        hydraulic(tmp_path)
