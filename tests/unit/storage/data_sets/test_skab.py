from pathlib import Path

import numpy as np
import pytest

from plantroom.storage.data_sets import DataSetUnreadable
from plantroom.storage.data_sets.skab import skab
from plantroom_testing.skab import FAULT, POINTS, rig, write_benchmark, write_rig


def test_all_recordings_are_read_with_their_labels(tmp_path: Path):
    write_benchmark(tmp_path)

    files = {each.name: each for each in skab(tmp_path)}

    assert sorted(files) == ["anomaly-free", "other/1", "valve1/0", "valve1/1", "valve1/2"]
    assert files["anomaly-free"].abnormal is None
    abnormal = files["valve1/1"].abnormal
    assert abnormal is not None
    assert np.flatnonzero(abnormal).tolist() == list(range(FAULT.start, FAULT.stop))
    assert files["other/1"].points == POINTS
    assert np.allclose(files["other/1"].values, rig(1000, seed=9, fault=FAULT), rtol=1e-5)


def test_times_are_ms_and_ascend(tmp_path: Path):
    write_rig(tmp_path / "0.csv", seed=1, rows=20)
    header, *rows = (tmp_path / "0.csv").read_text("utf-8").splitlines()
    (tmp_path / "0.csv").write_text("\n".join([header, *reversed(rows)]), "utf-8")

    (file,) = skab(tmp_path)

    assert np.diff(file.ts).tolist() == [1000] * 19
    assert file.ts[0] == 1583748000000


def test_an_empty_cell_is_unknown(tmp_path: Path):
    (tmp_path / "0.csv").write_text("datetime;a;b;anomaly\n2020-03-09 10:00:00;1.5;;0.0\n", "utf-8")

    (file,) = skab(tmp_path)

    assert file.values[0, 0] == 1.5
    assert np.isnan(file.values[0, 1])


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n1,2\n", "datetime;a\n", "datetime;a\nsoon;1\n", "datetime;a\n2020-03-09;1;2\n", "datetime\n"],
    ids=["empty", "of something else", "no rows", "no time", "too many cells", "no readings"],
)
def test_a_file_of_something_else_is_refused_by_name(tmp_path: Path, text: str):
    (tmp_path / "wrong.csv").write_text(text, "utf-8")

    with pytest.raises(DataSetUnreadable, match=r"wrong\.csv"):
        skab(tmp_path)


def test_a_cell_that_is_no_number_is_told_with_its_line(tmp_path: Path):
    (tmp_path / "wrong.csv").write_text("datetime;a\n2020-03-09;1\n2020-03-10;x\n", "utf-8")

    with pytest.raises(DataSetUnreadable, match=r"wrong\.csv:3: .*'x'"):
        skab(tmp_path)


def test_a_folder_without_recordings_is_refused(tmp_path: Path):
    with pytest.raises(DataSetUnreadable, match=r"no \.csv"):
        skab(tmp_path)
