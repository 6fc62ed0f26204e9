import gzip
from pathlib import Path

import numpy as np
import pytest

from plantroom.storage.data_sets import DataSetUnreadable
from plantroom.storage.data_sets.lbnl_ahu import columns_of, lbnl_ahu
from plantroom_testing.air_handling_days import HEADER, Broken, day_of, write_unit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    days = {"2007-08-28": Broken(), "2007-08-29": Broken(damper=0)}
    write_unit(tmp_path, "U", days, labels={"2007-08-29": ("OA damper", "OAD stuck closed")})
    return tmp_path


def test_days_come_with_their_labels_in_our_units(folder: Path) -> None:
    healthy, faulty = lbnl_ahu(folder)

    columns = day_of(seed=0, warmest=30)
    assert (healthy.unit, healthy.day, healthy.faulty, healthy.component) == ("U", "2007-08-28", False, "")
    assert (faulty.faulty, faulty.component, faulty.detail) == (True, "OA damper", "OAD stuck closed")
    for name, values in columns.items():
        assert np.abs(healthy.columns[name] - values).max() < 0.1, name


def test_packed_files_are_read_as_they_are(folder: Path) -> None:
    plain = lbnl_ahu(folder)
    text = (folder / "U.csv").read_bytes()
    (folder / "U.csv").unlink()
    (folder / "U.csv.gz").write_bytes(gzip.compress(text))

    packed = lbnl_ahu(folder)

    assert [day.day for day in packed] == [day.day for day in plain]
    np.testing.assert_array_equal(packed[0].columns["mixed"], plain[0].columns["mixed"])


def test_cells_that_are_no_numbers_are_unknown(folder: Path) -> None:
    lines = (folder / "U.csv").read_text().splitlines()
    cells = lines[1].split(",")
    cells[4] = "#VALUE!"
    (folder / "U.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]))

    (day, _) = lbnl_ahu(folder)

    assert np.isnan(day.columns["mixed"][0])
    assert np.isfinite(day.columns["mixed"][1:]).all()


def test_celsius_and_percent_stay_as_they_are(folder: Path) -> None:
    columns = day_of(seed=0, warmest=30)
    rows = [
        ",".join(
            [
                f"2007-08-28 {now // 60:02}:{now % 60:02}:00",
                *(f"{columns[name][now]:.3f}" for name in HEADER.values()),
            ]
        )
        for now in range(1440)
    ]
    (folder / "U.csv").write_text("\n".join([",".join(["Datetime", *HEADER]), *rows]))
    (folder / "U_days.csv").write_text("day,fault\n2007-08-28,0\n")

    (day,) = lbnl_ahu(folder)

    for name, values in columns.items():
        assert np.abs(day.columns[name] - values).max() < 0.01, name


def test_columns_are_known_by_their_words() -> None:
    short = ["SA_TEMP", "SA_TEMPSPT", "OA_TEMP", "MA_TEMP", "RA_TEMP", "SF_STATUS", "SF_SPD", "RF_SPD"]
    short += ["OA_DMPR", "OA_DMPR_DM", "RA_DMPR_DM", "CHWC_VLV_DM", "HWC_VLV_DM", "ZONE_TEMP_1", "OA_CFM"]

    found = {name: short[place] for name, place in columns_of(short).items()}

    assert found == {
        "supply": "SA_TEMP",
        "heat_to": "SA_TEMPSPT",
        "cool_to": "SA_TEMPSPT",
        "outdoor": "OA_TEMP",
        "mixed": "MA_TEMP",
        "returned": "RA_TEMP",
        "running": "SF_STATUS",
        "speed": "SF_SPD",
        "damper": "OA_DMPR_DM",
        "return_damper": "RA_DMPR_DM",
        "cooling": "CHWC_VLV_DM",
        "heating": "HWC_VLV_DM",
    }


def test_two_set_points_are_told_apart() -> None:
    names = ["AHU: Supply Air Temperature Heating Set Point", "AHU: Supply Air Temperature Cooling Set Point"]

    assert columns_of(names) == {"heat_to": 0, "cool_to": 1}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("U_days.csv", "when,what\n", "no columns day and fault"),
        ("U_days.csv", "day,fault\n2001-01-01,0\n", "no readings on 2001-01-01"),
        ("U.csv", "Datetime,Something\n1/1/2001 0:00,1\n", "no mixed and supply air"),
        (
            "U.csv",
            f"Datetime,{','.join(HEADER)}\nyesterday,{','.join('1' * len(HEADER))}\n",
            "no day 'yesterday'",
        ),
    ],
    ids=["labels", "missing day", "columns", "time"],
)
def test_what_is_no_data_set_is_refused_with_the_reason(
    folder: Path, name: str, text: str, message: str
) -> None:
    (folder / name).write_text(text)

    with pytest.raises(DataSetUnreadable, match=message):
        lbnl_ahu(folder)


def test_a_folder_without_tables_of_days_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetUnreadable, match=r"_days\.csv"):
        lbnl_ahu(tmp_path)


def test_a_table_of_days_without_readings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "U_days.csv").write_text("day,fault\n2001-01-01,0\n")

    with pytest.raises(DataSetUnreadable, match=r"no U\.csv"):
        lbnl_ahu(tmp_path)
