"""Consumption over the HTTP API, worked out of what each kind of store holds."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality
from plantroom.domain.site import Asset, AssetClass, Point, PointKind, Site
from plantroom.storage.records import Records
from plantroom.storage.series.port import TimeSeriesStore
from plantroom_testing.records import HOUR, MINUTE, Api
from plantroom_testing.series import OpenStore, batch_of, good

SHANGHAI = ZoneInfo("Asia/Shanghai")
MIDNIGHT = int(datetime(2025, 11, 20, tzinfo=SHANGHAI).timestamp() * 1000)
DAY = 24 * HOUR
ENERGY = Point(
    name="energy", unit="kWh", kind=PointKind.COUNTER, wraps_at=10_000.0, every=timedelta(minutes=2)
)
POWER = Point(name="power", unit="kW")
VOLUME = Point(name="volume", unit="m3", kind=PointKind.COUNTER)
CLASSES = {
    name: AssetClass(name=name, system=system)
    for name, system in (("panel", "power"), ("ahu", "hvac"), ("pump", "hvac"), ("water_meter", "water"))
}
PLAZA = Site(
    id="plaza",
    timezone=SHANGHAI,
    assets=(
        Asset(id="AHU-1", asset_class="ahu", fed_by=("MDB-1",), points=(ENERGY, POWER)),
        Asset(id="P-1", asset_class="pump", fed_by=("MDB-1",), points=(ENERGY, POWER)),
        Asset(id="MDB-1", asset_class="panel", points=(ENERGY,)),
        Asset(id="WM-1", asset_class="water_meter", points=(VOLUME,)),
    ),
)
INSTALLATION = Installation(table=PointTable((PLAZA,)), classes=CLASSES, rules={"plaza": ()})
SPAN = {"start": "2025-11-20T00:00:00+08:00", "end": "2025-11-21T00:00:00+08:00"}


def samples(asset: str, point: str, values: Any, *, step: int = 5 * MINUTE) -> list[Any]:
    """Return samples from an hour before midnight on, one every `step`."""
    return [
        good(asset, point, MIDNIGHT - HOUR + step * number, float(value))
        for number, value in enumerate(values)
    ]


def counter(kw: float, *, first: float = 0.0, step: int = 5 * MINUTE) -> Any:
    """Return what a counter at constant power shows in 26 hours."""
    return (first + np.arange(26 * HOUR // step + 1) * kw * step / HOUR) % 10_000


@pytest.fixture
def store(open_store: OpenStore) -> TimeSeriesStore:
    return open_store(INSTALLATION.table)


@pytest.fixture
def api(embedded: Records, store: TimeSeriesStore) -> Api:
    made = Api(embedded, store=store, installation=INSTALLATION)
    made.clock.now = MIDNIGHT + DAY
    return made


def write(store: TimeSeriesStore, *parts: list[Any]) -> None:
    batch = batch_of(INSTALLATION.table, [sample for part in parts for sample in part])
    assert store.write(batch) == ()


def quantities(api: Api, **params: Any) -> dict[str, Any]:
    return {each["quantity"]: each for each in api.get("energy", **(SPAN | params))["quantities"]}


def electricity(api: Api, **params: Any) -> Any:
    return quantities(api, **params)["electricity"]


def test_a_day_of_an_asset_by_the_hour(api: Api, store: TimeSeriesStore) -> None:
    write(store, samples("AHU-1", "energy", counter(12.0)))

    found = electricity(api, asset="AHU-1")

    assert (found["unit"], found["demand_unit"]) == ("kWh", "kW")
    assert found["meters"] == [{"asset": "AHU-1", "point": "energy"}]
    assert [item["total"] for item in found["items"]] == pytest.approx([12.0] * 24)
    assert (found["total"], found["night"], found["day"]) == pytest.approx((288.0, 96.0, 192.0))
    assert found["measured"] == pytest.approx(1.0)
    assert found["peak"]["value"] == pytest.approx(12.0)


def test_hours_and_days_are_the_sites_own(api: Api, store: TimeSeriesStore) -> None:
    write(store, samples("AHU-1", "energy", counter(12.0)))

    document = api.get("energy", every="day", asset="AHU-1", **SPAN)

    assert (document["site"], document["timezone"], document["night"]) == (
        "plaza",
        "Asia/Shanghai",
        "22:00-06:00",
    )
    assert (document["start"], document["end"]) == ("2025-11-19T16:00:00.000Z", "2025-11-20T16:00:00.000Z")
    (item,) = document["quantities"][0]["items"]
    assert (item["ts"], item["total"], item["night"]) == ("2025-11-19T16:00:00.000Z", 288.0, 96.0)


def test_the_night_can_be_chosen(api: Api, store: TimeSeriesStore) -> None:
    write(store, samples("AHU-1", "energy", counter(12.0)))

    assert electricity(api, asset="AHU-1", night="20:30-7")["night"] == pytest.approx(12.0 * 10.5)


def test_a_counter_that_wraps_at_noon_loses_nothing(api: Api, store: TimeSeriesStore) -> None:
    write(store, samples("AHU-1", "energy", counter(12.0, first=9_844.0)))

    found = electricity(api, asset="AHU-1")

    assert found["total"] == pytest.approx(288.0)
    assert [item["total"] for item in found["items"]] == pytest.approx([12.0] * 24)


def test_a_site_counts_what_its_outermost_meters_do(api: Api, store: TimeSeriesStore) -> None:
    write(
        store,
        samples("MDB-1", "energy", counter(100.0)),
        samples("AHU-1", "energy", counter(12.0)),
        samples("P-1", "energy", counter(5.0)),
        samples("WM-1", "volume", counter(2.0)),
    )

    found = quantities(api)

    assert [meter["asset"] for meter in found["electricity"]["meters"]] == ["MDB-1"]
    assert found["electricity"]["total"] == pytest.approx(2400.0)
    assert (found["water"]["unit"], found["water"]["total"]) == ("m3", pytest.approx(48.0))


def test_a_system_adds_up_its_own_assets(api: Api, store: TimeSeriesStore) -> None:
    write(
        store,
        samples("MDB-1", "energy", counter(100.0)),
        samples("AHU-1", "energy", counter(12.0)),
        samples("P-1", "energy", counter(5.0)),
    )

    found = electricity(api, system="hvac")

    assert sorted(meter["asset"] for meter in found["meters"]) == ["AHU-1", "P-1"]
    assert found["total"] == pytest.approx(17.0 * 24)


def test_without_counters_power_is_added_up(api: Api, store: TimeSeriesStore) -> None:
    # A point of 10 s every 20 s: within three intervals of each other.
    write(store, samples("P-1", "power", [8.0] * (26 * 180 + 1), step=20_000))

    found = electricity(api, site="plaza")

    assert found["meters"] == [{"asset": "P-1", "point": "power"}]
    assert (found["total"], found["peak"]["value"]) == pytest.approx((192.0, 8.0))


def test_bad_readings_and_those_of_a_wrong_clock_do_not_count(api: Api, store: TimeSeriesStore) -> None:
    write(store, samples("AHU-1", "energy", counter(12.0)))
    noon = MIDNIGHT + 12 * HOUR + MINUTE
    write(
        store,
        [("AHU-1", "energy", noon, 1e9, Quality.RANGE), ("AHU-1", "energy", noon + 1, 0.0, Quality.CLOCK)],
        [("AHU-1", "energy", noon + 2, float("nan"), Quality.TYPE)],
    )

    assert electricity(api, asset="AHU-1")["total"] == pytest.approx(288.0)


def test_hours_of_which_nothing_is_known_are_null(api: Api, store: TimeSeriesStore) -> None:
    write(store, samples("AHU-1", "energy", [0.0, 1.0, 2.0], step=HOUR))

    items = electricity(api, asset="AHU-1")["items"]

    assert [items[0]["total"], items[1]["total"], items[1]["night"], items[1]["peak"]] == [
        1.0,
        None,
        None,
        None,
    ]


def test_where_nothing_was_read_there_is_no_quantity(api: Api) -> None:
    assert api.get("energy")["quantities"] == []


def test_more_samples_than_are_read_at_once_are_all_counted(
    api: Api, store: TimeSeriesStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plantroom.api.energy._PIECE", 7)
    write(store, samples("AHU-1", "energy", counter(12.0)))

    assert electricity(api, asset="AHU-1")["total"] == pytest.approx(288.0)


@pytest.mark.parametrize(
    ("params", "status", "names"),
    [
        pytest.param({"asset": "X-1"}, 404, "asset X-1", id="unknown asset"),
        pytest.param({"site": "moon"}, 404, "site moon", id="unknown site"),
        pytest.param({"site": "moon", "asset": "P-1"}, 404, "in site moon", id="asset of another site"),
        pytest.param({"system": "gas"}, 422, "hvac, power, water", id="unknown system"),
        pytest.param({"system": "hvac", "asset": "P-1"}, 422, "system", id="system and asset"),
        pytest.param({"every": "week"}, 422, "every", id="unknown width"),
        pytest.param({"night": "dark"}, 422, "night", id="no night"),
        pytest.param({"start": "2020-01-01T00:00:00Z"}, 422, "at most 366 days", id="too long"),
        pytest.param({"start": "1970-01-01T00:00:00Z", "end": "1970-01-02T00:00:00Z"}, 422, "1970", id="old"),
        pytest.param({"start": "2025-11-22T00:00:00Z"}, 422, "before end", id="backwards"),
    ],
)
def test_what_cannot_be_answered_is_said(api: Api, params: dict[str, Any], status: int, names: str) -> None:
    answer = api.call("GET", "energy", params=SPAN | params)

    assert answer.status_code == status
    assert names in answer.json()["detail"]


def test_of_several_sites_one_must_be_chosen(embedded: Records, store: TimeSeriesStore) -> None:
    both = PointTable((PLAZA, Site(id="depot")))
    api = Api(embedded, store=store, installation=Installation(table=both, classes=CLASSES, rules={}))

    assert "several" in api.call("GET", "energy").json()["detail"]
    assert api.get("energy", site="depot")["quantities"] == []
    assert api.get("energy", asset="P-1")["site"] == "plaza"


def test_without_a_store_there_is_no_consumption(embedded: Records) -> None:
    api = Api(embedded, installation=INSTALLATION)

    assert api.call("GET", "energy").status_code == 503
