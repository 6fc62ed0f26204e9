"""However what is heard is split into batches and ticks, the same changes come of it.

What comes within one step of the clock is judged together or not, as it is split; so each step has one fact.
"""

from datetime import timedelta
from typing import Final

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Asset, Point, Site
from plantroom.ingest.presence.our_clock import STEP
from plantroom.ingest.presence.presence import Presence
from plantroom.ingest.presence.status import AlarmChange, Change
from plantroom.ingest.read import AssetStatus

T0: Final = 1_763_750_000_000
POINTS: Final = (
    Point(name="flow", every=timedelta(seconds=10)),
    Point(name="volume", every=timedelta(seconds=60)),
    Point(name="battery_low", every=timedelta(hours=1)),
)
TABLE: Final = PointTable(
    (
        Site(
            id="s",
            assets=(
                Asset(id="GW-1", asset_class="gateway", points=POINTS[:1]),
                Asset(id="GW-2", asset_class="gateway", gateway="GW-1"),
                Asset(id="P-1", asset_class="pump", gateway="GW-1", points=POINTS),
                Asset(id="P-2", asset_class="pump", gateway="GW-2", points=POINTS[:2]),
                Asset(id="P-3", asset_class="pump", points=POINTS, offline_grace=timedelta(0)),
            ),
        ),
    )
)
LAST: Final = 900_000

Fact = tuple[int, int, bool | None]
"""When (ms), which point, or which asset and what it says."""

readings = st.tuples(st.integers(1, LAST - 1), st.integers(0, len(TABLE) - 1), st.none())
words = st.tuples(st.integers(1, LAST - 1), st.integers(0, len(TABLE.assets) - 1), st.booleans())
facts_of_a_while = st.lists(st.one_of(readings, readings, readings, words), max_size=40).map(
    lambda facts: sorted({fact[0] // STEP: fact for fact in facts}.values(), key=lambda fact: fact[0])
)
splits = st.lists(st.integers(0, LAST), max_size=60).map(lambda times: [*sorted(set(times)), LAST])


def run(facts: list[Fact], times: list[int]) -> tuple[list[Change], list[AlarmChange]]:
    presence = Presence(TABLE)
    presence.observe(SampleBatch.empty(), now=T0)
    changes: list[Change] = []
    alarms: list[AlarmChange] = []
    before = -1
    for now in times:
        batch, said = record([fact for fact in facts if before < fact[0] <= now])
        found = presence.observe(batch, said, now=T0 + now)
        changes += found[0]
        alarms += found[1]
        before = now
    return (
        sorted(changes, key=lambda each: (each.since, each.asset, each.status)),
        sorted(alarms, key=lambda each: (each.at, each.asset, each.raised)),
    )


def record(facts: list[Fact]) -> tuple[SampleBatch, list[AssetStatus]]:
    heard = [fact for fact in facts if fact[2] is None]
    at = np.array([fact[0] for fact in heard], np.int64) + T0
    batch = SampleBatch(
        point=np.array([fact[1] for fact in heard], np.int32),
        ts=at,
        value=np.ones(len(heard)),
        quality=np.zeros(len(heard), np.uint8),
        arrived=at,
        message=np.arange(len(heard), dtype=np.int32),
    )
    said = [
        AssetStatus(asset=TABLE.assets[number].id, online=online, arrived=T0 + at, retained=False)
        for at, number, online in facts
        if online is not None
    ]
    return batch, said


@settings(max_examples=300)
@given(facts=facts_of_a_while, times=splits)
def test_any_split_gives_the_same_changes(facts: list[Fact], times: list[int]) -> None:
    assert run(facts, times) == run(facts, [LAST])


@settings(max_examples=100)
@given(facts=facts_of_a_while, times=splits, place=st.integers(0, 60))
def test_a_restart_changes_nothing(facts: list[Fact], times: list[int], place: int) -> None:
    points = np.arange(len(TABLE), dtype=np.int32)
    assets = np.arange(len(TABLE.assets), dtype=np.int32)
    whole, first = Presence(TABLE), Presence(TABLE)
    told: list[tuple[list[Change], list[AlarmChange]]] = []
    before = -1
    for number, now in enumerate(times):
        batch, said = record([fact for fact in facts if before < fact[0] <= now])
        if number == place:
            again = Presence(TABLE)
            again.restore(first.snapshot(), points=points, assets=assets)
            first = again
        told.append(whole.observe(batch, said, now=T0 + now))
        assert first.observe(batch, said, now=T0 + now) == told[-1]
        before = now
