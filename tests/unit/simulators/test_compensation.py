"""Capacitors keep the power factor without hunting."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.compensation import STEPS, TARGET_TAN, Compensation

BANK = Compensation(kvar=480.0)


@given(kw=st.floats(min_value=50.0, max_value=900.0), tan=st.floats(min_value=0.3, max_value=0.75))
def test_the_power_factor_comes_near_the_target(kw: float, tan: float) -> None:
    steps = BANK.steps(0, kw=kw, kvar=tan * kw)

    left = tan * kw - BANK.given(steps, failed=0.0)
    assert 0 <= steps <= STEPS
    assert abs(left - TARGET_TAN * kw) <= 0.66 * 480 / STEPS


@given(kw=st.floats(min_value=0.0, max_value=900.0), kvar=st.floats(min_value=0.0, max_value=600.0))
def test_the_same_load_switches_once(kw: float, kvar: float) -> None:
    steps = BANK.steps(3, kw=kw, kvar=kvar)

    assert BANK.steps(steps, kw=kw, kvar=kvar) == steps


def test_a_small_change_switches_nothing() -> None:
    steps = BANK.steps(0, kw=500.0, kvar=350.0)

    assert BANK.steps(steps, kw=500.0, kvar=350.0 + 0.1 * 40) == steps


def test_spent_capacitors_give_nothing() -> None:
    assert BANK.given(6, failed=0.0) == pytest.approx(240.0)
    assert BANK.given(6, failed=0.5) == pytest.approx(120.0)
    assert BANK.given(6, failed=1.0) == 0.0


def test_a_panel_without_capacitors_switches_none() -> None:
    assert Compensation(kvar=0.0).steps(0, kw=100.0, kvar=100.0) == 0


def test_the_target_is_what_tariffs_ask_for() -> None:
    assert 0.95 < math.cos(math.atan(TARGET_TAN)) < 0.97
