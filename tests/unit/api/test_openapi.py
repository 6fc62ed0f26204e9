"""The description of the API says what the API does."""

from typing import Any

import pytest

from plantroom_testing.records import Api, activated

CONTRACT = [
    "GET /api/v1/assets",
    "GET /api/v1/assets/{asset_id}",
    "GET /api/v1/assets/{asset_id}/samples",
    "GET /api/v1/assets/{asset_id}/power-quality",
    "GET /api/v1/energy",
    "GET /api/v1/alarms",
    "PUT /api/v1/alarms",
    *(f"POST /api/v1/alarms/{{alarm_id}}/{step}" for step in ("ack", "shelve", "unshelve", "comment")),
    "GET /api/v1/work-orders",
    "POST /api/v1/work-orders",
    "GET /api/v1/work-orders/{order_id}",
    "PATCH /api/v1/work-orders/{order_id}",
    *(
        f"POST /api/v1/work-orders/{{order_id}}/{step}"
        for step in ("assign", "start", "complete", "verify", "close", "reopen", "cancel")
    ),
    "GET /api/v1/events",
    "GET /api/v1/dead-letters",
    "GET /api/v1/unknown-devices",
    "GET /api/v1/rules",
    "GET /api/v1/mappings",
    "GET /api/v1/audit",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
]


@pytest.fixture
def document(embedded_api: Api) -> Any:
    return embedded_api.call("GET", "/openapi.json").json()


def test_every_path_of_the_contract_is_described(document: Any) -> None:
    described = {
        f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods
    }

    assert set(CONTRACT) - described == set()


def test_every_answer_has_a_schema_and_every_error_is_a_problem(document: Any) -> None:
    for path, methods in document["paths"].items():
        if not path.startswith("/api/v1"):
            continue
        for method, operation in methods.items():
            answers = operation["responses"]
            problem = answers["422"]["content"]["application/problem+json"]["schema"]["$ref"]
            good = next(answer for status, answer in answers.items() if status.startswith("2"))

            assert problem.endswith("/ProblemDocument"), (method, path)
            assert "204" in answers or good["content"], (method, path)


@pytest.mark.parametrize(
    ("schema", "path"), [("AlarmDocument", "alarms"), ("WorkOrderDocument", "work-orders")]
)
def test_what_is_answered_has_the_members_that_are_described(
    document: Any, embedded_api: Api, schema: str, path: str
) -> None:
    embedded_api.send(activated())

    (item,) = embedded_api.get(path)["items"]

    assert set(item) == set(document["components"]["schemas"][schema]["properties"])


def test_the_token_is_described(document: Any) -> None:
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert document["paths"]["/api/v1/alarms"]["get"]["security"] == [{"HTTPBearer": []}]
