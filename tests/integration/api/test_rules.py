"""Rules over the API: what they come to, what people change, reading their files again, trying them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plantroom.api.access.identity import Role
from plantroom.api.alarming.upkeep import Upkeep
from plantroom.domain.samples import SampleBatch
from plantroom.storage.files.rule_book import RuleBook
from plantroom.storage.records import Records
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom_testing.files import written
from plantroom_testing.records import HOUR, MINUTE, START, Api

SITE = """
site: s
rules: {shaky: {limit: 5 mm/s}}
assets:
  - {id: P-1, class: pump, rated: {power_kw: 22}, rules: {shaky: {limit: 6 mm/s}}}
  - {id: P-2, class: pump}
  - {id: FP-1, class: fire_pump}
"""
RULES = """
- id: shaky
  class: pump
  params: {limit: 4.5 mm/s, gap: 0.5 mm/s}
  when: vibration > limit
  clear: vibration < limit - gap
  for: 30s
  title: {en: Shaky, zh: 抖动}
  source: {standard: ISO 10816-7, verified: false}
  causes: [{en: Bearing worn, zh: 轴承磨损}]
  actions: [{en: Grease it, zh: 加油}]
- {id: loaded, class: pump, when: power > 1.1 * rated.power_kw}
- {id: no-power, class: fire_pump, params: {least: 300 V}, when: not running}
"""


class Plant:
    """An API on files in a folder, and a store."""

    def __init__(self, folder: Path, records: Records) -> None:
        self.rules = written(folder, "rules/rules.yaml", RULES)
        self.site = written(folder, "site.yaml", SITE)
        self.book = RuleBook.open(sites=[self.site], rules=[self.rules.parent], now=START)
        self.store = DuckDbStore(folder / "samples.duckdb", self.book.installation.table)
        self.api = Api(
            records,
            store=self.store,
            installation=self.book.installation,
            rule_book=self.book,
            expects_pipeline=False,
        )

    def put(self, path: str, *, role: Role = Role.ENGINEER, status: int = 200, **body: Any) -> Any:
        document = {"reason": "try", **body}
        answer = self.api.call("PUT", path, role=role, json=document)
        assert answer.status_code == status, answer.text
        return answer.json()

    def ask(self, *, role: Role = Role.ENGINEER, status: int = 200, **body: Any) -> Any:
        answer = self.api.call("POST", "rules/try", role=role, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def here(self, asset: str, rule: str = "shaky") -> Any:
        """Return what a rule comes to on an asset."""
        items = self.api.get(f"assets/{asset}/rules")["items"]
        return next(item["here"] for item in items if item["rule"]["id"] == rule)

    def limit(self, asset: str) -> tuple[float, str]:
        """Return the limit on an asset, and who says so."""
        param = self.here(asset)["params"][0]
        return param["value"], param["origin"]

    def vibrate(self, *values: float) -> None:
        """Record readings of P-1, one every 10 s, the last at the API's present."""
        ts = START - 10_000 * np.arange(len(values), dtype=np.int64)[::-1]
        number = self.book.installation.table.number["P-1", "vibration"]
        count = len(values)
        self.store.write(
            SampleBatch(
                point=np.full(count, number, np.int32),
                ts=ts,
                value=np.array(values),
                quality=np.zeros(count, np.uint8),
                arrived=ts,
                message=np.arange(count, dtype=np.int32),
            )
        )


@pytest.fixture
def plant(tmp_path: Path, embedded: Records) -> Any:
    made = Plant(tmp_path, embedded)
    yield made
    made.store.close()


def test_a_rule_tells_its_limits_who_set_them_and_what_it_watches(plant: Plant) -> None:
    rule = plant.api.get("rules/shaky")

    assert rule["params"][0] == {
        "name": "limit",
        "default": 4.5,
        "unit": "mm/s",
        "value": 5.0,
        "origin": "site_file",
    }
    assert [each["params"][0]["value"] for each in rule["assets"]] == [6.0, 5.0]
    assert (rule["for_s"], rule["clear"], rule["pack"]) == (30, "vibration < limit - gap", None)
    assert rule["causes"] == [{"en": "Bearing worn", "zh": "轴承磨损"}]
    assert rule["source"]["verified"] is False
    assert (rule["watched"], rule["switched_off"], rule["lacking"]) == (2, 0, [])


def test_assets_that_lack_what_a_rule_names_are_not_watched(plant: Plant) -> None:
    rule = plant.api.get("rules/loaded")

    assert (rule["watched"], rule["lacking"]) == (1, [{"lacks": ["rated.power_kw"], "assets": 1}])
    assert [each["watched"] for each in rule["assets"]] == [True, False]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"class": "fire_pump"}, ["no-power"]),
        ({"asset": "P-2"}, ["shaky", "loaded"]),
        ({"site": "other"}, []),
        ({"enabled": "false"}, ["loaded"]),
        ({"enabled": "false", "asset": "P-1"}, ["loaded"]),
        ({"enabled": "true", "asset": "P-1"}, ["shaky"]),
    ],
    ids=["class", "asset", "site", "off", "off on the asset", "on on the asset"],
)
def test_the_list_is_filtered(plant: Plant, filters: dict[str, str], ids: list[str]) -> None:
    plant.put("sites/s/rules/loaded", enabled=False)

    found = plant.api.get("rules", **filters)

    assert [rule["id"] for rule in found["items"]] == ids


def test_the_assets_word_goes_before_the_sites_and_an_override_before_the_file(plant: Plant) -> None:
    assert (plant.limit("P-1"), plant.limit("P-2")) == ((6.0, "asset_file"), (5.0, "site_file"))

    plant.put("sites/s/rules/shaky", params={"limit": 5.5})
    assert (plant.limit("P-1"), plant.limit("P-2")) == ((6.0, "asset_file"), (5.5, "site_override"))

    plant.put("assets/P-1/rules/shaky", params={"limit": "7 mm/s"})
    limit, origin = plant.limit("P-1")
    assert (limit, origin) == (7.0, "asset_override")

    plant.api.call("DELETE", "assets/P-1/rules/shaky", role=Role.ENGINEER)
    assert plant.limit("P-1") == (6.0, "asset_file")


def test_an_override_says_who_when_and_why_and_is_in_the_audit_log(plant: Plant) -> None:
    plant.put("assets/P-1/rules/shaky", enabled=False, params={"limit": "7 mm/s"}, reason="new bearing")
    plant.api.call("DELETE", "assets/P-1/rules/shaky", role=Role.ENGINEER)

    ended, begun = plant.api.call("GET", "audit", role=Role.ADMIN).json()["items"]

    assert (begun["who"], begun["action"]) == ("engineer", "rule.override")
    assert (begun["subject"], begun["detail"]) == ("P-1/shaky", "off, limit 7 mm/s: new bearing")
    assert ended["action"] == "rule.override.end"


def test_all_overrides_are_listed_with_those_that_no_longer_fit(plant: Plant) -> None:
    plant.put("assets/P-1/rules/shaky", params={"gap": 1})
    plant.rules.write_text(RULES.replace(", gap: 0.5 mm/s", "").replace("limit - gap", "4"))
    plant.api.call("POST", "rules/reload", role=Role.ENGINEER)

    [listed] = plant.api.get("rule-overrides")["items"]

    assert (listed["asset"], listed["who"], listed["reason"]) == ("P-1", "engineer", "try")
    assert "rule shaky has no parameter 'gap'" in listed["mistake"]
    assert plant.limit("P-1") == (6.0, "asset_file")


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("assets/P-1/rules/shaky", {"params": {"limit": "5 bar"}}, 422, "expected a number in mm/s"),
        ("assets/P-1/rules/shaky", {"params": {"limits": 5}}, 422, "did you mean limit"),
        ("assets/P-1/rules/shaky", {"params": {"limit": "five"}}, 422, "params.limit: expected a number"),
        ("assets/P-1/rules/shaky", {"params": {"limit": "1e999"}}, 422, "not so large"),
        ("assets/P-1/rules/shaky", {}, 422, "enabled or params must be given"),
        ("assets/P-1/rules/shaky", {"enabled": False, "reason": " "}, 422, "reason"),
        ("assets/P-1/rules/shaky", {"enabled": False, "until": "2020-01-01T00:00:00Z"}, 422, "future"),
        ("assets/P-1/rules/no-power", {"enabled": False}, 422, "is for fire_pump"),
        ("assets/P-1/rules/nix", {"enabled": False}, 404, "no rule nix"),
        ("assets/P-9/rules/shaky", {"enabled": False}, 404, "no asset P-9"),
        ("sites/x/rules/shaky", {"enabled": False}, 404, "no rule shaky at site x"),
    ],
    ids=[
        "other quantity",
        "unknown parameter",
        "no number",
        "infinite",
        "nothing",
        "no reason",
        "past",
        "other class",
        "unknown rule",
        "unknown asset",
        "unknown site",
    ],
)
def test_what_does_not_fit_is_refused(
    plant: Plant, path: str, body: dict[str, Any], status: int, says: str
) -> None:
    answer = plant.put(path, role=Role.ADMIN, status=status, **body)

    assert says in answer["detail"]
    assert plant.api.get("rule-overrides")["items"] == []


def test_operators_change_no_rules(plant: Plant) -> None:
    plant.put("assets/P-1/rules/shaky", role=Role.OPERATOR, status=403, enabled=False)


def test_only_an_administrator_changes_what_guards_lives_and_switches_it_off_for_hours(plant: Plant) -> None:
    path = "assets/FP-1/rules/no-power"
    refused = plant.put(path, status=403, params={"least": 1})
    assert "only the role admin" in refused["detail"]

    plant.put(path, role=Role.ADMIN, params={"least": "310 V"})
    for_good = plant.put(path, role=Role.ADMIN, status=422, enabled=False)
    too_long = plant.put(path, role=Role.ADMIN, status=422, enabled=False, minutes=9 * 60)
    switched_off = plant.put(path, role=Role.ADMIN, enabled=False, minutes=60)

    assert "say until when" in for_good["detail"]
    assert "at most 8 h" in too_long["detail"]
    assert switched_off["until"] is not None
    assert plant.api.call("DELETE", path, role=Role.ENGINEER).status_code == 403


def test_an_override_ends_at_its_time(plant: Plant) -> None:
    plant.put("assets/P-2/rules/shaky", enabled=False, minutes=30)
    assert plant.here("P-2")["enabled"] is False

    plant.api.clock.advance(30 * MINUTE)

    assert plant.here("P-2")["enabled"] is True
    Upkeep(plant.api.services.records, plant.api.clock).tick()
    assert plant.api.get("rule-overrides")["items"] == []
    [entry, _] = plant.api.call("GET", "audit", role=Role.ADMIN).json()["items"]
    assert (entry["action"], entry["who"]) == ("rule.override.expired", "plantroom")


def test_a_pipeline_is_told_only_when_something_has_changed(plant: Plant) -> None:
    plant.put("assets/P-1/rules/shaky", params={"limit": 7})
    first = plant.api.call("GET", "pipeline/rules", role=Role.PIPELINE)
    tag = {"If-None-Match": first.headers["ETag"]}

    again = plant.api.call("GET", "pipeline/rules", role=Role.PIPELINE, headers=tag)
    plant.api.call("POST", "rules/reload", role=Role.ENGINEER)
    changed = plant.api.call("GET", "pipeline/rules", role=Role.PIPELINE, headers=tag)

    assert [each["params"] for each in first.json()["overrides"]] == [{"limit": "7"}]
    assert (again.status_code, again.content) == (304, b"")
    assert changed.json()["reload_asked"] == "2025-11-21T18:33:20.000Z"


def test_a_file_is_read_again_on_demand_and_a_bad_one_changes_nothing(plant: Plant) -> None:
    plant.rules.write_text(RULES.replace("vibration > limit", "vibration > 4 bar"))
    bad = plant.api.call("POST", "rules/reload", role=Role.ENGINEER).json()

    assert bad["ok"] is False
    assert "rules.yaml:5: when: on P-1: cannot compare vibration (in mm/s) and 4 bar" in bad["errors"][0]
    assert plant.api.get("rules")["reload"] == bad
    assert plant.api.get("rules/shaky")["when"] == "vibration > limit"
    health = plant.api.call("GET", "/health/ready").json()
    assert (health["status"], len(health["warnings"])) == ("ok", 1)

    plant.rules.write_text(RULES.replace("Shaky", "Trembles"))
    good = plant.api.call("POST", "rules/reload", role=Role.ENGINEER).json()

    assert (good["ok"], good["errors"]) == (True, [])
    assert plant.api.get("rules/shaky")["title"]["en"] == "Trembles"


def test_what_a_pipeline_could_not_read_is_told_as_well(plant: Plant) -> None:
    said = {"at": START + HOUR, "ok": False, "errors": ["rules/x.yaml:1: wrong"], "restart_needed": []}
    report = {"pipeline": "p1", "ready": True, "rules": said}
    plant.api.call("PUT", "pipeline/report", role=Role.PIPELINE, json=report)

    reload = plant.api.get("rules")["reload"]

    assert (reload["ok"], reload["errors"]) == (False, ["rules/x.yaml:1: wrong"])


def test_a_trial_says_what_a_limit_would_have_done_beside_the_present_one(plant: Plant) -> None:
    plant.vibrate(*[1.0] * 10, *[4.0] * 10, *[1.0] * 10, *[6.5] * 10, *[1.0] * 10)

    found = plant.ask(id="shaky", params={"limit": "3 mm/s"}, assets=["P-1"])

    assert (found["tried"]["alarms"], found["present"]["alarms"]) == (2, 1)
    assert [alarm["at"] for alarm in found["alarms"]] == [
        "2025-11-21T18:27:20.000Z",
        "2025-11-21T18:30:40.000Z",
    ]
    assert [alarm["at"] for alarm in found["more"]] == ["2025-11-21T18:27:20.000Z"]
    assert (found["fewer"], found["samples"]) == ([], 49)
    assert plant.api.alarms() == []


def test_a_rule_that_is_in_no_file_yet_is_tried_as_text(plant: Plant) -> None:
    plant.vibrate(*[1.0] * 10, *[4.0] * 10)
    text = "id: fresh\nclass: pump\nwhen: avg(vibration, 1m) > 2\n"

    found = plant.ask(rule=text, to="2025-11-21T18:33:21Z")

    assert found["present"] is None
    assert (found["assets"], found["tried"]["alarms"]) == (["P-1", "P-2"], 1)


def test_a_switched_off_rule_can_be_tried(plant: Plant) -> None:
    plant.put("sites/s/rules/shaky", enabled=False)
    plant.vibrate(*[9.0] * 10)

    found = plant.ask(id="shaky", assets=["P-1"])

    assert (found["tried"]["alarms"], found["present"]["alarms"]) == (1, 0)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (
            {"rule": "id: x\nclass: pump\nwhen: vibration > 4 bar"},
            422,
            "rule:3: when: on P-1: cannot compare",
        ),
        (
            {"rule": "- {id: x, class: pump, when: running}\n- {id: y, class: pump, when: running}"},
            422,
            "one rule",
        ),
        ({"rule": "id: x", "id": "shaky"}, 422, "either rule or id"),
        ({"id": "nix"}, 404, "no rule nix"),
        ({"id": "shaky", "assets": ["FP-1"]}, 404, "no rule shaky for FP-1"),
        ({"id": "shaky", "params": {"limit": "4 bar"}}, 422, "expected a number in mm/s"),
        ({"id": "shaky", "from": "2025-01-01T00:00:00Z"}, 422, "at most 31 days"),
        ({"id": "shaky", "to": "2025-11-20T00:00:00Z"}, 422, "no samples in that time"),
    ],
    ids=["wrong", "two", "both", "unknown", "other class", "other quantity", "too long", "nothing there"],
)
def test_what_cannot_be_tried_is_said(plant: Plant, body: dict[str, Any], status: int, says: str) -> None:
    plant.vibrate(1.0)

    assert says in plant.ask(status=status, **body)["detail"]


def test_one_trial_at_a_time(plant: Plant) -> None:
    plant.vibrate(1.0)
    with plant.api.services.trials._turn:
        answer = plant.ask(id="shaky", status=429)

    assert "another trial is running" in answer["detail"]


def test_operators_try_nothing(plant: Plant) -> None:
    plant.ask(id="shaky", role=Role.OPERATOR, status=403)
