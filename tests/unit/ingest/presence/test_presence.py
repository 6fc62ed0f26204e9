"""One result for each asset, from all that tells whether it is there."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import numpy as np
import pytest

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.domain.site import Asset, Point, Site
from plantroom.ingest.presence.presence import Presence
from plantroom.ingest.presence.status import AlarmChange, Change, Status
from plantroom.ingest.read import AssetStatus

T0: Final = 1_763_750_000_000
FAST: Final = Point(name="flow", every=timedelta(seconds=10))
SLOW: Final = Point(name="battery_low", every=timedelta(hours=1))
WHOLE: Final = 1_000


def asset(id_: str, *, gateway: str | None = None, points: tuple[Point, ...] = (FAST,)) -> Asset:
    return Asset(id=id_, asset_class="pump", gateway=gateway, points=points)


def table(*assets: Asset, grace: float = 60) -> PointTable:
    return PointTable((Site(id="s", assets=assets, offline_grace=timedelta(seconds=grace)),))


class Watched:
    """A presence that is told what happens by the second, and notes what it says."""

    def __init__(self, *assets: Asset, grace: float = 60, presence: Presence | None = None) -> None:
        self.table = table(*assets, grace=grace)
        self.presence = presence or Presence(self.table)
        self.changes: list[tuple[float, str, str, str]] = []
        self.alarms: list[tuple[float, str, str]] = []

    def tick(self, at: float, *, deaf: bool = False) -> None:
        self._take(self.presence.observe(SampleBatch.empty(), now=_ms(at), deaf=deaf))

    def tick_through(self, start: float, end: float) -> None:
        for at in np.arange(start, end + 0.25, 0.5).tolist():
            self.tick(at)

    def hear(
        self,
        at: float,
        id_: str,
        point: str = "flow",
        *,
        quality: Quality = Quality.GOOD,
        deaf: bool = False,
        kept: bool = False,
    ) -> None:
        batch = SampleBatch(
            point=np.array([self.table.number[id_, point]], np.int32),
            ts=np.array([_ms(at)]),
            value=np.array([1.0]),
            quality=np.array([quality], np.uint8),
            arrived=np.array([_ms(at)]),
            message=np.zeros(1, np.int32),
        )
        self._take(self.presence.observe(batch, now=_ms(at), deaf=deaf, kept=(0,) if kept else ()))

    def say(
        self, at: float, id_: str, *, online: bool, kept: bool = False, is_sparkplug: bool = False
    ) -> None:
        said = AssetStatus(
            asset=id_, online=online, arrived=_ms(at), retained=kept, is_sparkplug=is_sparkplug
        )
        self._take(self.presence.observe(SampleBatch.empty(), (said,), now=_ms(at)))

    def _take(self, found: tuple[Iterable[Change], Iterable[AlarmChange]]) -> None:
        changes, alarms = found
        self.changes += [(_s(each.since), each.asset, each.status.label, each.why) for each in changes]
        self.alarms += [(_s(each.at), each.asset, "on" if each.raised else "off") for each in alarms]


def _ms(at: float) -> int:
    return T0 + round(at * 1000)


def _s(at: int) -> float:
    return (at - T0) / 1000


def test_an_asset_whose_readings_come_is_online_since_the_first() -> None:
    watched = Watched(asset("P-1"))

    watched.tick(0)
    for at in range(5, 300, 10):
        watched.hear(at, "P-1")

    assert watched.changes == [(5, "P-1", "online", "")]
    assert watched.alarms == []


def test_silence_makes_an_asset_stale_when_its_points_are_and_offline_after_its_grace() -> None:
    watched = Watched(asset("P-1"))

    watched.hear(0, "P-1")
    watched.tick_through(0.5, 200)

    assert watched.changes[1:] == [(30, "P-1", "stale", "silent"), (90, "P-1", "offline", "silent")]
    assert watched.alarms == [(90, "P-1", "on")]


def test_an_asset_that_returns_within_its_grace_never_is_offline() -> None:
    watched = Watched(asset("P-1"))

    watched.hear(0, "P-1")
    watched.tick_through(0.5, 89)
    watched.hear(89.5, "P-1")
    watched.tick_through(90, 119)

    assert [change[2] for change in watched.changes] == ["online", "stale", "online"]
    assert watched.alarms == []


def test_a_last_will_counts_after_the_grace() -> None:
    watched = Watched(asset("P-1"), grace=10)

    watched.hear(0, "P-1")
    watched.say(2, "P-1", online=False)
    watched.tick_through(2.5, 20)

    assert watched.changes[1:] == [(12, "P-1", "offline", "said_offline")]
    assert watched.alarms == [(12, "P-1", "on")]


def test_saying_offline_again_and_again_does_not_put_it_off() -> None:
    watched = Watched(asset("P-1"), grace=10)

    for at in range(1, 12):
        watched.say(at, "P-1", online=False)
    watched.tick(12)

    assert watched.changes[-1] == (11, "P-1", "offline", "said_offline")


@pytest.mark.parametrize("kept", [False, True], ids=["live", "retained"])
def test_saying_online_within_the_grace_takes_the_last_will_back(kept: bool) -> None:
    watched = Watched(asset("P-1"), grace=10)

    watched.hear(0, "P-1")
    watched.say(2, "P-1", online=False)
    watched.say(8, "P-1", online=True, kept=kept)
    watched.tick_through(9, 25)

    assert [change[2] for change in watched.changes] == ["online"]


def test_a_reading_after_the_last_will_is_stronger() -> None:
    watched = Watched(asset("P-1"), grace=10)

    watched.say(2, "P-1", online=False)
    watched.hear(8, "P-1")
    watched.tick_through(9, 30)

    assert watched.changes[-1] == (8, "P-1", "online", "")


def test_a_sparkplug_death_is_named_as_the_cause() -> None:
    watched = Watched(asset("P-1"), grace=0)

    watched.say(1, "P-1", online=True, is_sparkplug=True)
    watched.say(2, "P-1", online=False, is_sparkplug=True)
    watched.hear(3, "P-1", quality=Quality.STALE)

    assert watched.changes == [(1, "P-1", "online", ""), (2, "P-1", "offline", "sparkplug_death")]


def test_an_asset_that_never_sent_anything_is_found() -> None:
    watched = Watched(asset("P-1"), asset("room", points=()))

    watched.tick_through(0, 200)

    assert watched.changes == [(90, "P-1", "offline", "never_heard")]
    assert watched.alarms == [(90, "P-1", "on")]


@pytest.mark.parametrize("quality", [Quality.HISTORICAL, Quality.STALE], ids=str)
def test_what_tells_of_the_past_is_no_sign_of_life(quality: Quality) -> None:
    watched = Watched(asset("P-1"))

    watched.hear(1, "P-1", quality=quality)

    assert watched.changes == []


@pytest.mark.parametrize("quality", [Quality.CLOCK, Quality.RANGE, Quality.LATE], ids=str)
def test_a_bad_reading_is_a_sign_of_life(quality: Quality) -> None:
    watched = Watched(asset("P-1"))

    watched.hear(1, "P-1", quality=quality)

    assert watched.changes == [(1, "P-1", "online", "")]


def test_a_reading_that_the_broker_had_kept_is_no_sign_of_life() -> None:
    watched = Watched(asset("P-1"))

    watched.hear(1, "P-1", kept=True)

    assert watched.changes == []


def test_a_point_that_comes_seldom_does_not_hide_that_the_others_stopped() -> None:
    watched = Watched(asset("UPS-1", points=(FAST, SLOW)))

    watched.hear(0, "UPS-1", "battery_low")
    for at in range(0, 100, 10):
        watched.hear(at, "UPS-1")
    watched.tick_through(100, 800)

    assert [(at, status) for at, _, status, _ in watched.changes] == [
        (0, "online"),
        (600, "stale"),
        (660, "offline"),
    ]


def test_a_device_that_only_ever_sends_seldom_keeps_its_pace() -> None:
    watched = Watched(asset("M-1", points=(FAST, SLOW)))

    for at in range(0, 8 * 3600, 3600):
        watched.hear(at, "M-1", "battery_low")
        watched.tick(at + 3000)

    assert watched.changes == [(0, "M-1", "online", "")]


def test_a_dead_gateway_takes_all_behind_it_along_and_raises_one_alarm() -> None:
    behind = [asset(f"P-{number}", gateway="GW-1") for number in range(3)]
    watched = Watched(asset("GW-1"), *behind, asset("P-9"))

    for at in range(0, 100, 10):
        for each in watched.table.assets:
            watched.hear(at, each.id)
    for at in range(100, 400, 10):
        watched.hear(at, "P-9")

    offline = [change[1:] for change in watched.changes if change[2] == "offline"]
    assert offline[0] == ("GW-1", "offline", "silent")
    assert offline[1:] == [(f"P-{number}", "offline", "gateway GW-1") for number in range(3)]
    assert [alarm[1:] for alarm in watched.alarms] == [("GW-1", "on")]


def test_the_last_will_of_a_gateway_is_enough() -> None:
    watched = Watched(asset("GW-1", points=()), asset("P-1", gateway="GW-1"), grace=10)

    watched.hear(0, "P-1")
    watched.say(1, "GW-1", online=False)
    watched.tick_through(1.5, 60)

    assert watched.changes[-2:] == [
        (11, "GW-1", "offline", "said_offline"),
        (11, "P-1", "offline", "gateway GW-1"),
    ]
    assert watched.alarms == [(11, "GW-1", "on")]


def test_the_nearest_gateway_that_is_gone_itself_is_named_through_others() -> None:
    watched = Watched(asset("GW-1"), asset("GW-2", gateway="GW-1"), asset("P-1", gateway="GW-2"), grace=1)

    for each in watched.table.assets:
        watched.hear(0, each.id)
    watched.say(1, "GW-1", online=False)
    watched.tick_through(1.5, 10)

    assert watched.changes[-3:] == [
        (2, "GW-1", "offline", "said_offline"),
        (2, "GW-2", "offline", "gateway GW-1"),
        (2, "P-1", "offline", "gateway GW-1"),
    ]
    assert [alarm[1] for alarm in watched.alarms] == ["GW-1"]


def test_when_a_gateway_is_back_those_behind_it_get_time_to_speak() -> None:
    watched = Watched(asset("GW-1"), asset("P-1", gateway="GW-1"), asset("P-2", gateway="GW-1"))

    for each in watched.table.assets:
        watched.hear(0, each.id)
    watched.tick_through(0.5, 500)
    for at in range(500, 700, 10):
        watched.hear(at, "GW-1")
        if at > 520:
            watched.hear(at, "P-1")

    assert ("GW-1", "off") in [alarm[1:] for alarm in watched.alarms]
    assert [alarm for alarm in watched.alarms if alarm[1] != "GW-1"] == [(590, "P-2", "on")]


def test_an_asset_may_be_gone_though_its_gateway_is_there() -> None:
    watched = Watched(asset("GW-1"), asset("P-1", gateway="GW-1"))

    watched.hear(0, "P-1")
    for at in range(0, 200, 10):
        watched.hear(at, "GW-1")

    assert watched.changes[-1] == (90, "P-1", "offline", "silent")
    assert watched.alarms == [(90, "P-1", "on")]


def test_a_gateway_that_says_nothing_of_itself_is_there_while_readings_come_through_it() -> None:
    watched = Watched(asset("GW-1"), asset("P-1", gateway="GW-1"), asset("P-2", gateway="GW-1"))

    for at in range(0, 200, 10):
        watched.hear(at, "P-1")
        watched.hear(at, "P-2")
    watched.tick_through(200, 400)

    assert ("GW-1", "online", "") in [change[1:] for change in watched.changes]
    assert [alarm[1:] for alarm in watched.alarms] == [("GW-1", "on")]


def test_the_alarm_of_an_asset_gives_way_to_that_of_its_gateway() -> None:
    watched = Watched(asset("GW-1"), asset("P-1", gateway="GW-1"))

    watched.hear(0, "P-1")
    for at in range(0, 200, 10):
        watched.hear(at, "GW-1")
    watched.tick_through(200, 400)

    assert [alarm[1:] for alarm in watched.alarms] == [("P-1", "on"), ("GW-1", "on"), ("P-1", "off")]


def test_an_alarm_clears_when_the_asset_was_back_for_its_grace() -> None:
    watched = Watched(asset("P-1"), grace=20)

    watched.hear(0, "P-1")
    watched.tick_through(0.5, 100)
    for at in range(100, 150, 10):
        watched.hear(at, "P-1")

    assert ("P-1", "online") in [change[1:3] for change in watched.changes[2:]]
    assert watched.alarms == [(50, "P-1", "on"), (120, "P-1", "off")]


def test_a_flapping_link_makes_one_alarm() -> None:
    watched = Watched(asset("P-1"), grace=60)

    for start in range(0, 3_000, 100):
        for at in range(start, start + 40, 10):
            watched.hear(at, "P-1")
        watched.tick_through(start + 40, start + 99)

    assert [status for _, _, status, _ in watched.changes].count("offline") == 0
    assert watched.alarms == []

    for start in range(3_000, 6_000, 200):
        for at in range(start, start + 40, 10):
            watched.hear(at, "P-1")
        watched.tick_through(start + 40, start + 199)

    assert [status for _, _, status, _ in watched.changes].count("offline") == 15
    assert [alarm[2] for alarm in watched.alarms] == ["on"]


def test_while_we_hear_nothing_ourselves_nobody_is_silent() -> None:
    watched = Watched(asset("P-1"), asset("P-2"))

    watched.hear(0, "P-1")
    watched.tick_through(0.5, 20)
    watched.tick(20.5, deaf=True)
    watched.tick(4_000, deaf=True)
    watched.tick(4_000.5)
    watched.tick_through(4_001, 4_005)

    assert watched.changes == [(0, "P-1", "online", "")]


def test_after_a_long_absence_of_ours_everybody_gets_time_to_come_back() -> None:
    watched = Watched(asset("P-1"))

    watched.hear(0, "P-1")
    watched.tick_through(0.5, 80)
    watched.tick(80.5, deaf=True)
    watched.tick(4_000)
    watched.tick_through(4_000.5, 4_200)

    assert watched.changes[-1] == (4_090, "P-1", "offline", "silent")


def test_who_was_gone_before_our_absence_stays_gone() -> None:
    watched = Watched(asset("P-1"))

    watched.hear(0, "P-1")
    watched.tick_through(0.5, 100)
    watched.tick(100.5, deaf=True)
    watched.tick(4_000)
    watched.tick_through(4_000.5, 4_200)

    assert watched.changes[-1] == (90, "P-1", "offline", "silent")
    assert watched.alarms == [(90, "P-1", "on")]


def test_it_goes_on_after_a_restart_with_assets_renumbered() -> None:
    before = Watched(asset("GONE"), asset("P-1"), asset("P-2"))
    before.hear(0, "P-2")
    before.tick_through(0.5, 100)
    kept = before.presence.snapshot()

    after = Watched(asset("P-2"), asset("NEW"), asset("P-1"))
    points = after.table.renumbering(before.table.keys)
    assets = np.array([-1, 2, 0], np.int32)
    after.presence.restore(kept, points=points, assets=assets)

    assert sorted((each.asset, each.status) for each in after.presence.tell(10)) == [
        ("P-1", Status.OFFLINE),
        ("P-2", Status.OFFLINE),
    ]
    after.tick_through(100.5, 300)
    assert after.changes == [(190, "NEW", "offline", "never_heard")]
    assert after.alarms == [(190, "NEW", "on")]


def test_a_demo_whose_time_runs_faster_measures_silence_in_real_seconds() -> None:
    watched = Watched(asset("P-1"), presence=Presence(table(asset("P-1")), rate=60))

    watched.hear(0, "P-1")
    watched.tick_through(30, 60 * 89)
    assert [change[2] for change in watched.changes] == ["online", "stale"]

    watched.tick_through(60 * 89 + 30, 60 * 91)
    assert watched.changes[-1] == (60 * 90, "P-1", "offline", "silent")


def test_changes_are_told_once_and_again_to_who_has_forgotten_them() -> None:
    watched = Watched(asset("P-1"), asset("P-2"))
    watched.hear(1, "P-1")
    watched.hear(2, "P-2")

    first, second = watched.presence.tell(1), watched.presence.tell(1)
    assert [each.asset for each in (*first, *second)] == ["P-1", "P-2"]
    assert watched.presence.tell(1) == []

    watched.presence.forget_told()
    assert len(watched.presence.tell(5)) == 2
    assert watched.presence.counts()[Status.ONLINE] == 2
