"""Demand is the mean power of the last full quarter of an hour."""

import pytest

from plantroom.simulators.demand import demand_after, demand_at


def test_the_demand_changes_when_a_period_is_full() -> None:
    demand = demand_at(10.0, t=0.0)
    shown = []
    for number in range(1, 181):
        demand = demand_after(demand, 20.0 if number <= 90 else 50.0, t=10.0 * number, dt=10.0)
        shown.append(demand.kw)

    assert set(shown[:89]) == {10.0}
    assert set(shown[89:179]) == {20.0}
    assert shown[179] == pytest.approx(50.0)


@pytest.mark.parametrize("dt", [10.0, 50.0, 150.0, 450.0])
def test_the_demand_is_the_same_in_short_and_in_long_steps(dt: float) -> None:
    demand, t = demand_at(0.0, t=0.0), 0.0
    while t < 900:
        t += dt
        demand = demand_after(demand, 100.0 if t <= 450 else 200.0, t=t, dt=dt)

    assert demand.kw == pytest.approx(150.0)


def test_a_demand_of_no_time_is_the_present_power() -> None:
    assert demand_after(demand_at(5.0, t=0.0), 70.0, t=900.0, dt=0.0).kw == 70.0
