"""What people change about rules goes before the files, unless it does not fit them."""

from pathlib import Path

import pytest

from plantroom.domain.installation import Installation
from plantroom.domain.override import Override, in_force, mistake_in, overridden
from plantroom.domain.quantity import Quantity
from plantroom_testing.files import loaded

SITE = """
site: s
rules: {shaky: {limit: 5, gap: 1}}
assets:
  - {id: P-1, class: pump, rules: {shaky: {limit: 6}}}
  - {id: P-2, class: pump, rules: {shaky: {enabled: false}}}
  - {id: U-1, class: ups}
"""
RULES = "- {id: shaky, class: pump, params: {limit: 4.5 mm/s, gap: 0.5}, when: vibration > limit + gap}\n"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return loaded(tmp_path, SITE, RULES)


def override(
    asset: str = "",
    *,
    enabled: bool | None = None,
    until: int | None = None,
    rule: str = "shaky",
    site: str = "s",
    **params: float,
) -> Override:
    quantities = {name: Quantity(value, "mm/s") for name, value in params.items()}
    return Override(
        site=site,
        asset=asset,
        rule=rule,
        enabled=enabled,
        params=quantities,
        reason="try",
        who="ann",
        at=0,
        until=until,
    )


def effect(installation: Installation, asset: str) -> tuple[bool, float, float]:
    """Whether the rule watches an asset, its limit and its gap there."""
    [site] = installation.table.sites
    found = installation.table.assets[installation.table.asset_number[asset]]
    rule = installation.rule("s", "shaky")
    assert rule is not None
    params = rule.params_of(found, site)
    return rule.watches(found, site), params["limit"], params["gap"]


@pytest.mark.parametrize(
    ("overrides", "first", "second"),
    [
        ([], (True, 6, 1), (False, 5, 1)),
        ([override(limit=7)], (True, 6, 1), (False, 7, 1)),
        ([override("P-1", limit=7)], (True, 7, 1), (False, 5, 1)),
        ([override("P-1", gap=2), override(limit=8, gap=3)], (True, 6, 2), (False, 8, 3)),
        ([override("P-1", enabled=False), override("P-2", enabled=True)], (False, 6, 1), (True, 5, 1)),
        ([override(enabled=False)], (False, 6, 1), (False, 5, 1)),
    ],
    ids=["none", "site", "asset", "both", "switched", "site off"],
)
def test_an_override_goes_before_the_file_and_the_asset_before_the_site(
    installation: Installation,
    overrides: list[Override],
    first: tuple[bool, float, float],
    second: tuple[bool, float, float],
) -> None:
    changed = overridden(installation, overrides)

    assert (effect(changed, "P-1"), effect(changed, "P-2")) == (first, second)
    assert changed.table.keys == installation.table.keys


def test_assets_that_nobody_changes_stay_the_same_objects(installation: Installation) -> None:
    changed = overridden(installation, [override("P-1", limit=7)])

    assert changed.table.assets[1] is installation.table.assets[1]


@pytest.mark.parametrize(
    ("each", "mistake"),
    [
        (override("P-1", limit=7), None),
        (override(enabled=False), None),
        (override(rule="nix"), "there is no rule nix at site s"),
        (override(site="t"), "there is no rule shaky at site t"),
        (override("P-9"), "there is no asset P-9 at site s"),
        (override("U-1"), "rule shaky is for pump, U-1 is of class ups"),
        (override(level=1), "rule shaky has no parameter 'level'; known: gap, limit"),
    ],
    ids=["asset", "site", "rule", "other site", "unknown asset", "class", "parameter"],
)
def test_what_does_not_fit_is_said(installation: Installation, each: Override, mistake: str | None) -> None:
    assert mistake_in(each, installation) == mistake


def test_another_quantity_does_not_fit(installation: Installation) -> None:
    hot = Override(site="s", rule="shaky", params={"limit": Quantity(50, "degC")}, reason="", who="", at=0)

    assert mistake_in(hot, installation) == "limit: expected a number in mm/s, got 50 degC"


def test_in_force_is_what_holds_and_fits(installation: Installation) -> None:
    holds, over, odd = override(until=101), override("P-1", until=100), override("P-9")

    assert in_force(installation, [holds, over, odd], now=100) == (holds,)


@pytest.mark.parametrize("value", [5.0, 0.1, 1234567.8, 1e-7, 2**53 + 2.0, -0.5])
@pytest.mark.parametrize("unit", [None, "mm/s"])
def test_a_quantity_is_written_so_that_it_reads_back_the_same(value: float, unit: str | None) -> None:
    assert Quantity.parse(Quantity(value, unit).exact) == Quantity(value, unit)
