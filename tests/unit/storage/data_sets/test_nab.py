"""Series as Numenta publishes them."""

import gzip
import json
from pathlib import Path

import pytest

from plantroom.storage.data_sets import DataSetUnreadable
from plantroom.storage.data_sets.nab import nab

WINDOW = ["2026-01-01 00:10:00.000000", "2026-01-01 00:20:00.000000"]


def write(folder: Path, *, windows: dict[str, list[list[str]]]) -> None:
    lines = [f"2026-01-01 00:{5 * row:02}:00,{row}.5" for row in range(8)]
    content = "\n".join(["timestamp,value", *lines]).encode()
    (folder / "data" / "real").mkdir(parents=True)
    (folder / "data" / "real" / "a.csv").write_bytes(content)
    (folder / "data" / "real" / "b.csv.gz").write_bytes(gzip.compress(content))
    (folder / "combined_windows.json").write_text(json.dumps(windows))


def test_windows_are_rows_from_first_to_last(tmp_path: Path):
    write(tmp_path, windows={"real/a.csv": [WINDOW], "real/b.csv": []})

    plain, packed = nab(tmp_path)

    assert (plain.name, plain.windows, packed.windows) == ("real/a.csv", ((2, 4),), ())
    assert plain.values.tolist() == packed.values.tolist() == [row + 0.5 for row in range(8)]


def test_a_series_without_an_entry_is_left_out(tmp_path: Path):
    write(tmp_path, windows={"real/b.csv": [WINDOW]})

    assert [each.name for each in nab(tmp_path)] == ["real/b.csv"]


@pytest.mark.parametrize("windows", [None, {}], ids=["no windows", "none of them"])
def test_a_folder_without_series_is_refused(tmp_path: Path, windows: dict[str, list[list[str]]] | None):
    write(tmp_path, windows=windows or {})
    if windows is None:
        (tmp_path / "combined_windows.json").unlink()

    with pytest.raises(DataSetUnreadable, match="no series with windows"):
        nab(tmp_path)
