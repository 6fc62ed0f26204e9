"""A pump follows the laws of its trade."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.site import Site
from plantroom.simulators.pump import DENSITY, GRAVITY, PumpMachine, PumpState, build
from plantroom_testing.simulation import asset_of, moment

PUMP = PumpMachine(power_kw=22.0, flow_m3h=120.0, head_m=44.0)
LIFTING = replace(PUMP, static_head_m=20.0)
speeds = st.floats(0.2, 1.0)
shares = st.floats(0.0, 1.0)


def hydraulic_kw(flow_m3h: float, head_m: float) -> float:
    return DENSITY * GRAVITY * flow_m3h / 3600 * head_m / 1000


@given(speeds)
def test_flow_head_and_power_follow_the_affinity_laws(speed: float) -> None:
    full, slower = PUMP.operating_point(1.0), PUMP.operating_point(speed)

    assert slower.flow_m3h == pytest.approx(full.flow_m3h * speed)
    assert slower.head_m == pytest.approx(full.head_m * speed**2)
    assert slower.shaft_kw == pytest.approx(full.shaft_kw * speed**3)


def test_at_rated_speed_it_gives_its_rating_within_the_motors_power() -> None:
    machine = build(asset_of("pump", power_kw=22.0, flow_m3h=120.0), Site(id="s"))

    point = machine.operating_point(1.0)

    assert point.flow_m3h == pytest.approx(120.0)
    assert point.shaft_kw == pytest.approx(0.85 * 22.0, rel=0.001)


@given(st.floats(0.0, 1.0), shares, shares)
def test_water_never_flows_back_and_no_more_power_comes_out_than_goes_in(
    speed: float, clogged: float, dry: float
) -> None:
    for pump in (PUMP, LIFTING):
        point = pump.operating_point(speed, clogged=clogged, dry=dry)

        assert point.flow_m3h >= 0
        assert point.head_m >= 0
        assert hydraulic_kw(point.flow_m3h, point.head_m) <= point.shaft_kw * pump.best_efficiency + 1e-9


def test_too_slow_to_lift_the_water_it_churns() -> None:
    point = LIFTING.operating_point(0.5)

    assert point.flow_m3h == 0
    assert point.shaft_kw > 0


def test_a_motor_at_rated_load_draws_its_rated_current() -> None:
    # 22 kW, 400 V, efficiency 0.92: 34.5 A of active current, cos phi 0.89.
    assert PUMP.current(22.0, 1.0) == pytest.approx(34.5 / 0.894, rel=0.01)


@given(shares)
def test_the_more_clogged_the_strainer_the_less_flows(clogged: float) -> None:
    clean, worse = PUMP.operating_point(1.0), PUMP.operating_point(1.0, clogged=clogged)

    assert worse.flow_m3h <= clean.flow_m3h
    assert worse.lost_m >= 0
    assert worse.shaft_kw <= clean.shaft_kw + 1e-9


def settled(faults: dict[str, float]) -> dict[str, float | bool | str]:
    state = PUMP.initial(moment().building)
    values: dict[str, float | bool | str] = {}
    for _ in range(600):
        step = PUMP.step(state, moment(faults=faults))
        state, values = step.state, dict(step.values)
    return values


def test_a_sound_pump_stays_in_zone_a() -> None:
    values = settled({})

    assert float(values["vibration"]) < 2.5
    assert float(values["bearing_temp"]) < 60


def test_a_worn_bearing_shakes_and_grows_hot() -> None:
    values = settled({"bearing_wear": 1.0})

    assert float(values["vibration"]) > 6.6
    assert 80 < float(values["bearing_temp"]) < 95


def test_a_dry_pump_delivers_nothing_and_draws_little() -> None:
    sound, dry = settled({}), settled({"dry_running": 1.0})

    assert dry["running"] is True
    assert float(dry["flow"]) == 0
    assert float(dry["pressure"]) < 0.5
    assert float(dry["current"]) < 0.75 * float(sound["current"])


def test_a_clogged_strainer_takes_flow_and_pressure() -> None:
    sound, clogged = settled({}), settled({"clogged_strainer": 1.0})

    assert float(clogged["flow"]) < 0.6 * float(sound["flow"])
    assert float(clogged["pressure"]) < float(sound["pressure"])


def test_the_bearing_warms_with_the_time_constant_of_ten_minutes() -> None:
    cold = PumpState(speed=1.0, bearing_c=26.0)

    after = PUMP.step(cold, moment(dt=600.0, cooling_demand=1.0)).state

    assert after.bearing_c == pytest.approx(26 + 22 * (1 - 0.3679), abs=0.1)


def test_of_several_pumps_on_one_parent_the_last_stands_by() -> None:
    pumps = [replace(asset_of("pump", id_=f"P-{n}"), parent="CH") for n in (1, 2, 3)]
    site = Site(id="s", assets=tuple(pumps))

    assert [build(pump, site).standby for pump in pumps] == [False, False, True]


def test_a_pump_without_a_parent_never_stands_by() -> None:
    pumps = (asset_of("pump", id_="P-1"), asset_of("pump", id_="P-2"))

    assert not any(build(pump, Site(id="s", assets=pumps)).standby for pump in pumps)


def test_a_pump_that_stands_by_shows_no_flow_and_no_current() -> None:
    pump = replace(PUMP, standby=True)

    values = pump.step(pump.initial(moment().building), moment()).values

    assert values["running"] is False
    assert values["flow"] == values["current"] == 0
