"""Lights and sockets follow people, night and daylight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.small_loads import SmallLoads
from plantroom.simulators.three_phase import drawn
from plantroom_testing.simulation import moment, world

LOADS = SmallLoads.of(80.0, turn=120.0)


def test_at_night_a_quarter_is_on_and_at_work_most() -> None:
    night = LOADS.power(world(occupancy=0.05, sun_w_m2=0.0))
    day = LOADS.power(world(occupancy=0.95, sun_w_m2=0.0))

    assert 0.15 * 80 < night < 0.3 * 80
    assert 0.9 * 80 < day <= 80


def test_daylight_saves_light() -> None:
    dark, bright = (LOADS.power(world(occupancy=0.9, sun_w_m2=sun)) for sun in (0.0, 800.0))

    assert 0.8 * dark < bright < 0.95 * dark


@given(st.floats(min_value=0.0, max_value=1.0), st.floats(min_value=0.0, max_value=1000.0))
def test_never_more_than_is_installed(occupancy: float, sun: float) -> None:
    assert 0 < LOADS.power(world(occupancy=occupancy, sun_w_m2=sun)) <= 80


@given(st.floats(min_value=0.0, max_value=1e6))
def test_the_phases_share_all_of_it_and_nearly_evenly(t: float) -> None:
    spread = LOADS.shares(t)

    assert sum(spread) == pytest.approx(1.0)
    assert all(0.30 < share < 0.37 for share in spread)


def test_they_bring_harmonics_and_leakage_with_them() -> None:
    load = drawn(())

    LOADS.add_to(load, moment())

    assert 0.12 < load.distorted_kva / load.kva < 0.3
    assert 0 < load.triplen_kva < load.distorted_kva
    assert load.leakage_ma > 10
    assert load.total_kw / load.kva == pytest.approx(0.93, abs=0.01)


def test_a_panel_without_them_stays_as_it_is() -> None:
    load = drawn(())

    SmallLoads.of(0.0, turn=0.0).add_to(load, moment())

    assert load == drawn(())
