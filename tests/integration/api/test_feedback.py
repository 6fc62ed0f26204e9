"""What people find is kept with the order and reaches the models, on both databases."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plantroom.api.access.identity import Role
from plantroom.storage.models.registry import Registry
from plantroom.storage.records import Records
from plantroom_testing.records import HIGH_VIBRATION, START, Api, activated

OF_MODEL: dict[str, Any] = {"rule": "model-anomaly", "text": replace(HIGH_VIBRATION, group="model")}
WORN = {"verdict": "real_fault", "cause": "bearing worn"}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """A folder of models in which nothing is."""
    return Registry(tmp_path / "models")


@pytest.fixture
def api(records: Records, registry: Registry) -> Api:
    """An API that passes on to the models what people say."""
    return Api(records, expects_pipeline=False, models=registry)


def said(api: Api) -> list[Any]:
    """Return what the audit log has of verdicts, the newest first."""
    answer = api.call("GET", "audit", role=Role.ADMIN)
    return [each for each in answer.json()["items"] if each["action"] == "work_order.feedback"]


@pytest.mark.parametrize("step", ["close", "cancel"])
def test_what_is_said_at_the_end_of_an_order_is_kept_with_who_and_when(api: Api, step: str) -> None:
    api.send(activated())

    order = api.post(f"work-orders/WO-1/{step}", {"feedback": WORN, "comment": "see photo"})

    at = "2025-11-21T18:33:20.000Z"
    assert order["feedback"] == {**WORN, "at": at, "who": "operator"} == api.order()["feedback"]
    assert [entry["subject"] for entry in said(api)] == ["WO-1"]


def test_it_may_be_said_when_the_work_is_done(api: Api) -> None:
    api.send(activated())
    api.post("work-orders/WO-1/start")

    order = api.post("work-orders/WO-1/complete", {"remedy": "bearing renewed", "feedback": WORN})

    assert (order["status"], order["feedback"]["verdict"]) == ("completed", "real_fault")


def test_an_order_without_a_verdict_has_none(api: Api) -> None:
    api.send(activated())

    assert api.close_order("WO-1")["feedback"] is None


def test_a_verdict_on_a_model_s_alarm_reaches_the_models(api: Api, registry: Registry) -> None:
    api.send(activated(**OF_MODEL))

    api.post("work-orders/WO-1/close", {"feedback": WORN})

    (judged,) = registry.feedback("P-101")
    assert (judged.alarm, judged.verdict.value, judged.cause) == (
        api.alarm()["id"],
        "real_fault",
        "bearing worn",
    )
    assert judged.at == START


def test_a_verdict_on_a_rule_s_alarm_does_not(api: Api, registry: Registry) -> None:
    api.send(activated())

    api.post("work-orders/WO-1/close", {"feedback": WORN})

    assert registry.feedback("P-101") == ()


def test_a_corrected_verdict_takes_the_place_of_the_first(api: Api, registry: Registry) -> None:
    api.send(activated(**OF_MODEL))
    api.post("work-orders/WO-1/close", {"feedback": WORN})

    answer = api.call("PATCH", "work-orders/WO-1", json={"feedback": {"verdict": "false_alarm"}})

    assert answer.json()["feedback"]["verdict"] == "false_alarm"
    assert [judged.verdict.value for judged in registry.feedback("P-101")] == ["false_alarm"]


def test_an_unknown_verdict_is_refused(api: Api) -> None:
    api.send(activated())

    answer = api.call("POST", "work-orders/WO-1/close", json={"feedback": {"verdict": "maybe"}})

    assert answer.status_code == 422
    assert api.order()["status"] == "new"


def test_a_verdict_that_the_models_cannot_keep_changes_nothing(api: Api, registry: Registry) -> None:
    api.send(activated(**OF_MODEL))
    registry.folder.parent.mkdir(exist_ok=True)
    registry.folder.write_text("a file where a folder should be")

    answer = api.call("POST", "work-orders/WO-1/close", json={"feedback": WORN})

    assert answer.status_code == 503
    assert "cannot be kept with the models" in answer.json()["detail"]
    assert (api.order()["status"], api.order()["feedback"]) == ("new", None)
