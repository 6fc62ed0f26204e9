"""Models, and what they say of a pump whose readings are in the store, in words."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from plantroom.api.access.identity import Role
from plantroom.domain.feedback import Verdict
from plantroom.storage.models.registry import Registry
from plantroom.storage.records import Records
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom_testing.modelled_pump import Pump, installation, kept, stored, trained
from plantroom_testing.records import START, Api


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """A folder of models."""
    return Registry(tmp_path / "models")


@pytest.fixture
def api(embedded: Records, registry: Registry, tmp_path: Path) -> Iterator[Api]:
    """An API with a store of readings."""
    site = installation(tmp_path)
    with closing(DuckDbStore(tmp_path / "samples.duckdb", site.table)) as store:
        yield Api(embedded, store=store, installation=site, expects_pipeline=False, models=registry)


def record(api: Api, registry: Registry, pump: Pump) -> None:
    """Train the models of P-101 while `pump` is healthy, and store what was read since."""
    table = api.services.installation.table
    bundle = trained(table, "P-101", pump)
    kept(registry, bundle, pump)
    assert api.services.store is not None
    stored(api.services.store, table, bundle, pump)


def explained(api: Api, **params: Any) -> Any:
    return api.get("assets/P-101/explanation", **params)


def test_an_abnormal_pump_is_explained_in_words(api: Api, registry: Registry) -> None:
    record(api, registry, Pump(end=START, days=1, current_share=0.18))

    said = explained(api)

    assert said["abnormal"]
    current = next(each for each in said["findings"] if each["model"] == "current")
    assert current["ratio"] > 1
    assert current["text"]["en"].startswith("Motor current 18 % above expected for this flow (")
    assert "since Friday 02:" in current["text"]["en"]
    assert current["text"]["zh"].startswith("电机电流比当前流量下的预期值高 18 %（")
    (part,) = current["contributions"]
    assert part["relative"] == pytest.approx(0.18, abs=0.02)
    assert part["difference"] == pytest.approx(part["value"] - part["expected"])
    whole = next(each for each in said["findings"] if each["model"] == "whole")
    assert whole["contributions"][0]["point"] == "current"
    assert (
        "compared with how the points moved together from 15 November to 21 November" in whole["text"]["en"]
    )
    assert ("current", "expected_current") in [(each["value"], each["expected"]) for each in said["charts"]]
    assert said["text"]["en"].count("18 %") >= 1


def test_a_wearing_pump_is_told_how_long_it_has(api: Api, registry: Registry) -> None:
    record(api, registry, Pump(end=START, days=4, wear=0.5))

    (left,) = explained(api)["remaining_life"]

    assert left["level"] == pytest.approx(3.5, abs=0.3)
    assert left["low"] <= left["days"] <= left["high"]
    assert left["days"] == pytest.approx(7.2, abs=3)
    assert left["text"]["en"].startswith("Vibration 3.")
    assert "limit 7.10 mm/s in " in left["text"]["en"]
    assert "（80% 区间：" in left["text"]["zh"]


def test_a_healthy_pump_is_as_usual_and_has_no_remaining_life(api: Api, registry: Registry) -> None:
    record(api, registry, Pump(end=START))

    said = explained(api)

    assert (said["abnormal"], said["since"]) == (False, None)
    assert said["text"]["en"].startswith("As usual: the greatest deviation is ")
    assert said["remaining_life"][0]["days"] is None
    assert said["remaining_life"][0]["text"]["en"] == "Remaining life by vibration not estimable: no rise"


def test_what_was_said_at_a_time_can_be_asked_for(api: Api, registry: Registry) -> None:
    record(api, registry, Pump(end=START, days=1, current_share=0.18))

    before = explained(api, at="2025-11-20T12:00:00Z")

    assert not before["abnormal"]
    assert before["as_of"] <= "2025-11-20T12:00:00.000Z"


def test_a_pump_of_which_nothing_was_read_lately_is_not_judged(api: Api, registry: Registry) -> None:
    record(api, registry, Pump(end=START - 3 * 86_400_000, current_share=0.18))

    said = explained(api)

    assert (said["ratio"], said["as_of"], said["findings"]) == (None, None, [])
    assert said["text"]["en"] == "The models say nothing of now."


def test_a_pump_of_which_nothing_was_ever_stored_is_not_judged(api: Api, registry: Registry) -> None:
    pump = Pump(end=START)
    kept(registry, trained(api.services.installation.table, "P-101", pump), pump)

    said = explained(api)

    assert (said["ratio"], said["since"], said["findings"]) == (None, None, [])
    assert said["remaining_life"][0]["days"] is None


@pytest.mark.parametrize("path", ["models/P-101", "assets/P-101/explanation"])
def test_without_models_there_is_nothing_to_say(api: Api, path: str) -> None:
    answer = api.call("GET", path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "there is no model of asset P-101" in answer.json()["detail"]
    assert api.get("models") == {"items": [], "next": None}


def test_the_models_at_work_are_listed_with_what_people_think_of_them(api: Api, registry: Registry) -> None:
    pump = Pump(end=START)
    bundle = trained(api.services.installation.table, "P-101", pump)
    kept(registry, bundle, pump)
    registry.record_feedback("P-101", verdict=Verdict.REAL_FAULT, alarm="a", at=START)
    registry.record_feedback("P-101", verdict=Verdict.FALSE_ALARM, alarm="b", at=START)

    (model,) = api.get("models")["items"]

    assert (model["asset"], model["version"], model["active"]) == ("P-101", 1, True)
    assert [each["kind"] for each in model["models"]] == ["pca", "expected", "life"]
    assert (model["real_faults"], model["false_alarms"], model["precision"]) == (1, 1, 0.5)
    assert model["unusable"] is None
    detail = api.get("models/P-101")
    assert [each["alarm"] for each in detail["feedback"]] == ["b", "a"]
    assert [each["version"] for each in detail["versions"]] == [1]


def test_the_list_of_models_comes_in_parts(api: Api, registry: Registry) -> None:
    pump = Pump(end=START)
    for asset in ("P-101", "P-102"):
        kept(registry, trained(api.services.installation.table, asset, pump), pump)

    first = api.get("models", limit=1)
    second = api.get("models", limit=1, cursor=first["next"])

    assert [each["asset"] for part in (first, second) for each in part["items"]] == ["P-101", "P-102"]
    assert second["next"] is None


def test_a_model_that_was_changed_on_disk_is_listed_as_unusable(api: Api, registry: Registry) -> None:
    pump = Pump(end=START)
    kept(registry, trained(api.services.installation.table, "P-101", pump), pump)
    (registry.folder / "assets/P-101/1.npz").write_bytes(b"something else")

    (model,) = api.get("models")["items"]
    answer = api.call("GET", "assets/P-101/explanation")

    assert "checksum" in model["unusable"]
    assert answer.status_code == 503
    assert "the models of P-101 cannot be read" in answer.json()["detail"]


def test_verdicts_that_cannot_be_read_are_a_problem_that_says_so(api: Api, registry: Registry) -> None:
    pump = Pump(end=START)
    kept(registry, trained(api.services.installation.table, "P-101", pump), pump)
    (registry.folder / "assets/P-101/feedback.json").write_text("no JSON")

    answer = api.call("GET", "models/P-101")

    assert answer.status_code == 503
    assert "feedback.json" in answer.json()["detail"]


def test_a_model_that_the_pipeline_switched_off_is_listed_so(api: Api, registry: Registry) -> None:
    pump = Pump(end=START)
    kept(registry, trained(api.services.installation.table, "P-101", pump), pump)
    off = {"asset": "P-101", "model": "whole", "version": 1, "reason": "it raised ValueError"}
    report = {"pipeline": "p", "ready": True, "models": {"at_work": 2, "off": [off]}}

    api.call("PUT", "pipeline/report", role=Role.PIPELINE, json=report)

    (model,) = api.get("models")["items"]
    assert model["off"] == [{"model": "whole", "reason": "it raised ValueError"}]
