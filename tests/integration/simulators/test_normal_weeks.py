"""Normal days of the demo building in each season: nothing that an engineer or a rule would call wrong.

From Sunday noon to Monday noon, with every reading; `make detection` puts the whole weeks to the rules.
"""

from datetime import timedelta

import numpy as np
import pytest

from plantroom.cli.scenarios import scenario_called, simulation_of
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import ValueType
from plantroom.rules.engine import Engine
from plantroom_testing.simulation import batches, demo

BUILDING = demo()
SITE = BUILDING.table.sites[0]
SUNDAY_NOON = timedelta(days=6, hours=12)
SEASONS = ["normal-week", "normal-week-autumn", "normal-week-winter", "normal-week-spring"]


def out_of_range(batch: SampleBatch) -> set[str]:
    found = set()
    for number in np.unique(batch.point):
        point = BUILDING.table.points[number]
        values = batch.value[batch.point == number]
        if point.value_type is ValueType.NUMBER and not np.all(
            (values >= point.low) & (values <= point.high)
        ):
            found.add(".".join(BUILDING.table.keys[number]))
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize("season", SEASONS)
def test_normal_days_stay_in_every_range_and_raise_no_alarm(season: str) -> None:
    scenario = scenario_called(season)
    assert scenario.start is not None
    simulated = simulation_of(SITE, scenario, start=scenario.start + SUNDAY_NOON)
    engine, told, strange = Engine(BUILDING), [], set()

    for batch in batches(simulated, duration=timedelta(days=1), block=timedelta(hours=1)):
        assert np.isfinite(batch.value).all()
        strange |= out_of_range(batch)
        told += engine.observe(batch, int(batch.arrived[-1]))

    assert strange == set()
    assert [(each.asset, each.rule) for each in told] == []


def test_a_week_differs_from_season_to_season_and_from_seed_to_seed() -> None:
    summer, winter, other = (
        next(batches(simulation_of(SITE, scenario_called(season), seed=seed), duration=timedelta(hours=3)))
        for season, seed in (("normal-week", 0), ("normal-week-winter", 0), ("normal-week", 1))
    )

    assert not np.array_equal(summer.value, winter.value)
    assert not np.array_equal(summer.value, other.value)
