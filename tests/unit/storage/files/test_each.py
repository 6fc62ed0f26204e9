"""Rules that are written once and watch every point of a kind."""

from pathlib import Path

import pytest

from plantroom.domain.rule import Rule
from plantroom_testing.files import loaded, mistakes

SITE = """
    site: s
    classes:
      fountain:
        label: {en: Fountain, zh: 喷泉}
        points:
          running: {type: boolean}
          level: {unit: m, label: {en: Level, zh: 液位}}
          flow: {unit: m3/h, every: 30s, label: {en: Flow, zh: 流量}}
          total: {kind: counter, unit: m3, every: 10m}
      lamp:
        points: {power: {unit: kW, every: 5m}}
    assets:
      - {id: F-1, class: fountain}
      - {id: F-2, class: fountain, points: {flow: {every: 2m}, depth: {unit: m}}}
      - {id: L-1, class: lamp}
"""
RULE = """
    - id: gone
      class: "*"
      each: measurement
      params: {limit: 2}
      when: missing(x, 12 intervals) and x != limit
      group: instrument
      title: {en: "{point}: gone", zh: "{point}：缺失"}
"""


def rules(folder: Path, text: str = RULE) -> dict[tuple[str, str], Rule]:
    return {(rule.asset_class, rule.id): rule for rule in loaded(folder, SITE, text).rules["s"]}


def test_each_measurement_of_each_class_has_a_rule_of_its_own(tmp_path: Path) -> None:
    found = rules(tmp_path)

    assert sorted(found) == [
        ("fountain", "gone.depth"),
        ("fountain", "gone.flow"),
        ("fountain", "gone.level"),
        ("lamp", "gone.power"),
    ]
    assert found["fountain", "gone.flow"].group == "instrument.flow"
    assert found["fountain", "gone.flow"].title.zh == "流量：缺失"
    assert found["fountain", "gone.depth"].title.en == "depth: gone"


def test_intervals_are_those_of_the_slowest_asset_of_the_class(tmp_path: Path) -> None:
    found = rules(tmp_path)

    spans = {rule: each.when.text.partition(", ")[2].partition(")")[0] for (_, rule), each in found.items()}
    assert spans == {"gone.flow": "1440s", "gone.level": "120s", "gone.depth": "120s", "gone.power": "3600s"}


def test_a_parameter_is_changed_for_one_point_of_one_asset(tmp_path: Path) -> None:
    tuned = SITE.replace("class: lamp}", "class: lamp, rules: {gone.power: {limit: 3}}}")
    installation = loaded(tmp_path, tuned, RULE)
    (site,) = installation.table.sites
    (rule,) = (each for each in installation.rules["s"] if each.id == "gone.power")

    assert rule.params_of(site.assets[2], site) == {"limit": 3}


def test_units_and_exceptions_choose_the_points(tmp_path: Path) -> None:
    text = RULE + "      units: [m, kW]\n      except: [depth, lamp.power]\n"

    assert sorted(rules(tmp_path, text)) == [("fountain", "gone.level")]


def test_working_stands_for_each_class_its_own_condition_and_leaves_out_the_others(tmp_path: Path) -> None:
    text = (
        RULE.replace("x != limit", "held(working, 1h)") + "      working: {fountain: running or flow > 1}\n"
    )

    found = rules(tmp_path, text)

    assert {asset_class for asset_class, _ in found} == {"fountain"}
    assert (
        found["fountain", "gone.level"].when.text
        == "missing(level, 120s) and held((running or flow > 1), 1h)"
    )


def test_online_is_known_while_a_quick_number_of_the_asset_is(tmp_path: Path) -> None:
    found = rules(tmp_path, RULE.replace("x != limit", "online"))

    assert found["fountain", "gone.flow"].when.text.endswith("(level == level or depth == depth)")
    assert found["lamp", "gone.power"].when.text.endswith("(true)")


def test_counters_are_watched_one_by_one_as_well(tmp_path: Path) -> None:
    found = rules(tmp_path, RULE.replace("each: measurement", "each: counter"))

    assert [rule for _, rule in found] == ["gone.total"]
    assert found["fountain", "gone.total"].when.text.startswith("missing(total, 7200s)")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RULE.replace("      each: measurement\n", ""), "class: * is for rules with each: measurement"),
        (
            RULE.replace('"*"', "pump").replace("each: measurement", "units: [m]"),
            "units is for rules with each",
        ),
        (RULE.replace("each: measurement", "each: everything"), "each: "),
        (RULE.replace("x != limit", "y > 1"), "unknown point 'y'"),
    ],
    ids=["any class", "units", "kind", "expression"],
)
def test_what_is_wrong_about_it_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert any(told in line for line in mistakes(tmp_path, SITE, text))
