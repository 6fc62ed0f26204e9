"""Samples of a point as clients see them."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.records import open_records
from plantroom.storage.series.port import Buckets, Rejection, Series
from plantroom_testing.records import MINUTE, START, Api

DAY = 86_400_000


class FakeStore:
    """Ten samples of P-101's vibration, one a minute from START on; the third is unusable."""

    def __init__(self) -> None:
        self.away = False

    def read(self, *, asset: str, point: str, start: int, end: int, limit: int) -> Series:
        if self.away:
            raise StoreUnavailable("the store is away")
        ts = START + MINUTE * np.arange(10, dtype=np.int64)
        value = np.arange(10, dtype=np.float64)
        value[2] = np.nan
        quality = np.where(np.isnan(value), 17, 0).astype(np.uint8)
        wanted = np.flatnonzero((ts >= start) & (ts < end) & (point == "vibration"))[:limit]
        return Series(ts=ts[wanted], value=value[wanted], quality=quality[wanted])

    def read_buckets(
        self, *, asset: str, point: str, start: int, end: int, every: int, limit: int
    ) -> Buckets:
        series = self.read(asset=asset, point=point, start=start, end=end, limit=100)
        good = np.flatnonzero(series.quality == 0)[:limit]
        ts, value = series.ts[good] // every * every, series.value[good]
        count = np.full(len(good), every, dtype=np.int64)  # shows the width that was asked for
        return Buckets(ts=ts, min=value, max=value + 1, mean=value + 0.5, last=value, count=count)

    def write(self, batch: SampleBatch) -> tuple[Rejection, ...]:
        raise NotImplementedError

    def compact(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def api(sqlite_url: str, store: FakeStore) -> Iterator[Api]:
    with closing(open_records(sqlite_url)) as records:
        made = Api(records, store=store)
        made.clock.advance(10 * MINUTE)
        yield made


def samples(api: Api, **params: Any) -> Any:
    return api.get("assets/P-101/samples", point="vibration", **params)


def test_samples_come_oldest_first_with_quality_and_null_for_what_has_no_value(api: Api) -> None:
    page = samples(api)

    assert page["next"] is None
    assert len(page["items"]) == 10
    assert page["items"][1] == {"ts": "2025-11-21T18:34:20.000Z", "value": 1.0, "quality": "good"}
    assert page["items"][2]["value"] is None
    assert page["items"][2]["quality"] == "not_a_number"


def test_start_is_inclusive_and_end_exclusive(api: Api) -> None:
    page = samples(api, start="2025-11-21T18:34:20Z", end="2025-11-21T18:36:20Z")

    assert [item["ts"] for item in page["items"]] == ["2025-11-21T18:34:20.000Z", "2025-11-21T18:35:20.000Z"]


def test_an_offset_whose_plus_became_a_space_is_understood(api: Api) -> None:
    answer = api.call("GET", "assets/P-101/samples?point=vibration&start=2025-11-22T02:42:20+08:00")

    assert [item["value"] for item in answer.json()["items"]] == [9.0]


def test_samples_come_in_parts(api: Api) -> None:
    values: list[float | None] = []
    params: dict[str, Any] = {"limit": 4}
    while True:
        page = samples(api, **params)
        values += [item["value"] for item in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]

    assert values == [0, 1, None, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    ("every", "ms"), [("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000)]
)
def test_every_is_the_width_of_the_buckets(api: Api, every: str, ms: int) -> None:
    (first, *_rest) = samples(api, every=every)["items"]

    assert set(first) == {"ts", "min", "max", "mean", "last", "count"}
    assert first["count"] == ms
    assert (first["min"], first["max"], first["mean"], first["last"]) == (0.0, 1.0, 0.5, 0.0)


def test_agg_leaves_only_what_was_asked_for(api: Api) -> None:
    (first, *_rest) = samples(api, every="1m", agg=["max", "count"])["items"]

    assert set(first) == {"ts", "max", "count"}


@pytest.mark.parametrize(
    ("params", "names"),
    [
        pytest.param({"every": "fortnight"}, "every", id="no width"),
        pytest.param({"every": "0s"}, "every", id="no width at all"),
        pytest.param({"every": "999999d"}, "every", id="too wide"),
        pytest.param({"agg": "max"}, "agg", id="agg without every"),
        pytest.param({"every": "1m", "agg": "median"}, "agg", id="no such agg"),
        pytest.param({"start": "2026-01-01T00:00:00Z"}, "start", id="start in the future"),
        pytest.param({"limit": 10_001}, "limit", id="limit too large"),
        pytest.param({"cursor": "x"}, "cursor", id="no cursor"),
    ],
)
def test_a_bad_parameter_is_named(api: Api, params: dict[str, Any], names: str) -> None:
    answer = api.call("GET", "assets/P-101/samples", params={"point": "vibration", **params})

    assert answer.status_code == 422
    assert names in answer.json()["detail"]


def test_a_point_or_asset_that_is_not_there_is_not_found(api: Api) -> None:
    assert api.call("GET", "assets/P-101/samples?point=speed").status_code == 404
    assert api.call("GET", "assets/P-999/samples?point=flow").status_code == 404
    assert api.call("GET", "assets/P-101/samples").status_code == 422


def test_a_store_that_is_away_is_said_to_be(api: Api, store: FakeStore) -> None:
    store.away = True

    answer = api.call("GET", "assets/P-101/samples?point=vibration")

    assert answer.status_code == 503
    assert answer.json()["detail"] == "the store is away"


def test_without_a_store_there_are_no_samples(embedded_api: Api) -> None:
    assert embedded_api.call("GET", "assets/P-101/samples?point=vibration").status_code == 503
