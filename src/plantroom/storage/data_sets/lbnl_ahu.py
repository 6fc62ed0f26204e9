"""Recorded days of air handling units with known faults, as LBNL publishes them.

Units name their columns alike, not the same; they are known by their words.
Source: Granderson et al., Building fault detection data to aid diagnostic algorithm creation and performance
testing, Scientific Data 7:65 (2020).
"""

import csv
import gzip
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TextIO

import numpy as np
import numpy.typing as npt

from plantroom.storage.data_sets import DataSetUnreadable

Floats = npt.NDArray[np.float64]

_AIR: Final = {
    "supply": r"supply|discharge|sa|sat|da|dat",
    "outdoor": r"outdoor|outside|oa|oat",
    "mixed": r"mixed|ma|mat",
    "returned": r"return|ra|rat",
}
_SIGNAL: Final = r"signal|command|cmd|dm|demand|output|control"
_SETPOINT: Final = r"set ?point|setpt|spt|tempspt|sp"
_HARD_TEMPERATURE: Final = 45.0
"""Median of supply and return air above which it is in °F: no such °C in a building."""
_WARM_COLUMNS: Final = (*_AIR, "heat_to", "cool_to")
_SHARES: Final = ("damper", "return_damper", "heating", "cooling", "speed")
_DAYS: Final = ("%m/%d/%Y", "%Y-%m-%d", "%m/%d/%y", "%Y/%m/%d")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDay:
    """One day of one unit."""

    unit: str
    day: str
    columns: Mapping[str, Floats]
    """By `COLUMNS`, a row a minute: °C, %, 0 or 1; NaN where unknown or the unit has none."""
    faulty: bool
    component: str
    detail: str


COLUMNS: Final = ("running", *_WARM_COLUMNS, *_SHARES)


def lbnl_ahu(folder: Path) -> tuple[RecordedDay, ...]:
    """Return the days of all units of `folder` that have a table of days.

    Raises:
        DataSetUnreadable: there is none, or one is not what it should be.
    """
    tables = sorted(folder.glob("*_days.csv"))
    if not tables:
        raise DataSetUnreadable(f"no *_days.csv in {folder}")
    return tuple(day for table in tables for day in _unit(table))


def _unit(table: Path) -> Iterable[RecordedDay]:
    unit = table.name.removesuffix("_days.csv")
    with table.open(encoding="utf-8-sig", newline="") as lines:
        labels = list(csv.DictReader(lines))
    if not labels or "day" not in labels[0] or "fault" not in labels[0]:
        raise DataSetUnreadable(f"{table} has no columns day and fault")
    days = _readings(_file_of(table, unit))
    for label in labels:
        if label["day"] not in days:
            raise DataSetUnreadable(f"{table}: no readings on {label['day']}")
        yield RecordedDay(
            unit=unit,
            day=label["day"],
            columns=days[label["day"]],
            faulty=label["fault"].strip() == "1",
            component=label.get("component") or "",
            detail=label.get("detail") or "",
        )


def _file_of(table: Path, unit: str) -> Path:
    for name in (f"{unit}.csv.gz", f"{unit}.csv"):
        if (table.parent / name).exists():
            return table.parent / name
    raise DataSetUnreadable(f"no {unit}.csv or {unit}.csv.gz beside {table}")


def _readings(path: Path) -> dict[str, dict[str, Floats]]:
    """Return the columns of each day of a unit's file."""
    with _opened(path) as lines:
        rows = csv.reader(lines)
        header = next(rows, [])
        found = columns_of(header[1:])
        table = [row for row in rows if len(row) == len(header)]
    if not table or "mixed" not in found or "supply" not in found:
        raise DataSetUnreadable(f"{path} has no mixed and supply air temperatures by name: {header}")
    columns = _in_units({name: _numbers(table, place + 1) for name, place in found.items()})
    unknown = np.full(len(table), np.nan)
    days = np.array(_days([row[0] for row in table], path))
    return {
        str(day): {name: columns.get(name, unknown)[days == day] for name in COLUMNS}
        for day in np.unique(days)
    }


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.GzipFile(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Return which column of `header` holds what, by the words of its name."""
    names = [re.sub(r"[^a-z0-9]+", " ", name.lower()).strip() for name in header]
    temperature = r"temp|temperature|tempspt|[sdomr]at"
    wanted: dict[str, tuple[tuple[str, ...], str]] = {
        air: ((words, temperature), rf"{_SETPOINT}|zone|sensor|reset") for air, words in _AIR.items()
    }
    supply = (_AIR["supply"], temperature, _SETPOINT)
    outdoor, returned = _AIR["outdoor"], _AIR["returned"]
    other_fan = f"return|ra|rf|exhaust|ea|{outdoor}"
    damper, valve = r"damper|dmpr|dpr", r"valve|vlv"
    wanted |= {
        "heat_to": ((*supply, r"heating|heat|htg"), "zone"),
        "cool_to": ((*supply, r"cooling|cool|clg"), "zone"),
        "set_to": (supply, "zone|heating|cooling"),
        "damper": ((outdoor, damper), "minimum|min"),
        "return_damper": ((returned, damper), "minimum|min"),
        "heating": ((r"heating|heat|hwc|hc|htg|hw", valve), "zone|pre|bypass"),
        "cooling": ((r"cooling|cool|chwc|cc|clg|chw", valve), "zone|bypass"),
        "running": ((r"fan|sf", r"status|state|on|sts"), other_fan),
        "speed": ((r"fan|sf", r"speed|spd"), other_fan),
    }
    chosen = {name: _column(names, *words) for name, words in wanted.items()}
    both = chosen.pop("set_to")
    chosen = {name: place for name, place in chosen.items() if place is not None}
    return {name: place for name, place in chosen.items() if place is not None} | (
        {} if both is None else {name: both for name in ("heat_to", "cool_to") if name not in chosen}
    )


def _column(names: Sequence[str], words: Iterable[str], without: str) -> int | None:
    """Return the first column with all `words` and none `without`: a command before a position."""
    fitting = [
        place
        for place, name in enumerate(names)
        if all(_has(name, word) for word in words) and not _has(name, without)
    ]
    return next((place for place in fitting if _has(names[place], _SIGNAL)), fitting[0] if fitting else None)


def _has(name: str, words: str) -> bool:
    return re.search(rf"\b(?:{words})\b", name) is not None


def _numbers(table: Sequence[Sequence[str]], place: int) -> Floats:
    return np.array([_number(row[place]) for row in table])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _in_units(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return °C for °F, % for shares of 1, and a fan that runs where it has a speed but no status."""
    made = dict(columns)
    usual = np.nanmedian(np.concatenate([made[name] for name in ("supply", "returned") if name in made]))
    if usual > _HARD_TEMPERATURE:
        made |= {name: (made[name] - 32) / 1.8 for name in _WARM_COLUMNS if name in made}
    for name in _SHARES:
        if name in made and np.nanmax(made[name], initial=0.0) <= 2:
            made[name] = made[name] * 100
    if "running" not in made and "speed" in made:
        made["running"] = np.where(np.isnan(made["speed"]), np.nan, made["speed"] > 5)
    return made


def _days(times: Sequence[str], path: Path) -> list[str]:
    """Return the ISO days of local times, in whichever of the usual ways they are written."""
    parts = [time.strip().replace("T", " ").split(" ")[0] for time in times]
    known = {part: _day(part, path) for part in set(parts)}
    return [known[part] for part in parts]


def _day(text: str, path: Path) -> str:
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise DataSetUnreadable(f"{path}: no day {text!r}")
