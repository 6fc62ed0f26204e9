"""`POST /api/v1/history`: samples of the past are stored, and only that."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from plantroom.api.access.identity import Role
from plantroom.storage.records import Records
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom_testing.records import INSTALLATION, Api

T = "2025-11-21T18:33:20.000Z"


@pytest.fixture
def api(tmp_path: Path, records: Records) -> Iterator[Api]:
    with closing(DuckDbStore(tmp_path / "samples.duckdb", INSTALLATION.table)) as store:
        yield Api(records, store=store, expects_pipeline=False)


def post(api: Api, *series: dict[str, Any], role: Role | None = Role.ENGINEER, **options: Any) -> Any:
    return api.call("POST", "history", role=role, json={"series": list(series)}, **options)


def of_flow(*values: float | None, **changes: Any) -> dict[str, Any]:
    ts = [f"2025-11-21T18:33:{20 + number}Z" for number in range(len(values))]
    return {"asset": "P-101", "point": "flow", "ts": ts, "value": list(values)} | changes


def held(api: Api, point: str = "flow") -> list[tuple[float | None, str]]:
    span = {"start": "2025-11-21T00:00:00Z", "end": "2025-11-22T00:00:00Z"}
    items = api.get("assets/P-101/samples", point=point, **span)["items"]
    return [(item["value"], item["quality"]) for item in items]


def test_samples_are_stored_as_history(api: Api) -> None:
    answer = post(api, of_flow(1.5, None, 2.5))

    assert (answer.status_code, answer.json()) == (200, {"stored": 3, "rejected": []})
    assert held(api) == [(1.5, "historical"), (None, "not_a_number"), (2.5, "historical")]


def test_a_quality_that_is_said_holds(api: Api) -> None:
    post(api, of_flow(1.5, None, quality=["good", "type"]))

    assert held(api) == [(1.5, "good"), (None, "type")]


def test_a_value_out_of_range_is_marked_as_such(api: Api) -> None:
    post(api, of_flow(51.0, point="vibration"))

    assert held(api, "vibration") == [(51.0, "range")]


def test_what_cannot_be_stored_is_named_and_the_rest_is_stored(api: Api) -> None:
    old = of_flow(1.0, 2.0, ts=["1600-01-01T00:00:00Z", T], point="vibration")

    answer = post(api, of_flow(9.0), of_flow(1.0, asset="P-9"), old).json()

    assert answer["stored"] == 2
    assert [(each["series"], each["rows"]) for each in answer["rejected"]] == [(1, [0]), (2, [0])]
    assert (held(api), held(api, "vibration")) == ([(9.0, "historical")], [(2.0, "historical")])


def test_a_time_of_any_offset_is_understood(api: Api) -> None:
    post(api, of_flow(1.5, ts=["2025-11-22T02:33:20+08:00"]))

    span = {"start": T, "end": "2025-11-21T18:33:20.001Z"}
    assert api.get("assets/P-101/samples", point="flow", **span)["items"][0]["value"] == 1.5


@pytest.mark.parametrize(
    ("series", "wrong"),
    [
        (of_flow(1.0, ts=["yesterday"]), "series.0.ts"),
        (of_flow(1.0, quality=["nice"]), "series.0.quality"),
        (of_flow(1.0, 2.0, ts=[T]), "one length"),
        (of_flow(1.0, unit="l/s"), "unit"),
    ],
    ids=["time", "quality", "lengths", "member"],
)
def test_a_mistake_in_the_request_stores_nothing(api: Api, series: dict[str, Any], wrong: str) -> None:
    answer = post(api, of_flow(9.0, point="vibration"), series) if "ts" in wrong else post(api, series)

    assert answer.status_code == 422
    assert wrong.replace(".0.", ".1.") in answer.text or wrong in answer.text
    assert held(api) == held(api, "vibration") == []


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (None, 401),
        (Role.VIEWER, 403),
        (Role.OPERATOR, 403),
        (Role.ENGINEER, 200),
        (Role.ADMIN, 200),
        (Role.PIPELINE, 200),
    ],
)
def test_engineers_and_pipelines_may(api: Api, role: Role | None, status: int) -> None:
    assert post(api, of_flow(1.0), role=role).status_code == status


def test_it_is_in_the_audit_log_once_for_a_repeated_request(api: Api) -> None:
    for _ in range(2):
        post(api, of_flow(1.0, 2.0), headers={"Idempotency-Key": "k"})

    entries = api.call("GET", "audit", role=Role.ADMIN).json()["items"]
    assert [(each["action"], each["subject"], each["detail"], each["who"]) for each in entries] == [
        ("history", "P-101", "2 samples", "engineer")
    ]


def test_without_a_store_it_says_so(records: Records) -> None:
    answer = post(Api(records, expects_pipeline=False), of_flow(1.0))

    assert answer.status_code == 503
