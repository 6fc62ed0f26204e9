"""`/alarm-performance` on recorded alarms, on both databases."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plantroom.api.access.identity import Role
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule import Severity
from plantroom.domain.samples import SampleBatch
from plantroom.storage.records import Records
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom_testing.records import (
    HOUR,
    INSTALLATION,
    MINUTE,
    START,
    Api,
    activated,
    cleared,
    with_severity,
)

DAY = 24 * HOUR


def table(api: Api, **params: Any) -> dict[str, Any]:
    document = api.get("alarm-performance", **params)
    return {each["name"]: each for each in document["measures"]}


def test_the_table_names_value_target_and_whether_it_is_met(api: Api) -> None:
    api.send(*(activated(START + n, asset=f"A-{n}") for n in range(12)))
    api.clock.advance(HOUR)
    period = {"from": to_rfc3339(START), "to": to_rfc3339(START + HOUR)}

    found = table(api, **period)

    assert found["most_in_10_minutes"]["value"] == 12
    assert found["most_in_10_minutes"]["target"] == 10
    assert found["most_in_10_minutes"]["met"] is False
    assert found["most_in_10_minutes"]["label"]["zh"] == "任意 10 分钟最多报警数"
    assert found["per_hour"]["value"] == 12
    assert found["flood_percent"]["value"] > 1
    assert found["low_percent"]["value"] == 100
    assert found["stale"]["met"] is True


def test_only_the_period_and_the_site_that_are_asked_for_count(api: Api) -> None:
    api.send(activated(), activated(START + 2 * HOUR, asset="F-1"))
    api.clock.advance(3 * HOUR)

    first = {"from": to_rfc3339(START - HOUR), "to": to_rfc3339(START + HOUR)}

    assert api.get("alarm-performance", **first)["alarms"] == 1
    assert api.get("alarm-performance")["alarms"] == 2
    assert api.get("alarm-performance", site="riverside")["alarms"] == 2
    assert api.get("alarm-performance", site="elsewhere")["alarms"] == 0


def test_what_is_set_aside_or_a_test_is_no_load(api: Api) -> None:
    api.post("assets/P-101/maintenance", {"minutes": 60, "reason": "service"})
    api.call("POST", "assets/F-1/test-mode", role=Role.ENGINEER, json={"minutes": 60, "reason": "new"})

    api.send(activated(), activated(asset="F-1"))
    api.clock.advance(1)

    assert api.get("alarm-performance")["alarms"] == 0
    assert api.get("alarm-performance")["live"]["set_aside"] == 2


def test_the_ten_most_frequent_come_with_their_share(api: Api) -> None:
    api.send(*(activated(START + n, asset=f"A-{n}") for n in range(11)))
    api.send(
        cleared(START + MINUTE * 2, asset="A-3", activated_at=START + 3), activated(START + HOUR, asset="A-3")
    )
    api.clock.advance(2 * HOUR)

    top = api.get("alarm-performance")["top"]

    assert len(top) == 10
    assert (top[0]["asset"], top[0]["shown"]) == ("A-3", 2)
    assert top[0]["percent"] == pytest.approx(100 * 2 / 12)


def test_a_chattering_alarm_is_among_the_worst_with_deadband_and_delay_from_the_noise(
    records: Records, tmp_path: Path
) -> None:
    store = DuckDbStore(tmp_path / "samples.duckdb", INSTALLATION.table)
    api = Api(records, store=store, expects_pipeline=False)
    ts = np.arange(START - HOUR, START + MINUTE, 2000, dtype=np.int64)
    store.write(
        SampleBatch(
            point=np.full(len(ts), INSTALLATION.table.number["P-101", "vibration"], np.int32),
            ts=ts,
            value=np.random.default_rng(3).normal(4.5, 0.2, len(ts)),
            quality=np.zeros(len(ts), np.uint8),
            arrived=ts,
            message=np.arange(len(ts), dtype=np.int32),
        )
    )
    for n in range(8):
        at = START + n * 8000
        api.send(activated(at), cleared(at + 3000, activated_at=at))
    api.clock.advance(HOUR)

    (worst,) = api.get("alarm-performance")["worst"]
    store.close()

    advice = worst["suggestion"]
    assert (worst["activations"], worst["shown"], worst["chattering"]) == (8, 3, True)
    assert advice["cause"] == "chattering"
    assert advice["noise"] == pytest.approx(0.2, rel=0.15)
    assert advice["deadband"] == pytest.approx(0.5, rel=0.2)
    assert (advice["delay_s"], advice["keep_s"], advice["remaining"]) == (5, 10, 0)
    assert "`for: 5s`" in advice["text"]["en"]
    assert "mm/s" in advice["text"]["zh"]


def test_a_stale_alarm_is_among_the_worst(api: Api) -> None:
    api.send(activated(text=with_severity(Severity.MAJOR)))
    api.clock.advance(3 * DAY)

    document = api.get("alarm-performance")

    assert document["worst"][0]["suggestion"]["cause"] == "stale"
    assert "out of service" in document["worst"][0]["suggestion"]["text"]["en"]
    assert (document["live"]["active"], document["live"]["stale"]) == (1, 1)


def test_the_flood_that_goes_on_is_told(api: Api) -> None:
    api.send(*(activated(START + n, asset=f"A-{n}") for n in range(11)))

    live = api.get("alarm-performance", to=to_rfc3339(START + HOUR))["live"]

    assert (live["last_10_minutes"], live["last_hour"]) == (11, 11)
    assert live["flood"]["alarms"] == 11


@pytest.mark.parametrize(
    "period",
    [
        {"from": "2025-11-22T00:00:00Z", "to": "2025-11-21T00:00:00Z"},
        {"from": "2020-11-22T00:00:00Z", "to": "2025-11-21T00:00:00Z"},
        {"from": "yesterday"},
    ],
)
def test_a_period_that_is_none_is_refused(api: Api, period: dict[str, str]) -> None:
    assert api.call("GET", "alarm-performance", params=period).status_code == 422


def test_the_page_shows_the_table_in_both_languages(embedded_api: Api) -> None:
    embedded_api.send(*(activated(START + n, asset=f"A-{n}") for n in range(12)))
    embedded_api.clock.advance(HOUR)
    session = embedded_api.services.keys.open_session(_viewer(), now=embedded_api.clock())

    def page(language: str) -> str:
        cookies = f"plantroom_session={session}; plantroom_language={language}"
        answer = embedded_api.call("GET", "/performance", role=None, headers={"Cookie": cookies})
        assert answer.status_code == 200
        return answer.text

    assert "Most in any 10 minutes" in page("en")
    assert "not met" in page("en")
    assert "任意 10 分钟最多报警数" in page("zh")
    assert "未达标" in page("zh")


def test_the_page_needs_a_session(embedded_api: Api) -> None:
    answer = embedded_api.call("GET", "/performance", role=None)

    assert "Most in any" not in answer.text


def _viewer() -> Any:
    from plantroom.api.access.identity import Identity

    return Identity(name="viewer", role=Role.VIEWER)
