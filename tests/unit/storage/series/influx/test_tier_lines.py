"""Buckets as lines."""

import numpy as np

from plantroom.storage.series.influx.tier_choice import choice_lines
from plantroom.storage.series.influx.tier_lines import TierRows, bodies, folded
from plantroom.storage.series.influx.tier_queries import told_beside

PUMP = ("P 1", "s")
FAN = ("F-1", "s")


def rows(*samples: tuple[tuple[str, str], int, tuple[float | None, ...]]) -> TierRows:
    """Return samples of two points, each as a bucket of one; None where there is none."""
    value = np.array([[np.nan if each is None else each for each in values] for *_, values in samples])
    return TierRows(
        points=("flow", "head"),
        assets=tuple(asset for asset, _, _ in samples),
        ts=np.array([ts for _, ts, _ in samples]),
        mean=value,
        least=value,
        greatest=value,
        last=value,
        count=(~np.isnan(value)).astype(np.int64),
    )


def text(made: TierRows, told: list[list[bool]] | None = None) -> list[str]:
    """Return the lines of `made`, of all that have samples unless `told` otherwise."""
    chosen = made.count > 0 if told is None else np.array(told)
    return b"".join(bodies("big pump", made, chosen)).decode().splitlines()


def test_an_assets_minute_is_one_line_of_all_its_points() -> None:
    made = folded(
        rows(
            (PUMP, 60_000, (1.0, None)),
            (FAN, 61_000, (7.0, None)),
            (PUMP, 62_000, (3.0, 0.5)),
            (PUMP, 120_000, (None, 2.0)),
        ),
        every=60_000,
    )

    assert text(made) == [
        "big\\ pump,asset=P\\ 1,site=s flow=2.0,flow_MIN=1.0,flow_MAX=3.0,flow_LAST=3.0,flow_N=2i,"
        "head=0.5,head_MIN=0.5,head_MAX=0.5,head_LAST=0.5,head_N=1i 60000",
        "big\\ pump,asset=P\\ 1,site=s head=2.0,head_MIN=2.0,head_MAX=2.0,head_LAST=2.0,head_N=1i 120000",
        "big\\ pump,asset=F-1,site=s flow=7.0,flow_MIN=7.0,flow_MAX=7.0,flow_LAST=7.0,flow_N=1i 60000",
    ]


def test_a_bucket_that_became_empty_says_so() -> None:
    made = folded(rows((PUMP, 60_000, (None, 1.0))), every=60_000)

    told = told_beside(made, {(PUMP, 60_000): (3, 0)}, since=0)

    assert text(made, told.tolist()) == [
        "big\\ pump,asset=P\\ 1,site=s flow_N=0i,"
        "head=1.0,head_MIN=1.0,head_MAX=1.0,head_LAST=1.0,head_N=1i 60000"
    ]


def test_where_samples_may_be_gone_no_bucket_gives_way_to_one_of_fewer() -> None:
    made = folded(rows((PUMP, 60_000, (9.0, 1.0)), (FAN, 60_000, (None, 1.0))), every=60_000)

    told = told_beside(made, {(PUMP, 60_000): (3, 1), (FAN, 60_000): (2, 0)}, since=10**9)

    assert told.tolist() == [[False, True], [False, True]]


def test_many_buckets_make_several_requests() -> None:
    made = folded(rows(*((PUMP, i * 60_000, (1.0, 2.0)) for i in range(7_000))), every=60_000)

    requests = list(bodies("pump", made, made.count > 0))

    assert [len(body.splitlines()) for body in requests] == [3000, 3000, 1000]


def test_the_table_of_tiers_leaves_no_span_out() -> None:
    lines = [line.split(" ") for line in choice_lines("raw").decode().splitlines()]
    fields = [dict(part.split("=") for part in line[1].split(",")) for line in lines]

    assert [line[0] for line in lines] == [
        "plantroom_tiers,rp=raw",
        "plantroom_tiers,rp=minutes",
        "plantroom_tiers,rp=hours",
    ]
    assert fields[0]["span_from_s"] == "0i"
    assert [each["span_to_s"] for each in fields[:-1]] == [each["span_from_s"] for each in fields[1:]]
