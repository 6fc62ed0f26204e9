"""What pipelines report and what the API makes of it, on both databases."""

from typing import Any

import pytest

from plantroom.api.access.identity import Role
from plantroom.storage.records import Records, intake
from plantroom.storage.records.intake import Group
from plantroom_testing.records import START, Api, activated


def put(api: Api, *, pipeline: str = "p-1", ready: bool = True, **parts: Any) -> None:
    document = {"pipeline": pipeline, "ready": ready, **parts}
    answer = api.call("PUT", "pipeline/report", role=Role.PIPELINE, json=document)
    assert answer.status_code == 204, answer.text


def letter(topic: str = "t", *, count: int = 1, last: int = START, excerpt: str = "{") -> dict[str, Any]:
    return {
        "topic": topic,
        "reason": "not JSON",
        "excerpt": excerpt,
        "count": count,
        "first": START,
        "last": last,
    }


def test_a_report_that_comes_twice_counts_once(api: Api) -> None:
    for _ in range(2):
        put(api, dead_letters=[letter(count=3)])

    (group,) = api.get("dead-letters")["items"]

    assert group == {
        "topic": "t",
        "reason": "not JSON",
        "excerpt": "{",
        "count": 3,
        "first": "2025-11-21T18:33:20.000Z",
        "last": "2025-11-21T18:33:20.000Z",
    }


def test_counts_of_several_pipelines_are_added(api: Api) -> None:
    put(api, pipeline="p-1", dead_letters=[letter(count=3)])
    put(api, pipeline="p-2", dead_letters=[letter(count=4, last=START + 5)])

    (group,) = api.get("dead-letters")["items"]

    assert group["count"] == 7
    assert group["last"] == "2025-11-21T18:33:20.005Z"


def test_dead_letters_come_in_parts_the_last_first(api: Api) -> None:
    put(api, dead_letters=[letter(f"t-{number}", last=START + number // 2) for number in range(5)])

    first = api.get("dead-letters", limit=3)
    second = api.get("dead-letters", limit=3, cursor=first["next"])

    topics = [group["topic"] for group in first["items"] + second["items"]]
    assert topics == ["t-4", "t-3", "t-2", "t-1", "t-0"]
    assert second["next"] is None


def test_an_excerpt_is_cut_to_200_bytes_of_whole_characters(api: Api) -> None:
    put(api, dead_letters=[letter(excerpt="振" * 100)])

    (group,) = api.get("dead-letters")["items"]

    assert group["excerpt"] == "振" * 66


def test_bytes_that_no_database_takes_do_no_harm(api: Api) -> None:
    put(api, dead_letters=[letter("a\x00b" * 1000, excerpt="\x00\x01")])

    (group,) = api.get("dead-letters")["items"]

    assert group["excerpt"] == "\ufffd\x01"
    assert len(group["topic"].encode()) <= 512


def test_a_flood_of_topics_drops_the_groups_that_have_been_silent_longest(
    records: Records, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_GROUPS", 3)
    groups = [
        Group(topic=f"t-{number}", reason="r", excerpt="", count=1, first=START, last=START + number)
        for number in range(5)
    ]

    with records.write() as connection:
        intake.put_dead_letters(connection, "p", groups)

    assert [group["topic"] for group in api.get("dead-letters")["items"]] == ["t-4", "t-3", "t-2"]


def test_unknown_devices_are_listed(api: Api) -> None:
    device = {
        "topic": "plantroom/v1/x/y/telemetry",
        "excerpt": "{}",
        "count": 2,
        "first": START,
        "last": START,
    }

    put(api, unknown_devices=[device])
    put(api, unknown_devices=[device | {"count": 5}])

    (listed,) = api.get("unknown-devices")["items"]
    assert (listed["topic"], listed["count"]) == (device["topic"], 5)


def test_an_asset_shows_its_points_last_values_status_and_open_alarms(api: Api) -> None:
    api.send(activated())
    put(
        api,
        latest=[{"asset": "P-101", "point": "vibration", "ts": START, "value": 4.7, "quality": "good"}],
        assets=[{"asset": "P-101", "status": "online", "since": START}],
    )

    asset = api.get("assets/P-101")

    assert (asset["site"], asset["asset_class"], asset["location"]) == ("riverside", "pump", "B1/plant room")
    assert (asset["status"], asset["status_since"]) == ("online", "2025-11-21T18:33:20.000Z")
    assert asset["status_cause"] is None
    vibration, flow = asset["points"]
    assert (vibration["unit"], vibration["min"], vibration["max"]) == ("mm/s", 0.0, 50.0)
    assert vibration["latest"] == {"ts": "2025-11-21T18:33:20.000Z", "value": 4.7, "quality": "good"}
    assert flow["latest"] is None
    assert flow["max"] is None
    assert [alarm["rule"] for alarm in asset["alarms"]] == ["pump-vibration-high"]


@pytest.mark.parametrize("cause", ["silent", "gateway GW-1"])
def test_an_asset_says_why_it_is_not_online(api: Api, cause: str) -> None:
    put(api, assets=[{"asset": "P-101", "status": "stale", "since": START, "cause": cause}])

    asset = api.get("assets/P-101")

    assert (asset["status"], asset["status_cause"], asset["gateway"]) == ("stale", cause, None)


def test_assets_are_listed_with_the_number_of_their_open_alarms(api: Api) -> None:
    api.send(activated())

    assets = api.get("assets")["items"]

    assert [(asset["id"], asset["open_alarms"]) for asset in assets] == [("P-101", 1), ("F-1", 0)]
    assert [asset["status"] for asset in assets] == ["unknown", "unknown"]
    first = api.get("assets", limit=1)
    assert [asset["id"] for asset in api.get("assets", cursor=first["next"])["items"]] == ["F-1"]
    assert [asset["id"] for asset in api.get("assets", asset_class="ahu")["items"]] == ["F-1"]


def test_ready_says_what_a_pipeline_says(api: Api) -> None:
    put(api, ready=False, reasons=["spool full"])

    answer = api.call("GET", "/health/ready", role=None)

    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "reasons": ["pipeline p-1: spool full"], "warnings": []}

    put(api, ready=True)
    assert api.call("GET", "/health/ready", role=None).json() == {
        "status": "ok",
        "reasons": [],
        "warnings": [],
    }


def test_an_expected_pipeline_that_never_reported_is_a_reason(records: Records) -> None:
    api = Api(records, expects_pipeline=True)

    answer = api.call("GET", "/health/ready", role=None)

    assert answer.json()["reasons"] == ["no pipeline has reported yet"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"pipeline": "p/1", "ready": True}, id="no name"),
        pytest.param({"pipeline": "p", "ready": True, "dead_letters": [letter(count=-1)]}, id="negative"),
        pytest.param(
            {"pipeline": "p", "ready": True, "dead_letters": [letter(last=10**18)]}, id="beyond the calendar"
        ),
        pytest.param({"pipeline": "p"}, id="ready unsaid"),
    ],
)
def test_a_report_with_a_mistake_is_refused_whole(api: Api, wrong: dict[str, Any]) -> None:
    answer = api.call("PUT", "pipeline/report", role=Role.PIPELINE, json=wrong)

    assert answer.status_code == 422
    assert api.get("dead-letters")["items"] == []
