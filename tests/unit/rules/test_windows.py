"""What windows say, when they say it, and when they cannot."""

import json
from dataclasses import replace

import numpy as np
import pytest

from plantroom.domain.samples import Quality
from plantroom.domain.site import PointKind
from plantroom_testing.rule_plant import POINTS, Watched, rule

START = 1_000_005
FIRST_VERSION = ("newest", "lead", "floor", "value", "ts", "phase", "since", "activated")
METER = (replace(POINTS[0], unit="kWh", kind=PointKind.COUNTER, wraps_at=1000), *POINTS[1:])


def feed(pump: Watched, values: list[float], *, every: float = 10) -> list[tuple[str, float]]:
    """Report `temp` every few seconds and return what happened and when, in s since the start."""
    told = [one for n, value in enumerate(values) for one in pump.says(START + n * every, temp=value)]
    return [(kind, at - START) for kind, at in told]


STEP = [5.0] * 30 + [20.0] * 40


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("avg(temp, 5m) > 12.5", [("activated", 465)], id="mean-weighted-by-time"),
        pytest.param("min(temp, 5m) > 10", [("activated", 600)], id="least"),
        pytest.param("max(temp, 5m) > 10", [("activated", 315)], id="greatest"),
        pytest.param("range(temp, 5m) > 10 K", [("activated", 315), ("cleared", 600)], id="range"),
        pytest.param("delta(temp, 5m) > 10 K", [("activated", 300), ("cleared", 600)], id="delta"),
        pytest.param("rate(temp, 5m) > 2 K/min", [("activated", 300), ("cleared", 600)], id="rate"),
        pytest.param("percentile(temp, 50, 5m) > 10", [("activated", 450)], id="median"),
        pytest.param("count(temp > 10, 5m) > 0", [("activated", 315), ("cleared", 615)], id="starts"),
        pytest.param("changed(temp, 5m)", [("activated", 300), ("cleared", 600)], id="changed"),
        pytest.param("stuck(temp, 5m)", [("activated", 600)], id="stuck"),
        pytest.param("held(temp > 10, 1m)", [("activated", 360)], id="held"),
        pytest.param("avg(temp, 1m) - avg(temp, 5m) > 5", [("activated", 325), ("cleared", 510)], id="two"),
    ],
)
def test_a_window_follows_a_step(text: str, told: list[tuple[str, float]]) -> None:
    assert feed(Watched([rule(text)]), STEP) == told


def test_a_mean_is_weighted_by_how_long_each_value_was_held() -> None:
    pump = Watched([rule("avg(temp, 1m) > 5")])

    told = [pump.says(START + at, temp=value) for at, value in ((0, 0), (20, 0), (25, 20), (27, 0), (55, 0))]

    assert told == [[]] * 5


def test_a_window_moves_on_when_nothing_arrives() -> None:
    pump = Watched([rule("max(temp, 20s) > 10")])
    feed(pump, [5, 5, 20, 5])

    assert pump.tick(START + 55) == [("cleared", START + 50)]


def test_what_was_known_for_too_short_is_unknown() -> None:
    pump = Watched([rule("avg(temp, 5m) > 1")])

    assert feed(pump, [5.0] * 24) == [("activated", 225)]
    assert pump.tick(START + 400) == [("unknown", START + 345)]


def test_bad_readings_count_for_nothing() -> None:
    pump = Watched([rule("max(temp, 1m) > 10")])
    feed(pump, [5.0] * 10)

    assert pump.says(START + 100, temp=(99.0, Quality.RANGE)) == []
    assert [pump.says(START + at, temp=5.0) for at in range(110, 200, 10)] == [[]] * 9


def test_a_division_of_windows_by_zero_is_unknown() -> None:
    pump = Watched([rule("avg(temp, 1m) / stddev(temp, 1m) > 1")])

    assert feed(pump, [5.0] * 20) == []


def test_a_counter_that_is_reset_or_wraps_goes_on_counting() -> None:
    pump = Watched([rule("delta(temp, 1m) > 60 kWh", points=METER)], points=METER)
    never_full = (replace(METER[0], wraps_at=None), *METER[1:])
    reset = Watched([rule("delta(temp, 1m) > 50", points=never_full)], points=never_full)

    assert feed(pump, [950, 960, 970, 980, 990, 0, 10, 20, 30, 40, 50, 60]) == []
    assert [kind for kind, _ in feed(reset, [700, 3, 13, 23, 33, 43, 83, 83])] == ["activated"]


def test_silence_is_told_at_the_moment() -> None:
    pump = Watched([rule("missing(temp, 2m)")])
    pump.says(START, temp=1.0, supply=1.0)

    assert pump.tick(START + 119) == []
    assert pump.tick(START + 125) == [("activated", START + 120)]
    assert pump.says(START + 130, temp=1.0) == [("cleared", START + 130)]


def test_a_point_that_never_came_is_missing_since_its_asset_was_first_heard_of() -> None:
    pump = Watched([rule("missing(temp, 2m)")])
    pump.says(START, supply=1.0)

    assert pump.tick(START + 200) == [("activated", START + 120)]


def test_hunting_counts_the_turns() -> None:
    calm, hunting = (Watched([rule("hunting(temp, 5, 5m) > 3")]) for _ in range(2))

    assert feed(calm, [0, 4] * 40) == []
    assert [kind for kind, _ in feed(hunting, [0, 8] * 40)] == ["activated"]


def test_travel_is_the_way_up_and_down() -> None:
    straight, zigzag = (Watched([rule("travel(temp, 5m) > 20")]) for _ in range(2))

    assert feed(straight, [float(n % 70) / 10 for n in range(70)]) == []
    assert [kind for kind, _ in feed(zigzag, [0, 1] * 40)] == ["activated"]


def test_a_spike_is_far_from_the_average() -> None:
    pump = Watched([rule("spike(temp, 5m)")])

    told = feed(pump, [5.0, 6.0] * 30 + [30.0, 5.0])

    assert [kind for kind, _ in told] == ["activated", "cleared"]


def test_what_rises_in_every_fifth_is_rising() -> None:
    pump = Watched([rule("rising_for(temp, 5m)")])

    assert [kind for kind, _ in feed(pump, [n / 10 for n in range(60)])] == ["activated"]


def test_the_past_is_compared_with_the_same_hour_before() -> None:
    pump = Watched([rule("avg(temp, 1h) - ago(avg(temp, 1h), 2h) > 3")])

    told = feed(pump, [5.0] * 360 * 4 + [10.0] * 360)

    assert [kind for kind, _ in told] == ["activated"]


def test_a_rule_with_a_window_does_not_disturb_one_without() -> None:
    both = Watched([rule("avg(temp, 5m) > 10", name="w"), rule("temp > 10", name="t")])
    alone = Watched([rule("temp > 10", name="t")])

    assert [one for one in feed(both, STEP) if one[1] == 300] == feed(alone, STEP)


def test_the_hour_turns_without_a_message() -> None:
    pump = Watched([rule("temp > 0 and hour >= 14")])
    pump.says(START + 780, temp=1.0)

    assert pump.tick(START + 800) == [("activated", 1_000_800)]


def test_a_snapshot_from_before_windows_is_read_and_windows_begin_anew() -> None:
    pump = Watched([rule("avg(temp, 1m) > 1", name="w"), rule("temp > 1", name="t")])
    feed(pump, [5.0] * 10)
    arrays = pump.engine.snapshot()
    head = json.loads(arrays["head"].tobytes())
    head["version"] = 1
    for cohort in head["cohorts"]:
        del cohort["windows"]
    before = {name: array for name, array in arrays.items() if name in FIRST_VERSION}
    before["head"] = np.frombuffer(json.dumps(head).encode(), np.uint8)
    after = Watched(pump.rules)

    told_after = after.engine.restore(before)

    assert [(one.rule, one.kind.value) for one in told_after] == [("w", "unknown")]
    assert after.says(START + 105, temp=0.5) == [("cleared", START + 105)]


def test_a_window_that_is_new_in_the_files_leaves_the_others_as_they_are() -> None:
    pump = Watched([rule("avg(temp, 1m) > 1", name="w")])
    feed(pump, [5.0] * 10)
    after = Watched([rule("max(temp, 1m) > 1", name="new"), *pump.rules])

    assert after.engine.restore(pump.engine.snapshot()) == []
    assert [one.rule for one in after.engine.active()] == ["w"]
    assert after.says(START + 100, temp=0.0) == []
