"""Parameters of rules, what sites and assets change about them, and what is around an asset."""

from pathlib import Path

import pytest

from plantroom.domain.quantity import Quantity
from plantroom_testing.files import loaded, mistakes

RULE = """
    - id: shaky
      class: pump
      params: {limit: 4.5 mm/s}
      when: vibration > limit
"""
SITE = """
    site: s
    rules: {shaky: {limit: 5 mm/s}}
    assets:
      - {id: P-1, class: pump}
      - {id: P-2, class: pump, rules: {shaky: {limit: 0.006 m/s}}}
      - {id: P-3, class: pump, rules: {shaky: {enabled: false}}}
"""


def test_the_asset_goes_before_the_site_and_the_site_before_the_rule(tmp_path: Path) -> None:
    installation = loaded(tmp_path, SITE, RULE)
    (site,), (rule,) = installation.table.sites, installation.rules["s"]

    assert rule.params == (("limit", Quantity(4.5, "mm/s")),)
    assert [rule.params_of(asset, site)["limit"] for asset in site.assets] == pytest.approx([5, 6, 5])
    assert [rule.watches(asset, site) for asset in site.assets] == [True, True, False]


@pytest.mark.parametrize(
    ("tuning", "told"),
    [
        ("shakey: {limit: 5}", "unknown rule 'shakey'; did you mean shaky?"),
        ("shaky: {limt: 5}", "rule shaky has no parameter 'limt'; did you mean limit?"),
        ("shaky: {limit: 5 bar}", "limit: expected a number in mm/s, got 5 bar"),
        ("shaky: {limit: high}", "limit: expected a number such as 5 or 4.5 mm/s, got 'high'"),
        ("shaky: {enabled: no}", "enabled: expected true or false, got 'no'"),
    ],
)
def test_a_wrong_change_is_told_with_its_line(tmp_path: Path, tuning: str, told: str) -> None:
    site = f"site: s\nrules:\n  {tuning}\nassets: [{{id: P-1, class: pump}}]\n"

    found = mistakes(tmp_path, site, RULE)

    assert [one.startswith(f"site.yaml:3: {told}") for one in found] == [True], found


def test_a_change_for_another_class_is_told(tmp_path: Path) -> None:
    lift = "{id: E-1, class: elevator, rules: {shaky: {limit: 5}}}"

    found = mistakes(tmp_path, f"site: s\nassets: [{{id: P-1, class: pump}}, {lift}]\n", RULE)

    assert "rule shaky is for pump, not for elevator" in found[0]


def test_what_is_around_an_asset_may_be_named(tmp_path: Path) -> None:
    site = """
        site: s
        holidays: CN
        assets:
          - {id: M-1, class: pump}
          - {id: P-1, class: pump, parent: M-1, fed_by: [M-1], rated: {power_kw: 11}}
          - {id: P-2, class: pump}
    """
    rules = """
        - {id: a, class: pump, when: power > 1.1 * rated.power_kw}
        - {id: b, class: pump, when: parent.flow < 300 l/min and workday}
        - {id: c, class: pump, when: any(fed_by.flow < 5 m3/h)}
    """

    installation = loaded(tmp_path, site, rules)

    assert [rule.id for rule in installation.rules["s"]] == ["a", "b", "c"]
    assert installation.table.sites[0].holidays == "CN"


def test_a_country_whose_holidays_nobody_knows_is_told(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "site: s\nholidays: China\nassets: []\n")

    assert found[0].startswith(
        "site.yaml:2: holidays: expected the code of a country such as CN, got 'China'"
    )
