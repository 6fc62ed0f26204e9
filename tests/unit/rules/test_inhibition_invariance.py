"""Whatever the cuts and restarts, engine and stage say the same; and the record misses nothing."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.alarm import Transition, TransitionKind, alarm_id
from plantroom.domain.installation import Installation
from plantroom.domain.rule import Dependence
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Asset, Site
from plantroom.rules.engine import Engine
from plantroom.rules.inhibition import Inhibition
from plantroom_testing.rule_plant import POINTS, Message, batch, installation, rule
from plantroom_testing.rule_stories import Input, Restart, Tick, cut, inputs, play, restarted

Step = list[Message] | Tick | Restart
RULES = (
    replace(rule("temp > 2", name="dead", hold=5, keep=5), inhibits=(Dependence.FED_BY,)),
    replace(rule("supply > 2", name="stopped"), inhibits=(Dependence.PARENT, Dependence.GATEWAY)),
    replace(rule("temp > 1", name="hot", hold=10), suppress=rule("not running").when),
    rule("missing(supply, 30 s)", name="silent"),
    replace(rule("supply > 1", name="trapped"), life_safety=True),
)
PUMP = Asset(id="P-1", asset_class="pump", points=POINTS)
SHAPES = (
    (
        PUMP,
        replace(PUMP, id="P-2", fed_by=("P-1",)),
        replace(PUMP, id="F-1", fed_by=("P-1", "P-2"), gateway="P-2"),
    ),
    (
        replace(PUMP, parent="P-2"),
        replace(PUMP, id="P-2", fed_by=("P-1",)),
        replace(PUMP, id="F-1", parent="P-2", gateway="P-1"),
    ),
    (
        replace(PUMP, gateway="F-1"),
        replace(PUMP, id="P-2", parent="P-1"),
        replace(PUMP, id="F-1", fed_by=("P-2",)),
    ),
)


def buildings() -> st.SearchStrategy[Installation]:
    made = [installation(*RULES, sites=[Site(id="s", assets=assets)]) for assets in SHAPES]
    return st.sampled_from(made)


class Watched:
    """Engine and stage, as the pipeline has them."""

    def __init__(self, plant: Installation) -> None:
        self.plant = plant
        self.engine = Engine(plant, companions=True)
        self.stage = Inhibition(plant, settle=timedelta(seconds=40))

    def take(self, step: Step) -> list[Transition]:
        if isinstance(step, Tick):
            now = round(step.now * 1000)
            told = self.stage.follow(self.engine.observe(SampleBatch.empty(), now))
            return told + self.stage.tick(now)
        if isinstance(step, list):
            return self.stage.follow(self.engine.observe(batch(self.plant.table, step), 0))
        kept = json.loads(json.dumps(self.stage.snapshot()))
        self.engine, told = restarted(self.engine, self.plant, companions=True)
        self.stage = Inhibition(self.plant, settle=timedelta(seconds=40))
        return self.stage.restore(kept, told=told, active=self.engine.active(), at=0)

    def play(self, steps: list[Step]) -> list[Transition]:
        return [told for step in steps for told in self.take(step)]


@settings(max_examples=60)
@given(buildings(), inputs(), st.data())
def test_any_cut_into_batches_and_any_restart_gives_the_same_transitions(
    plant: Installation, made: list[Input], data: st.DataObject
) -> None:
    one_by_one = Watched(plant).play(cut(made, [True] * len(made)))

    flags = st.lists(st.booleans(), min_size=len(made), max_size=len(made))
    steps = cut(made, data.draw(flags))
    restarts = data.draw(st.lists(st.integers(0, len(steps)), max_size=3, unique=True))
    for place in sorted(restarts, reverse=True):
        steps.insert(place, Restart())

    assert Watched(plant).play(steps) == one_by_one


@settings(max_examples=40)
@given(buildings(), inputs())
def test_what_the_engine_says_is_all_recorded_in_its_order(plant: Installation, made: list[Input]) -> None:
    steps = cut(made, [False] * len(made))

    said = Watched(plant).play(steps)

    own = (TransitionKind.SUPPRESSED, TransitionKind.RELEASED)
    recorded = [replace(each, suppressed=False, cause="") for each in said if each.kind not in own]
    without_reasons = [replace(each, reason="") for each in recorded]
    assert without_reasons == [replace(each, reason="") for each in play(plant, steps)]


@settings(max_examples=60)
@given(buildings(), inputs())
def test_every_consequence_has_one_root_that_is_none_itself(plant: Installation, made: list[Input]) -> None:
    watched, known = Watched(plant), dict[str, Transition]()

    for step in cut(made, [True] * len(made)):
        for told in watched.take(step):
            known.setdefault(_name(told), told)
            assert not told.suppressed or told.rule != "trapped"
        active = {_name(each): each for each in watched.stage.active(watched.engine.active())}
        for each in active.values():
            if each.cause:
                assert known[each.cause].text.inhibits
                assert each.cause not in active or not active[each.cause].cause


@settings(max_examples=40)
@given(buildings(), inputs())
def test_what_was_told_of_each_alarm_adds_up_to_what_is_sent_again(
    plant: Installation, made: list[Input]
) -> None:
    watched = Watched(plant)

    said = watched.play(cut(made, [True] * len(made)))

    last = {(each.asset, each.rule): (each.suppressed, each.cause) for each in said}
    for each in watched.stage.active(watched.engine.active()):
        assert (each.suppressed, each.cause) == last[each.asset, each.rule]


def _name(each: Transition) -> str:
    return alarm_id(site=each.site, asset=each.asset, rule=each.rule, activated_at=each.activated_at)
