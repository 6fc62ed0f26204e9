"""Rules that are written once for every class whose assets have a point."""

from pathlib import Path

import pytest

from plantroom.domain.rule import Rule
from plantroom_testing.files import loaded, mistakes

SITE = """
    site: s
    classes:
      fountain:
        points: {level: {unit: m}, flow: {unit: m3/h}}
      pond:
        points: {level: {unit: m}}
      lamp:
        points: {power: {unit: kW}}
    assets:
      - {id: F-1, class: fountain}
      - {id: P-1, class: pond}
      - {id: L-1, class: lamp}
"""
RULE = """
    - id: low
      class: "*"
      having: level
      when: level < 1 m
      title: {en: Low, zh: 偏低}
"""


def rules(folder: Path, text: str = RULE) -> dict[tuple[str, str], Rule]:
    return {(rule.asset_class, rule.id): rule for rule in loaded(folder, SITE, text).rules["s"]}


def test_every_class_that_has_the_point_has_the_rule_under_one_name(tmp_path: Path) -> None:
    assert sorted(rules(tmp_path)) == [("fountain", "low"), ("pond", "low")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(RULE.replace('"*"', "pond"), "having is for rules with class", id="class"),
        pytest.param(
            RULE.replace("having: level", "each: measurement\n      having: level"), "without each", id="each"
        ),
        pytest.param(RULE.replace("level < 1 m", "flow < 1 m3/h"), "flow", id="expression"),
    ],
)
def test_what_is_wrong_about_it_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert any(told in line for line in mistakes(tmp_path, SITE, text))
