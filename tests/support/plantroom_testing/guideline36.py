"""The fault conditions of ASHRAE Guideline 36 for air handling units, written down a second time.

They are taken from the standard's numbers, apart from any rule of the product, to judge simulated units:
5-minute averages of 1-minute samples, 30 minutes of mode delay, 30 minutes of alarm delay.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

AVERAGED: Final = 5
DELAY: Final = 30
SUPPLY, RETURN, MIXED, OUTDOOR, COIL = 1.0, 1.0, 3.0, 1.0, 1.0
RISE: Final = 1.0
LEAST_DIFFERENCE: Final = 6.0
FRACTION, SPEED, PRESSURE = 30.0, 5.0, 25.0
CHANGES: Final = 7
OPEN, SHUT = 99.0, 0.5


def conditions(samples: Mapping[str, Column], *, tolerance: float = 1.0) -> dict[str, Flags]:
    """Return by name (FC1 to FC15) when each holds in a steady state; `tolerance` scales all allowances."""
    mean = {name: _averaged(column) for name, column in samples.items()}
    states = operating_states(mean)
    steady = _lasting(np.concatenate([[True], states[1:] == states[:-1]]), DELAY)
    found = _conditions(mean, tolerance)
    return {name: holds & steady & np.isin(states, _STATES[name]) for name, holds in found.items()} | {
        "FC4": _changes(states) > CHANGES * min(1.0, tolerance)
    }


def alarms(samples: Mapping[str, Column]) -> set[str]:
    """Return the names of the conditions that held for the whole alarm delay at least once."""
    held = conditions(samples)
    return {
        name for name, flags in held.items() if (flags if name == "FC4" else _lasting(flags, DELAY)).any()
    }


def operating_states(mean: Mapping[str, Column]) -> npt.NDArray[np.int64]:
    """Return 0 (off), 1 (heating), 2 (economizer), 3 and 4 (mechanical cooling), 5 (other)."""
    heats, cools = mean["heating_valve"] > 0, mean["cooling_valve"] > 0
    at_least = mean["damper"] <= mean["damper_min"] + SHUT
    states = np.full(len(heats), 5)
    states[heats & ~cools & at_least] = 1
    states[~heats & ~cools & ~at_least] = 2
    states[~heats & cools & (mean["damper"] >= OPEN)] = 3
    states[~heats & cools & at_least] = 4
    states[mean["fan_command"] < 1] = 0
    return states


_STATES: Final = {
    "FC1": (1, 2, 3, 4),
    "FC2": (1, 2, 3, 4),
    "FC3": (1, 2, 3, 4),
    "FC5": (1,),
    "FC6": (1, 4),
    "FC7": (1,),
    "FC8": (2,),
    "FC9": (2,),
    "FC10": (3,),
    "FC11": (3,),
    "FC12": (3, 4),
    "FC13": (3, 4),
    "FC14": (1, 2),
    "FC15": (2, 3, 4),
}


def _conditions(mean: Mapping[str, Column], tolerance: float) -> dict[str, Flags]:
    supply, setpoint = mean["supply_temp"], mean["supply_setpoint"]
    back, mixed, outdoor = mean["return_temp"], mean["mixed_temp"], mean["outdoor_temp"]
    e_supply, e_return, e_mixed, e_outdoor = (tolerance * e for e in (SUPPLY, RETURN, MIXED, OUTDOOR))
    away = np.where(np.abs(outdoor - back) < 1e-9, np.nan, outdoor - back)
    share = 100 * (mixed - back) / away
    coil = tolerance * np.hypot(COIL, COIL)
    cooled = mean["cooling_coil_entering_temp"] - mean["cooling_coil_leaving_temp"]
    heated = mean["heating_coil_leaving_temp"] - mean["heating_coil_entering_temp"]
    return {
        "FC1": (mean["duct_pressure"] < mean["duct_pressure_setpoint"] - tolerance * PRESSURE)
        & (mean["fan_speed_command"] >= OPEN - SPEED),
        "FC2": mixed + e_mixed < np.minimum(back - e_return, outdoor - e_outdoor),
        "FC3": mixed - e_mixed > np.maximum(back + e_return, outdoor + e_outdoor),
        "FC5": supply + e_supply <= mixed - e_mixed + RISE,
        "FC6": (np.abs(back - outdoor) >= LEAST_DIFFERENCE)
        & (np.abs(share - mean["outdoor_fraction_min"]) > tolerance * FRACTION),
        "FC7": (supply < setpoint - e_supply) & (mean["heating_valve"] >= OPEN),
        "FC8": np.abs(supply - RISE - mixed) > np.hypot(e_supply, e_mixed),
        "FC9": outdoor - e_outdoor > setpoint - RISE + e_supply,
        "FC10": np.abs(mixed - outdoor) > np.hypot(e_mixed, e_outdoor),
        "FC11": outdoor + e_outdoor < setpoint - RISE - e_supply,
        "FC12": supply - e_supply - RISE >= mixed + e_mixed,
        "FC13": (supply > setpoint + e_supply) & (mean["cooling_valve"] >= OPEN),
        "FC14": cooled >= coil,
        "FC15": heated >= coil,
    }


def _averaged(column: Column) -> Column:
    """Return the means of the last five samples, of fewer at the start."""
    summed = np.cumsum(np.insert(column.astype(float), 0, 0.0))
    ends = np.arange(1, len(column) + 1)
    starts = np.maximum(0, ends - AVERAGED)
    return (summed[ends] - summed[starts]) / (ends - starts)


def _lasting(flags: Flags, samples: int) -> Flags:
    """Return when `flags` have all been true for that many samples."""
    summed = np.cumsum(np.insert(flags.astype(int), 0, 0))
    lasting = np.zeros(len(flags), dtype=bool)
    lasting[samples - 1 :] = summed[samples:] - summed[:-samples] == samples
    return lasting


def _changes(states: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how often the operating state changed in the last 60 minutes."""
    changed = np.concatenate([[0], (states[1:] != states[:-1]).astype(int)])
    summed = np.cumsum(np.insert(changed, 0, 0))
    ends = np.arange(1, len(states) + 1)
    return np.asarray(summed[ends] - summed[np.maximum(0, ends - 60)])
