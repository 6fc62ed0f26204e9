"""Sums, currents, unbalance and hot joints of a three-phase busbar."""

import cmath
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.machine import EVENLY, LIVE, Flows, Phases
from plantroom.simulators.three_phase import (
    LOOSE_RESISTANCE,
    at_bus,
    drawn,
    geometric_sum,
    joint_rises,
    shares,
    switch_room_c,
    unbalance,
)
from plantroom_testing.simulation import world

AMOUNT = st.floats(min_value=0.0, max_value=500.0)
THREE = st.tuples(AMOUNT, AMOUNT, AMOUNT)
TURN = cmath.exp(2j * math.pi / 3)


@st.composite
def loads(draw: st.DrawFn) -> Flows:
    kva = draw(AMOUNT)
    angle = draw(st.floats(min_value=0.0, max_value=1.2))
    return Flows(
        electric_kw=kva * math.cos(angle),
        reactive_kvar=kva * math.sin(angle),
        phases=shares(draw(THREE)),
        distorted_kva=0.3 * kva * draw(st.floats(min_value=0.0, max_value=1.0)),
        leakage_ma=draw(AMOUNT),
    )


@given(st.lists(loads(), max_size=6))
def test_what_loads_draw_adds_up(fed: list[Flows]) -> None:
    total = drawn(fed)

    assert total.total_kw == pytest.approx(sum(each.electric_kw for each in fed), abs=1e-9)
    assert total.total_kvar == pytest.approx(sum(each.reactive_kvar for each in fed), abs=1e-9)
    assert total.leakage_ma == pytest.approx(sum(each.leakage_ma for each in fed))


@given(st.lists(loads(), min_size=1, max_size=4))
def test_power_is_voltage_times_current_times_power_factor(fed: list[Flows]) -> None:
    load, volts = drawn(fed), (228.0, 231.0, 234.0)

    bus = at_bus(load, volts)

    kva = sum(u * i for u, i in zip(volts, bus.amps, strict=True)) / 1000
    assert 0 <= bus.power_factor <= 1
    assert kva * bus.power_factor == pytest.approx(load.total_kw, abs=1e-6)


@given(THREE)
def test_the_neutral_carries_the_sum_of_the_phasors(amps: Phases) -> None:
    first, second, third = amps

    length = abs(first + second * TURN**2 + third * TURN)

    assert geometric_sum(amps) == pytest.approx(length, abs=1e-4)


@given(st.tuples(*[st.floats(min_value=100.0, max_value=260.0)] * 3))
def test_unbalance_is_the_negative_over_the_positive_sequence(volts: Phases) -> None:
    u1, u2, u3 = volts[0], volts[1] * TURN**2, volts[2] * TURN
    positive, negative = abs(u1 + TURN * u2 + TURN**2 * u3), abs(u1 + TURN**2 * u2 + TURN * u3)

    assert unbalance(volts) == pytest.approx(100 * negative / positive, abs=1e-4)


def test_without_third_harmonics_even_phases_leave_the_neutral_empty() -> None:
    even = at_bus(drawn([Flows(electric_kw=60.0)]), LIVE)
    offices = at_bus(drawn([Flows(electric_kw=60.0, distorted_kva=10.0, triplen_kva=6.0)]), LIVE)

    assert even.neutral_a == pytest.approx(0.0, abs=1e-4)
    assert offices.neutral_a == pytest.approx(0.1 * sum(offices.amps))


def test_harmonics_cost_power_factor() -> None:
    clean = at_bus(drawn([Flows(electric_kw=90.0, reactive_kvar=30.0)]), LIVE)
    dirty = at_bus(drawn([Flows(electric_kw=90.0, reactive_kvar=30.0, distorted_kva=40.0)]), LIVE)

    assert dirty.thd_current == pytest.approx(clean.thd_current + 40 / math.hypot(90, 30))
    assert dirty.power_factor < clean.power_factor - 0.05


def test_a_busbar_without_load_shows_no_current_and_a_power_factor_of_one() -> None:
    bus = at_bus(drawn(()), LIVE)

    assert bus.amps == (0.0, 0.0, 0.0)
    assert (bus.power_factor, bus.thd_current, bus.neutral_a) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("phases", "percent"),
    [
        pytest.param((100.0, 100.0, 100.0), 0.0, id="even"),
        pytest.param((120.0, 90.0, 90.0), 10.0, id="one above"),
        pytest.param((0.0, 100.0, 100.0), 50.0, id="one lost"),
        pytest.param((100.0, 0.0, 0.0), 100.0, id="one alone"),
        pytest.param((0.0, 0.0, 0.0), 0.0, id="dead"),
    ],
)
def test_unbalance_is_that_of_the_standard(phases: Phases, percent: float) -> None:
    assert unbalance(phases) == pytest.approx(percent)


def test_joints_warm_with_the_square_of_the_current_and_somewhat_less() -> None:
    half, full, _ = joint_rises((50.0, 100.0, 0.0), rated_a=100.0)

    assert full == pytest.approx(35.0)
    assert half == pytest.approx(35.0 * 0.25**0.8)


def test_a_loose_joint_is_hot_on_its_own_phase_alone() -> None:
    first, second, third = joint_rises((60.0, 60.0, 60.0), rated_a=100.0, loose=1.0)

    assert first == third
    assert second / first == pytest.approx((1 + LOOSE_RESISTANCE) ** 0.8)


def test_nothing_is_spread_evenly() -> None:
    assert shares((0.0, 0.0, 0.0)) == EVENLY
    assert shares((1.0, 2.0, 1.0)) == (0.25, 0.5, 0.25)


def test_switch_rooms_are_cool_in_winter_and_warm_in_summer() -> None:
    assert switch_room_c(world(outdoor_c=-5.0)) == 21.0
    assert 27 < switch_room_c(world(outdoor_c=35.0)) < 30
