"""Whatever the cuts and restarts, the engine says the same, and it says what the plain model says."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.alarm import Transition
from plantroom.domain.rule import Rule
from plantroom_testing.rule_oracle import Oracle, report
from plantroom_testing.rule_plant import installation, rule, site
from plantroom_testing.rule_stories import ASSETS, Input, Restart, Tick, cut, inputs, play

CONDITIONS = [
    "temp > 1",
    "temp < 1",
    "temp > 1 and running",
    "temp > 2 or supply < 1",
    "not running",
    "supply / temp > 1",
    "temp - supply == 0",
    "running and not (supply > 1 or temp >= 2)",
    "temp != 2",
]
CLEARS = [None, "temp < 1", "supply > 1", "running and temp < 2", "not running"]
# Few distinct times, most of them multiples of what rules and points wait for, so that events coincide.
SECONDS = [0, 5, 10, 30, 45]


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    return [
        rule(
            draw(st.sampled_from(CONDITIONS)),
            name=f"r{number}",
            clear=draw(st.sampled_from(CLEARS)),
            hold=draw(st.sampled_from(SECONDS)),
            keep=draw(st.sampled_from(SECONDS)),
            asset_class=draw(st.sampled_from(["pump", "pump", "fan"])),
        )
        for number in range(draw(st.integers(1, 4)))
    ]


@settings(max_examples=150)
@given(rules(), inputs(), st.data())
def test_any_cut_into_batches_and_any_restart_gives_the_same_transitions(
    given_rules: list[Rule], made: list[Input], data: st.DataObject
) -> None:
    plant = installation(*given_rules, sites=[site(assets=ASSETS)])
    one_by_one = play(plant, cut(made, [True] * len(made)))

    flags = st.lists(st.booleans(), min_size=len(made), max_size=len(made))
    steps = cut(made, data.draw(flags))
    restarts = data.draw(st.lists(st.integers(0, len(steps)), max_size=3, unique=True))
    for place in sorted(restarts, reverse=True):
        steps.insert(place, Restart())

    assert play(plant, steps) == one_by_one
    assert play(plant, cut(made, [False] * len(made))) == one_by_one


@settings(max_examples=150)
@given(rules(), inputs())
def test_the_engine_says_what_the_plain_model_says(given_rules: list[Rule], made: list[Input]) -> None:
    plant = installation(*given_rules, sites=[site(assets=ASSETS)])
    oracle = Oracle(plant)
    expected = [
        one
        for step in made
        for one in (oracle.tick(round(step.now * 1000)) if isinstance(step, Tick) else oracle.observe([step]))
    ]

    said = play(plant, cut(made, [False] * len(made)))

    assert [report(one) for one in said] == expected


@settings(max_examples=50)
@given(rules(), inputs())
def test_activations_and_clears_alternate_and_time_never_runs_back(
    given_rules: list[Rule], made: list[Input]
) -> None:
    plant = installation(*given_rules, sites=[site(assets=ASSETS)])

    said = play(plant, cut(made, [False] * len(made)))

    alarms = defaultdict[tuple[str, str], list[Transition]](list)
    for one in said:
        alarms[one.asset, one.rule].append(one)
    for story in alarms.values():
        kinds = [one.kind.value for one in story]
        changes = [kind for kind in kinds if kind in ("activated", "cleared")]
        assert changes == ["activated", "cleared"] * (len(changes) // 2) + ["activated"] * (len(changes) % 2)
        doubts = [kind for kind in kinds if kind in ("unknown", "known")]
        assert doubts == ["unknown", "known"] * (len(doubts) // 2) + ["unknown"] * (len(doubts) % 2)
        times = [one.at for one in story]
        assert times == sorted(times)
        names = [one.activated_at for one in story if one.kind.value == "activated"]
        assert len(names) == len(set(names))
