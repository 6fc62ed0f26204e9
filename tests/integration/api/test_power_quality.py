"""Power quality by the week, worked out of what each kind of store holds of a simulated week."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from plantroom.api.access.gate import COOKIE
from plantroom.api.access.identity import Role
from plantroom.api.access.keys import create_token
from plantroom.api.web.reader import LANGUAGE_COOKIE
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.power_quality import POINTS, Week
from plantroom.domain.site import Asset
from plantroom.simulators.faults import Fault
from plantroom.simulators.simulation import Simulation
from plantroom.storage.records import Records
from plantroom.storage.series.port import TimeSeriesStore
from plantroom_testing.records import Api
from plantroom_testing.series import OpenStore
from plantroom_testing.simulation import asset_of, batches, demo, demo_site

DAY_S = 86_400
EVERY = timedelta(minutes=5)
"""Coarse, so that a simulated week is quick: two readings in each ten minutes."""


def measuring(asset: Asset) -> Asset:
    """Return the asset with what power quality is judged by, a pump with its flow."""
    kept = (replace(point, every=EVERY) for point in asset.points if point.name in {*POINTS, "flow"})
    return replace(asset, points=tuple(kept))


SITE = replace(
    demo_site(),
    assets=(
        measuring(asset_of("transformer", id_="TR-1", power_kva=400)),
        measuring(replace(asset_of("distribution_panel", id_="MDB-1", current_a=600), fed_by=("TR-1",))),
        measuring(asset_of("pump", id_="P-1", power_kw=5)),
    ),
    mappings=(),
)
INSTALLATION = Installation(table=PointTable((SITE,)), classes=demo().classes, rules={SITE.id: ()})
WEEK = Week.parse("2026-W29", SITE.timezone)


@pytest.fixture
def store(open_store: OpenStore) -> TimeSeriesStore:
    return open_store(INSTALLATION.table)


@pytest.fixture
def api(embedded: Records, store: TimeSeriesStore) -> Api:
    made = Api(embedded, store=store, installation=INSTALLATION)
    made.clock.now = WEEK.end + 3_600_000
    return made


def simulate(store: TimeSeriesStore, *faults: Fault, days: float = 7) -> None:
    start = datetime.fromtimestamp(WEEK.start / 1000, UTC)
    simulation = Simulation(SITE, start=start, faults=faults, seed=1)
    for batch in batches(
        simulation, duration=timedelta(days=days), block=timedelta(hours=12), installation=INSTALLATION
    ):
        assert store.write(batch) == ()


def read(api: Api, asset: str, *, language: str = "en") -> httpx.Response:
    """Return the page as a signed in viewer sees it."""
    token = create_token(api.services.records, role=Role.VIEWER, name="viewer", by="test", now=0)
    door = api.call(
        "POST",
        "/sign-in",
        role=None,
        headers={"origin": "http://testserver", "content-type": "application/x-www-form-urlencoded"},
        content=f"token={token}",
    )
    cookies = f"{COOKIE}={door.cookies[COOKIE]}; {LANGUAGE_COOKIE}={language}"
    params = {"asset": asset, "week": "2026-W29"}
    return api.call("GET", "/power-quality", role=None, params=params, headers={"cookie": cookies})


def by_point(document: dict[str, object]) -> dict[str, dict[str, Any]]:
    verdicts = document["verdicts"]
    assert isinstance(verdicts, Iterable)
    return {verdict["point"]: verdict for verdict in verdicts}


def test_a_normal_week_complies(api: Api, store: TimeSeriesStore) -> None:
    simulate(store)

    document = api.get("assets/MDB-1/power-quality")

    assert (document["week"], document["met"], document["interrupted"]) == ("2026-W29", True, 0)
    assert set(by_point(document)) == set(POINTS)
    assert all(verdict["coverage"] == pytest.approx(1.0, abs=0.01) for verdict in document["verdicts"])
    assert by_point(document)["voltage_l1"]["percentile_95"] < 3


def test_a_day_of_low_voltage_spoils_the_week_and_an_outage_does_not_count(
    api: Api, store: TimeSeriesStore
) -> None:
    simulate(
        store,
        Fault(asset="TR-1", fault="undervoltage", onset=2 * DAY_S, repaired=3 * DAY_S),
        Fault(asset="TR-1", fault="mains_failure", onset=5 * DAY_S, repaired=5 * DAY_S + 3600),
    )

    document = api.get("assets/MDB-1/power-quality", week="2026-W29")

    voltage = by_point(document)["voltage_l2"]
    assert (document["met"], voltage["met"]) == (False, False)
    assert voltage["within"] == pytest.approx(6 / 7, abs=0.01)
    assert voltage["percentile_95"] > 10
    assert "2026-07-14T16:00:00.000Z" <= str(voltage["worst_at"]) < "2026-07-15T16:00:00.000Z"
    assert document["interrupted"] in (6, 7)
    assert by_point(document)["thd_voltage"]["met"] is True


def test_three_days_are_no_week(api: Api, store: TimeSeriesStore) -> None:
    simulate(store, days=3)

    document = api.get("assets/MDB-1/power-quality")

    assert document["met"] is None
    assert by_point(document)["voltage_l1"]["coverage"] == pytest.approx(3 / 7, abs=0.01)


def test_what_measures_no_voltage_has_no_power_quality(api: Api) -> None:
    answer = api.call("GET", "/api/v1/assets/P-1/power-quality")

    assert answer.status_code == 404
    assert api.call("GET", "/api/v1/assets/nothing/power-quality").status_code == 404


def test_a_week_that_is_none_is_said(api: Api) -> None:
    answer = api.call("GET", "/api/v1/assets/MDB-1/power-quality", params={"week": "2026-W60"})

    assert answer.status_code == 422
    assert "week" in answer.text


@pytest.mark.parametrize(("language", "title"), [("en", "Power quality"), ("zh", "电能质量")])
def test_the_page_shows_verdicts_and_a_picture_for_each_phase(
    api: Api, store: TimeSeriesStore, language: str, title: str
) -> None:
    simulate(store)

    page = read(api, "MDB-1", language=language)

    assert page.status_code == 200
    assert f"<h1>{title}</h1>" in page.text
    assert page.text.count("<polyline") == page.text.count("<svg") == len(POINTS)
    assert all(f'id="verdict-{point}"' in page.text for point in POINTS)


def test_a_stranger_gets_the_door_and_an_unknown_asset_is_said(api: Api) -> None:
    assert 'action="/sign-in"' in api.call("GET", "/power-quality", role=None).text
    assert read(api, "P-1").status_code == 404
