"""Engines as NASA publishes them."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from plantroom.storage.data_sets import DataSetUnreadable
from plantroom.storage.data_sets.cmapss import cmapss
from plantroom_testing.engines import engines, write_engines


def test_each_file_is_a_set_of_engines(tmp_path: Path):
    write_engines(tmp_path / "train_FD001.txt", 3)
    content = (tmp_path / "train_FD001.txt").read_bytes()
    (tmp_path / "train_FD002.txt.gz").write_bytes(gzip.compress(content))

    sets = cmapss(tmp_path)

    assert list(sets) == ["FD001", "FD002"]
    for (settings, sensors), plain, packed in zip(engines(3), *sets.values(), strict=True):
        np.testing.assert_allclose(plain.settings, settings, atol=1e-4)
        np.testing.assert_allclose(plain.sensors, sensors, atol=1e-4)
        np.testing.assert_array_equal(packed.sensors, plain.sensors)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("other.txt", "", "no train_"),
        ("train_A.txt", "1 2 3\n", "3 columns"),
        ("train_A.txt", "a b\n", "train_A"),
    ],
    ids=["no file", "too few columns", "no numbers"],
)
def test_what_is_no_set_of_engines_is_refused(tmp_path: Path, name: str, content: str, reason: str):
    (tmp_path / name).write_text(content)

    with pytest.raises(DataSetUnreadable, match=reason):
        cmapss(tmp_path)
