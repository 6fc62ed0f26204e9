"""Days of an air handling unit, in health and with faults, in the shape of published recordings."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plantroom.models.air_handling import Readings
from plantroom.models.frame import Floats

MINUTES = 1440
RISE = 1.2
"""K by the fan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What is wrong with the unit; NaN: nothing."""

    cooling: float = np.nan
    """Where the valve sticks, 0..1."""
    heating: float = np.nan
    damper: float = np.nan
    leak: float = 0.0
    """K by which the heating valve warms though it is shut."""
    mixed: float = 0.0
    outdoor: float = 0.0
    """Bias of the sensors, K."""


def day_of(broken: Broken = Broken(), *, seed: int = 0, warmest: float = 30.0) -> dict[str, Floats]:
    """Return a day's columns: a fan from 6 to 18 h, a loop that mixes, heats or cools to 13 °C."""
    random = np.random.default_rng(seed)
    minute = np.arange(MINUTES)
    truth = warmest - 6 + 6 * np.sin((minute - 540) / MINUTES * 2 * np.pi)
    running = ((minute >= 360) & (minute < 1080)).astype(float)
    said = {name: np.zeros(MINUTES) for name in ("mixed", "supply", "damper", "heating", "cooling")}
    demand, supply = 0.0, 20.0
    for now in minute:
        outdoor = truth[now]
        if running[now]:
            demand = float(np.clip(demand + 0.004 * (supply - 13), -1, 2))
        heating, cooling = max(-demand, 0.0), float(np.clip(demand - 1, 0, 1))
        free = 0.3 + 0.7 * float(np.clip(demand, 0, 1)) if outdoor < 22 else 0.3
        if outdoor >= 22:
            cooling = float(np.clip(demand, 0, 1))
        command = (free, heating, cooling) if running[now] else (0.0, 0.0, 0.0)
        stuck = (broken.damper, broken.heating, broken.cooling)
        share, heat, cold = (c if np.isnan(s) else s for c, s in zip(command, stuck, strict=True))
        if running[now]:
            mixed = 22 + share * (outdoor - 22)
            supply = mixed + RISE + heat * 15 - cold * 0.6 * (mixed - 6) + broken.leak
        else:
            mixed, supply = outdoor, supply + 0.02 * (21 - supply)
        values = (mixed + broken.mixed, supply, *(100 * each for each in command))
        for name, value in zip(said, values, strict=True):
            said[name][now] = value
    noise = {name: random.normal(0, 0.1, MINUTES) for name in ("outdoor", "mixed", "supply", "returned")}
    return {
        "running": running,
        "outdoor": truth + broken.outdoor + noise["outdoor"],
        "mixed": said["mixed"] + noise["mixed"],
        "returned": 22 + noise["returned"],
        "supply": said["supply"] + noise["supply"],
        "heat_to": np.full(MINUTES, 13.0),
        "cool_to": np.full(MINUTES, 13.0),
        "damper": said["damper"],
        "return_damper": 100 - said["damper"],
        "heating": said["heating"],
        "cooling": said["cooling"],
        "speed": 70 * running,
    }


def readings_of(broken: Broken = Broken(), *, seed: int = 0, warmest: float = 30.0) -> Readings:
    """Return the same as it is judged."""
    return Readings(**day_of(broken, seed=seed, warmest=warmest))


HEADER = {
    "AHU: Supply Air Temperature": "supply",
    "AHU: Supply Air Temperature Set Point": "cool_to",
    "AHU: Outdoor Air Temperature": "outdoor",
    "AHU: Mixed Air Temperature": "mixed",
    "AHU: Return Air Temperature": "returned",
    "AHU: Supply Air Fan Status": "running",
    "AHU: Return Air Fan Status": "running",
    "AHU: Supply Air Fan Speed Control Signal": "speed",
    "AHU: Exhaust Air Damper Control Signal  ": "damper",
    "AHU: Outdoor Air Damper Control Signal  ": "damper",
    "AHU: Return Air Damper Control Signal": "return_damper",
    "AHU: Cooling Coil Valve Control Signal": "cooling",
    "AHU: Heating Coil Valve Control Signal": "heating",
}
"""A published unit's columns."""
WARM = ("supply", "cool_to", "outdoor", "mixed", "returned")


def write_unit(
    folder: Path, unit: str, days: Mapping[str, Broken], *, labels: Mapping[str, tuple[str, str]]
) -> None:
    """Write days (ISO) as they are published, in °F and shares of 1; `labels`: component and detail."""
    with (folder / f"{unit}.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Datetime", *HEADER, "Fault Detection Ground Truth"])
        for number, (day, broken) in enumerate(days.items()):
            columns = day_of(broken, seed=number, warmest=30 - number % 3)
            year, month, date = (int(part) for part in day.split("-"))
            for now in range(MINUTES):
                cells = [
                    columns[name][now] * 1.8 + 32
                    if name in WARM
                    else columns[name][now] / (1 if name == "running" else 100)
                    for name in HEADER.values()
                ]
                time = f"{month}/{date}/{year} {now // 60}:{now % 60:02}"
                rows.writerow([time, *(f"{cell:.4g}" for cell in cells), int(day in labels)])
    with (folder / f"{unit}_days.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["set", "day", "csv_label", "fault", "component", "detail"])
        for day in days:
            faulty = int(day in labels)
            rows.writerow([unit, day, faulty, faulty, *labels.get(day, ("", ""))])
