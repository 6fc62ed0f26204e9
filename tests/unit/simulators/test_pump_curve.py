"""A pump follows the laws of its trade."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.nature import GRAVITY
from plantroom.simulators.pump_curve import (
    DENSITY,
    Circuit,
    curve_of,
    npsh_available,
    usual_head,
)

CURVE = curve_of(flow_m3h=120.0, head_m=44.0)
CLOSED = Circuit(own=44.0 / 120.0**2)
LIFTING = Circuit(static_m=20.0, own=24.0 / 120.0**2)
speeds = st.floats(0.2, 1.0)
shares = st.floats(0.0, 1.0)


def hydraulic_kw(flow_m3h: float, head_m: float) -> float:
    return DENSITY * GRAVITY * flow_m3h / 3600 * head_m / 1000


@given(speeds)
def test_flow_head_and_power_follow_the_affinity_laws(speed: float) -> None:
    full, slower = CURVE.flow(1.0, CLOSED), CURVE.flow(speed, CLOSED)

    heads = CURVE.head(1.0, full), CURVE.head(speed, slower)
    assert slower == pytest.approx(full * speed)
    assert heads[1] == pytest.approx(heads[0] * speed**2)
    assert CURVE.shaft_power(speed, slower, heads[1]) == pytest.approx(
        CURVE.shaft_power(1.0, full, heads[0]) * speed**3
    )


def test_at_rated_speed_it_gives_its_rating_within_the_motors_power() -> None:
    curve = curve_of(flow_m3h=120.0, head_m=usual_head(power_kw=22.0, flow_m3h=120.0))

    flow = curve.flow(1.0, Circuit(own=curve.head_m / 120.0**2))

    assert flow == pytest.approx(120.0)
    assert curve.shaft_power(1.0, flow, curve.head(1.0, flow)) == pytest.approx(0.85 * 22.0, rel=0.04)


@given(st.floats(0.0, 1.0), shares, shares, shares, shares)
def test_water_never_flows_back_and_no_more_power_comes_out_than_goes_in(
    speed: float, clogged: float, dry: float, worn: float, cavitating: float
) -> None:
    curve = CURVE.failing(clogged=clogged, dry=dry, worn=worn, cavitating=cavitating)
    for circuit in (CLOSED, LIFTING):
        flow = curve.flow(speed, circuit)
        head = curve.head(speed, flow)

        assert flow >= 0
        assert head >= 0
        assert hydraulic_kw(flow, head) <= curve.shaft_power(speed, flow, head) * curve.efficiency + 1e-9


@given(speeds, st.floats(0.0, 100.0))
def test_where_the_curves_meet_the_pump_gives_what_the_circuit_and_the_strainer_take(
    speed: float, others: float
) -> None:
    circuit = Circuit(static_m=4.0, own=0.002, common=0.0005, others_m3h=others)

    flow = CURVE.flow(speed, circuit)

    taken = 4.0 + (0.002 + CURVE.strainer) * flow**2 + 0.0005 * (flow + others) ** 2
    assert flow == 0 or CURVE.head(speed, flow) == pytest.approx(taken)


@given(st.floats(10.0, 110.0), st.floats(5.0, 35.0))
def test_the_speed_for_a_flow_and_a_head_gives_them(flow: float, head: float) -> None:
    speed = CURVE.speed_for(flow, head)

    assert CURVE.flow(speed, Circuit(own=head / flow**2)) == pytest.approx(flow)


def test_too_slow_to_lift_the_water_it_churns() -> None:
    flow = CURVE.flow(0.5, LIFTING)

    assert flow == 0
    assert CURVE.shaft_power(0.5, flow, CURVE.head(0.5, flow)) > 0


def test_pumps_side_by_side_give_less_each_and_more_together() -> None:
    common = Circuit(own=0.001, common=0.001)
    alone = CURVE.flow(1.0, common)

    beside = alone
    for _ in range(50):
        beside = CURVE.flow(1.0, Circuit(own=0.001, common=0.001, others_m3h=beside))

    assert beside < alone < 2 * beside


@given(shares)
def test_the_more_clogged_the_strainer_the_less_flows(clogged: float) -> None:
    worse = CURVE.failing(clogged=clogged, dry=0.0, worn=0.0, cavitating=0.0)

    assert worse.flow(1.0, CLOSED) <= CURVE.flow(1.0, CLOSED)


def test_the_inlet_needs_less_the_slower_the_pump_and_more_the_more_flows() -> None:
    assert CURVE.npsh_required(0.5, 60.0) == pytest.approx(CURVE.npsh_required(1.0, 120.0) / 4)
    assert CURVE.npsh_required(1.0, 140.0) > CURVE.npsh_required(1.0, 120.0)


def test_an_open_tank_leaves_ten_metres_at_the_inlet_less_the_vapour_pressure() -> None:
    # Boiling water has nothing to spare.
    assert npsh_available(0.0, 20.0) == pytest.approx(10.11, abs=0.05)
    assert npsh_available(0.0, 100.0) == pytest.approx(0.0, abs=0.2)
