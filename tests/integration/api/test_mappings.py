"""What mappings of foreign payloads have done, as the API tells it."""

from typing import Any

from plantroom.api.access.identity import Role
from plantroom_testing.records import START, Api


def put(api: Api, *, pipeline: str = "p-1", **work: Any) -> None:
    entry = {
        **dict.fromkeys(("messages", "values", "skipped", "failed", "last", "last_failed"), 0),
        "name": "meters",
        "reason": "",
        "topic": "",
        **work,
    }
    document = {"pipeline": pipeline, "ready": True, "mappings": [entry]}
    answer = api.call("PUT", "pipeline/report", role=Role.PIPELINE, json=document)
    assert answer.status_code == 204, answer.text


def test_a_mapping_that_has_got_no_message_says_where_it_waits(api: Api) -> None:
    answer = api.get("mappings")

    assert answer == {
        "items": [
            {
                "name": "meters",
                "site": "riverside",
                "topic": "gw/{asset}",
                "points": ["flow"],
                "state": "waiting",
                "reason": "no message has come on gw/+",
                "messages": 0,
                "values": 0,
                "skipped": 0,
                "failed": 0,
                "last_message": None,
                "last_failure": None,
                "failed_topic": "",
            }
        ],
        "next": None,
    }


def test_a_mapping_that_gives_nothing_says_why(api: Api) -> None:
    reason = "mapping meters: no point found: nothing at f"
    put(api, messages=3, failed=3, last=START, last_failed=START, reason=reason, topic="gw/P-101")

    [shown] = api.get("mappings")["items"]

    assert (shown["state"], shown["reason"], shown["failed_topic"]) == ("failing", reason, "gw/P-101")
    assert shown["last_failure"] == "2025-11-21T18:33:20.000Z"


def test_a_mapping_that_leaves_everything_out_says_so(api: Api) -> None:
    put(api, messages=3, skipped=3, last=START)

    [shown] = api.get("mappings")["items"]

    assert shown["state"] == "skipping"
    assert shown["reason"].startswith("no message was about its assets and points")


def test_what_several_pipelines_have_done_is_added_and_a_report_that_comes_twice_counts_once(
    api: Api,
) -> None:
    for _ in range(2):
        put(api, pipeline="p-1", messages=3, values=6, failed=1, last=START, last_failed=START, reason="old")
        put(
            api,
            pipeline="p-2",
            messages=2,
            values=4,
            failed=1,
            last=START,
            last_failed=START + 1,
            reason="new",
        )

    [shown] = api.get("mappings")["items"]

    assert (shown["messages"], shown["values"], shown["failed"]) == (5, 10, 2)
    assert (shown["state"], shown["reason"]) == ("working", "new")
