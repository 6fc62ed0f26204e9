"""The newest value of each point is told once, and each point gets its turn."""

import numpy as np

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.domain.site import Asset, Point, Site
from plantroom.ingest.intake import LastKnown
from plantroom.ingest.latest import Latest

T0 = 1_763_750_000_000
POINTS = tuple(Point(name=name) for name in ("a", "b", "c", "d", "e"))
TABLE = PointTable((Site(id="s", assets=(Asset(id="P-1", asset_class="pump", points=POINTS),)),))


def batch(*rows: tuple[int, float, Quality]) -> SampleBatch:
    n = len(rows)
    return SampleBatch(
        point=np.array([row[0] for row in rows], np.int32),
        ts=np.arange(n, dtype=np.int64) + T0,
        value=np.array([row[1] for row in rows]),
        quality=np.array([row[2] for row in rows], np.uint8),
        arrived=np.full(n, T0, np.int64),
        message=np.arange(n, dtype=np.int32),
    )


def test_a_value_is_told_once() -> None:
    latest = Latest(TABLE)
    latest.update(batch((1, 2.5, Quality.GOOD)))

    first, second = latest.tell(10), latest.tell(10)

    assert first == [{"asset": "P-1", "point": "b", "ts": T0, "value": 2.5, "quality": "good"}]
    assert second == []


def test_the_last_of_several_in_one_batch_counts() -> None:
    latest = Latest(TABLE)

    latest.update(batch((0, 1.0, Quality.GOOD), (0, 2.0, Quality.GOOD)))

    assert [entry["value"] for entry in latest.tell(10)] == [2.0]


def test_late_and_historical_samples_are_not_the_latest() -> None:
    latest = Latest(TABLE)

    latest.update(batch((0, 1.0, Quality.LATE), (1, 1.0, Quality.HISTORICAL), (2, 1.0, Quality.CLOCK)))

    assert latest.tell(10) == []


def test_a_bad_sample_shows_with_its_quality_and_without_a_value_that_is_none() -> None:
    latest = Latest(TABLE)

    latest.update(batch((0, float("nan"), Quality.NOT_A_NUMBER), (1, 99.0, Quality.RANGE)))

    assert [(entry["value"], entry["quality"]) for entry in latest.tell(10)] == [
        (None, "not_a_number"),
        (99.0, "range"),
    ]


def test_every_point_gets_its_turn_when_not_all_can_be_told() -> None:
    latest = Latest(TABLE)
    everything = batch(*((point, 1.0, Quality.GOOD) for point in range(5)))
    told: list[str] = []

    for _ in range(5):
        latest.update(everything)
        told += [entry["point"] for entry in latest.tell(2)]

    assert sorted(told) == sorted("abcde" * 2)


def test_a_value_of_unknown_age_shows_until_a_dated_one_comes() -> None:
    latest = Latest(TABLE)
    known = LastKnown(point=np.array([0], np.int32), value=np.array([7.0]), arrived=np.array([T0], np.int64))

    latest.note_last_known(known)
    unknown_age = latest.tell(10)
    latest.update(batch((0, 8.0, Quality.GOOD)))
    latest.note_last_known(known)

    assert [(entry["ts"], entry["value"]) for entry in unknown_age] == [(None, 7.0)]
    assert [(entry["ts"], entry["value"]) for entry in latest.tell(10)] == [(T0, 8.0)]


def test_everything_is_told_again_to_whoever_forgot_it() -> None:
    latest = Latest(TABLE)
    latest.update(batch((3, 1.0, Quality.GOOD)))
    latest.tell(10)

    latest.forget_told()

    assert [entry["point"] for entry in latest.tell(10)] == ["d"]
