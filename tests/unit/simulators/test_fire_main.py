"""The pressure of a fire main: kept by a jockey pump, held by fire pumps."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.fire_main import COMPLIANCE_M3_BAR, Main, Outlet, Pumping, let_out

MAIN = Main(flow_m3h=108.0, head_m=100.0)
SOUND = Pumping(lifts=1.0)
INLET = 0.3
BAR_PER_100_M = 9.79


def outlet(k: float, height_m: float = 0.0) -> Outlet:
    return Outlet(k_factor=k, height_m=height_m)


def kept(bar: float, dt: float, *, outlets: tuple[Outlet, ...] = (), leak: float = 0.0) -> float:
    return MAIN.kept(bar, outlets, leak=leak, jockey=False, inlet_bar=INLET, dt=dt)[0]


def test_a_pump_gives_its_rating_and_keeps_to_the_standards_at_both_ends() -> None:
    assert MAIN.pump_flow(BAR_PER_100_M, SOUND) == pytest.approx(108.0, rel=0.001)
    assert MAIN.pump_flow(0.75 * BAR_PER_100_M, SOUND) == pytest.approx(1.5 * 108.0, rel=0.001)
    assert MAIN.shut_off_bar <= 1.4 * BAR_PER_100_M
    assert MAIN.pump_flow(0.65 * BAR_PER_100_M, SOUND) >= 1.5 * 108.0


def test_what_starts_first_starts_at_the_highest_pressure() -> None:
    starts = [MAIN.jockey_starts_bar, MAIN.pump_starts_bar(0), MAIN.pump_starts_bar(1)]

    assert starts == sorted(starts, reverse=True)
    assert MAIN.jockey_stops_bar < MAIN.shut_off_bar


@given(st.floats(0.1, 40.0), st.floats(0.0, 60.0), st.integers(1, 3))
def test_pumps_give_what_the_outlets_let_out(k: float, height_m: float, pumps: int) -> None:
    outlets = [outlet(k, height_m)]

    bar = MAIN.pumped(outlets, [SOUND] * pumps, inlet_bar=INLET)

    given_m3h = pumps * MAIN.pump_flow(bar - INLET, SOUND)
    assert given_m3h == pytest.approx(let_out(outlets, bar), rel=1e-3, abs=0.02)
    assert 0 < bar <= MAIN.shut_off_bar + INLET


def test_a_slower_pump_lifts_with_the_square_of_its_speed() -> None:
    assert SOUND.at(0.5).lifts == pytest.approx(0.25)
    assert MAIN.pump_flow(0.3 * MAIN.shut_off_bar, SOUND.at(0.5)) == 0


def test_the_jockey_keeps_a_sound_main_in_its_band_and_starts_every_few_hours() -> None:
    bar, jockey, starts = MAIN.jockey_starts_bar + 0.3, False, 0
    for _ in range(8640):
        was = jockey
        bar, jockey = MAIN.kept(bar, (), leak=0.0, jockey=jockey, inlet_bar=INLET, dt=10.0)
        starts += jockey and not was
        assert MAIN.jockey_starts_bar - 1e-9 <= bar <= MAIN.jockey_stops_bar + 1e-9

    assert 4 <= starts <= 10


@given(st.floats(0.0, 0.6), st.floats(0.0, 1.0), st.sampled_from([60.0, 300.0, 600.0]))
def test_one_long_step_is_as_many_short_ones(above: float, leak: float, dt: float) -> None:
    bar = MAIN.jockey_starts_bar + above
    short: tuple[float, bool] = (bar, False)
    for _ in range(int(dt / 5)):
        short = MAIN.kept(short[0], (), leak=leak, jockey=short[1], inlet_bar=INLET, dt=5.0)

    long = MAIN.kept(bar, (), leak=leak, jockey=False, inlet_bar=INLET, dt=dt)

    assert long[0] == pytest.approx(short[0], abs=1e-6)


def test_a_leak_lets_the_pressure_fall_by_what_is_lost() -> None:
    bar = MAIN.jockey_stops_bar - 0.1
    lost_m3h = MAIN.made_up(bar, (), leak=0.5)

    assert bar - kept(bar, 10.0, leak=0.5) == pytest.approx(lost_m3h * 10 / 3600 / COMPLIANCE_M3_BAR)


def test_an_open_sprinkler_empties_the_main_down_to_what_the_jockey_can_keep() -> None:
    sprinkler = outlet(4.8, 20.0)

    bar = kept(MAIN.jockey_stops_bar, 600.0, outlets=(sprinkler,))

    assert let_out((sprinkler,), bar) == pytest.approx(MAIN.jockey_m3h, rel=0.01)
    assert kept(MAIN.jockey_stops_bar, 5.0, outlets=(sprinkler,)) < MAIN.pump_starts_bar(0)


def test_a_closed_suction_valve_takes_flow_and_then_the_prime() -> None:
    nearly = MAIN.able(INLET, shut=0.9, worn=0.0)
    closed = MAIN.able(INLET, shut=1.0, worn=0.0)

    assert MAIN.able(INLET, shut=0.0, worn=0.0).most_m3h > 3 * 108.0
    assert nearly.most_m3h < 0.1 * 108.0
    assert nearly.lifts == 1.0
    assert closed.lifts < 0.05


def test_a_worn_impeller_lifts_less() -> None:
    assert MAIN.able(INLET, shut=0.0, worn=1.0).lifts == pytest.approx(0.6)


def test_nothing_flows_out_of_what_lies_higher_than_the_pressure_reaches() -> None:
    assert let_out([outlet(4.8, 60.0)], 5.0) == 0
    assert let_out([outlet(4.8, 0.0)], 4.0) == pytest.approx(4.8 * math.sqrt(4.0))
