"""Only what rules need is read, and only what is asked about watches."""

from pathlib import Path

import pytest

from plantroom.domain.installation import Installation
from plantroom.rules.engine import Engine
from plantroom.rules.trial.needs import narrowed, needed_points
from plantroom_testing.files import loaded

SITE = """
site: s
assets:
  - {id: MDB-1, class: distribution_panel}
  - {id: CH-1, class: chiller, fed_by: [MDB-1]}
  - {id: P-1, class: pump, parent: CH-1, fed_by: [MDB-1]}
  - {id: P-2, class: pump, parent: CH-1}
"""
RULE = "- {id: r, class: pump, params: {limit: 4}, when: vibration > limit}\n"


def needed(installation: Installation) -> set[str]:
    keys = installation.table.keys
    return {".".join(keys[number]) for number in needed_points(installation).tolist()}


def test_points_of_the_condition_are_needed_on_each_asset(tmp_path: Path) -> None:
    rule = "- {id: r, class: pump, when: vibration > 4, clear: not running, suppress: fault}\n"

    found = needed(loaded(tmp_path, SITE, rule))

    assert found == {
        f"{pump}.{point}" for pump in ("P-1", "P-2") for point in ("vibration", "running", "fault")
    }


@pytest.mark.parametrize(
    ("condition", "others"),
    [
        ("parent.running and flow < 1", {"CH-1.running"}),
        ("any(fed_by.voltage_l1 < 200 V) and flow < 1", {"MDB-1.voltage_l1"}),
        ("vibration > peers(vibration).median", set()),
    ],
    ids=["parent", "feeders", "peers"],
)
def test_points_of_others_are_needed_and_whatever_sets_the_clock(
    tmp_path: Path, condition: str, others: set[str]
) -> None:
    installation = narrowed(
        loaded(tmp_path, SITE, f"- {{id: r, class: pump, when: '{condition}'}}\n"),
        assets=["P-1"],
    )

    found = needed(installation)

    whole = {f"P-1.{point}" for asset, point in installation.table.keys if asset == "P-1"}
    assert whole <= found
    assert others <= found
    assert ("P-2.vibration" in found) == ("peers" in condition)


def test_only_chosen_assets_are_watched_with_their_parameters(tmp_path: Path) -> None:
    site = SITE.replace("id: P-1,", "id: P-1, rules: {r: {limit: 9}},")

    installation = narrowed(loaded(tmp_path, site, RULE), assets=["P-1"])

    assert needed(installation) == {"P-1.vibration"}
    (rule,) = installation.rules["s"]
    first = installation.table.assets[2]
    assert rule.params_of(first, installation.table.sites[0]) == {"limit": 9.0}
    assert Engine(installation).faults == ()


def test_only_chosen_rules_are_kept(tmp_path: Path) -> None:
    installation = loaded(tmp_path, SITE, RULE + RULE.replace("id: r", "id: other"))

    assert [rule.id for rule in narrowed(installation, rules=["other"]).rules["s"]] == ["other"]
