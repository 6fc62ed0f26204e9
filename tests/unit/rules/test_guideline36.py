"""The fault conditions of ASHRAE Guideline 36 hold when an oracle of their own says so."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.alarm import TransitionKind
from plantroom.domain.installation import Installation
from plantroom.rules.engine import Engine
from plantroom.storage.files import load_installation
from plantroom_testing.files import written
from plantroom_testing.guideline36 import Column, Flags, conditions
from plantroom_testing.rule_plant import Message, batch

START = 1_763_750_400
"""s; a whole hour."""
WARM = 70
"""Minutes after which every delay and window has had its time."""
LEAST = 30
SITE = "site: s\npacks: [ahu]\nassets: [{id: AHU-1, class: ahu, rated: {power_kw: 11}}]\n"
NAMES = [f"FC{number}" for number in range(1, 16)]
# What heating valve, damper and cooling valve are told in the states 1 to 5.
TOLD = {1: (40, LEAST, 0), 2: (0, 60, 0), 3: (0, 100, 50), 4: (0, LEAST, 50), 5: (20, 50, 20)}


@cache
def unit() -> Installation:
    with TemporaryDirectory() as folder:
        return load_installation(sites=[written(Path(folder), "site.yaml", SITE)])


def bare(name: str) -> Installation:
    """Return the plant with that condition alone, told without delay."""
    rules = [rule for rule in unit().rules["s"] if rule.id.startswith(f"ahu-{name.lower()}-")]
    assert len(rules) == 1
    rule = replace(rules[0], clear=None, hold=timedelta(0), keep=timedelta(0))
    return replace(unit(), rules={"s": (rule,)})


def day(seed: int, *, shortest: int = 35, longest: int = 80) -> dict[str, Column]:
    """Return six hours of a unit that goes from state to state, with temperatures all over the place."""
    rng = np.random.default_rng(seed)
    states: list[int] = []
    while len(states) < 360:
        states += [int(rng.integers(0, 6))] * int(rng.integers(shortest, longest))
    state = np.array(states[:360])
    told = {number: values for number, values in TOLD.items() if rng.random() < 0.9 or number < 5}
    full = np.repeat(rng.random(36) < 0.6, 10)
    heating, damper, cooling = (
        np.array([float(told.get(each, (0, 0, 0))[place]) for each in state]) for place in range(3)
    )
    return {
        "running": (state > 0).astype(float),
        "fan_command": (state > 0).astype(float),
        "heating_valve": np.where(full & (heating > 0), 100.0, heating),
        "damper": damper,
        "damper_min": np.full(360, float(LEAST)),
        "cooling_valve": np.where(full & (cooling > 0), 100.0, cooling),
        "outdoor_fraction_min": np.full(360, 30.0),
        "supply_setpoint": wandering(rng, 16, 4),
        "supply_temp": wandering(rng, 16, 6),
        "return_temp": wandering(rng, 22, 4),
        "mixed_temp": wandering(rng, 17, 7),
        "outdoor_temp": wandering(rng, 15, 9),
        "duct_pressure_setpoint": np.full(360, 250.0),
        "duct_pressure": wandering(rng, 230, 40),
        "fan_speed_command": wandering(rng, 95, 8),
        "cooling_coil_entering_temp": wandering(rng, 18, 2),
        "cooling_coil_leaving_temp": wandering(rng, 17, 2),
        "heating_coil_entering_temp": wandering(rng, 17, 2),
        "heating_coil_leaving_temp": wandering(rng, 18, 2),
    }


def wandering(rng: np.random.Generator, middle: float, spread: float) -> Column:
    """Return a column that stays for some time about one value, then about another."""
    levels: Column = np.repeat(rng.normal(middle, spread, 8), 45)
    return levels + rng.normal(0, spread / 8, 360)


def told(plant: Installation, samples: dict[str, Column]) -> Flags:
    """Return for each minute whether the condition held once that minute's samples had had their time."""
    messages = [
        Message(
            "AHU-1", START + 60 * minute, {name: float(column[minute]) for name, column in samples.items()}
        )
        for minute in range(360)
    ]
    engine = Engine(plant)
    transitions = engine.observe(batch(plant.table, messages), (START + 360 * 60) * 1000)
    assert engine.faults == ()
    flags = np.zeros(360, dtype=bool)
    for each in transitions:
        first = max(0, -(-(each.at - START * 1000) // 60_000) - 1)
        flags[first:] = each.kind is TransitionKind.ACTIVATED
    return flags


@pytest.mark.parametrize("name", [name for name in NAMES if name != "FC4"])
@settings(max_examples=8)
@given(seed=st.integers(0, 10_000))
def test_a_condition_holds_exactly_when_the_oracle_says_so(name: str, seed: int) -> None:
    samples = day(seed)

    held = told(bare(name), samples)

    np.testing.assert_array_equal(held[WARM:-1], conditions(samples)[name][WARM:-1])


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000))
def test_changes_of_state_are_counted_in_a_moving_hour(seed: int) -> None:
    samples = day(seed, shortest=6, longest=22)

    held = told(bare("FC4"), samples)

    said = conditions(samples)["FC4"]
    # The hour moves on every five minutes, so the alarm may be that much behind.
    for minute in range(WARM, 352):
        if said[minute - 6 : minute + 3].all():
            assert held[minute]
        if not said[minute - 6 : minute + 3].any():
            assert not held[minute]


@pytest.mark.parametrize("name", NAMES)
def test_the_random_days_meet_each_condition_and_miss_it(name: str) -> None:
    shortest, longest = (6, 22) if name == "FC4" else (35, 80)
    found = [conditions(day(seed, shortest=shortest, longest=longest))[name][WARM:] for seed in range(40)]

    assert any(flags.any() for flags in found)
    assert any(not flags.all() for flags in found)
