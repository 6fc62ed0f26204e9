"""Whatever the cuts and restarts, windows are the same, and they are what the plain model says."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.rule import Rule
from plantroom.domain.site import PointKind
from plantroom_testing.rule_oracle import Oracle, report
from plantroom_testing.rule_plant import POINTS, installation, rule, site
from plantroom_testing.rule_stories import ASSETS, Input, Restart, Tick, cut, inputs, play

METERED = (*POINTS[:1], replace(POINTS[1], unit="kWh", kind=PointKind.COUNTER, wraps_at=8), *POINTS[2:])
CONDITIONS = [
    "avg(temp, 12s) > 1",
    "avg(temp, 1m) > 1.5",
    "avg(running, 17s) >= 0.5",
    "min(temp, 30s) > 1 or max(temp, 13s) > 2",
    "range(temp, 20s) > 1",
    "stddev(temp, 30s) > 0.7",
    "sum(temp, 1m) > 6",
    "count(temp, 1m) > 4",
    "count(temp > 1, 1m) >= 2",
    "delta(temp, 15s) > 0.5",
    "delta(supply, 40s) > 2",
    "rate(supply, 1m) > 130",
    "percentile(temp, 60, 25s) > 1.4",
    "rising_for(temp, 40s)",
    "changed(temp, 10s)",
    "stuck(temp, 20s) and running",
    "missing(temp, 45s)",
    "held(temp > 1, 15s)",
    "not held(running, 30s)",
    "hunting(temp, 2, 1m) >= 2",
    "travel(temp, 1m) > 3",
    "spike(temp, 20s, 1.5)",
    "held(avg(temp, 20s) > 1, 10s)",
    "avg(held(running, 5s), 30s) > 0.4",
    "max(temp - min(temp, 15s), 30s) > 1",
    "running and count(changed(temp, 5s), 2m) > 1",
]


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    return [
        rule(
            draw(st.sampled_from(CONDITIONS)),
            name=f"r{number}",
            clear=draw(st.sampled_from([None, None, *CONDITIONS])),
            hold=draw(st.sampled_from([0, 0, 5, 30])),
            keep=draw(st.sampled_from([0, 0, 10])),
            points=METERED,
        )
        for number in range(draw(st.integers(1, 3)))
    ]


@settings(max_examples=60)
@given(rules(), inputs())
def test_windows_are_what_the_plain_model_says(given_rules: list[Rule], made: list[Input]) -> None:
    plant = installation(*given_rules, sites=[site(assets=ASSETS, points=METERED)])
    oracle = Oracle(plant)
    expected = [
        one
        for step in made
        for one in (oracle.tick(round(step.now * 1000)) if isinstance(step, Tick) else oracle.observe([step]))
    ]

    said = play(plant, cut(made, [False] * len(made)))

    assert [report(one) for one in said] == expected


@settings(max_examples=40)
@given(rules(), inputs(), st.data())
def test_any_cut_and_any_restart_leaves_windows_as_they_are(
    given_rules: list[Rule], made: list[Input], data: st.DataObject
) -> None:
    plant = installation(*given_rules, sites=[site(assets=ASSETS, points=METERED)])
    one_by_one = play(plant, cut(made, [True] * len(made)))

    flags = st.lists(st.booleans(), min_size=len(made), max_size=len(made))
    steps = cut(made, data.draw(flags))
    restarts = data.draw(st.lists(st.integers(0, len(steps)), max_size=3, unique=True))
    for place in sorted(restarts, reverse=True):
        steps.insert(place, Restart())

    assert play(plant, steps) == one_by_one
    assert play(plant, cut(made, [False] * len(made))) == one_by_one
