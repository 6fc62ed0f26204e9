"""The weather and the people that a building is given."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.world import Climate, occupancy, relative_humidity, sun_height, wet_bulb

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 7, 13, tzinfo=SHANGHAI)
YEAR = [MONDAY + timedelta(hours=7 * number) for number in range(1250)]


def test_summer_is_hot_winter_cold_and_all_of_it_possible() -> None:
    climate = Climate(1)
    outdoor = {local: climate.at(local).outdoor_c for local in YEAR}

    july = [c for local, c in outdoor.items() if local.month == 7]
    january = [c for local, c in outdoor.items() if local.month == 1]
    assert 24 < sum(july) / len(july) < 31
    assert 2 < sum(january) / len(january) < 9
    assert -8 < min(outdoor.values()) < 2
    assert 32 < max(outdoor.values()) < 41


@given(st.floats(-15, 45), st.floats(5, 99))
def test_the_wet_bulb_is_never_warmer_than_the_air(celsius: float, humidity: float) -> None:
    assert wet_bulb(celsius, humidity) <= celsius


def test_the_wet_bulb_is_that_of_the_published_example() -> None:
    # Stull (2011): 20 °C at 50 % gives 13.7 °C.
    assert wet_bulb(20.0, 50.0) == pytest.approx(13.7, abs=0.05)


def test_air_at_its_dew_point_is_saturated() -> None:
    assert relative_humidity(15.0, 15.0) == pytest.approx(100.0)


def test_the_sun_is_highest_at_noon_and_down_at_night() -> None:
    assert sun_height(MONDAY) == 0.0
    noon = sun_height(MONDAY.replace(hour=12))
    assert noon == max(sun_height(MONDAY.replace(hour=hour)) for hour in range(24))
    assert noon > sun_height(MONDAY.replace(month=1, hour=12))


def test_people_come_on_working_days() -> None:
    assert occupancy(MONDAY.replace(hour=10)) > 0.9
    assert occupancy(MONDAY.replace(hour=3)) < 0.1
    assert occupancy(MONDAY + timedelta(days=5, hours=10)) < 0.4


def test_the_same_seed_gives_the_same_weather_and_another_one_other_fronts() -> None:
    first, again, other = (Climate(seed).at(MONDAY).outdoor_c for seed in (1, 1, 2))

    assert first == again
    assert first != other
