"""What a rule file may say, to which sites it applies, and what is told when it is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from plantroom.domain.errors import FilesInvalid
from plantroom.domain.rule import Dependence, Rule, Severity, Source, WorkOrderTemplate
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority
from plantroom.storage.files import load_files, load_installation
from plantroom.storage.files.classes import shipped_classes
from plantroom.storage.files.conditions import Variants, check_rule
from plantroom.storage.files.problems import Problems
from plantroom.storage.files.rules import read_rules
from plantroom_testing.files import loaded, mistakes, written

SITE = "site: s\nassets: [{id: P-1, class: pump}]\n"


def rule(folder: Path, lines: str) -> Rule:
    """Return the rule r of class pump with further `lines`."""
    return loaded(folder, SITE, f"- {{id: r, class: pump, {lines}}}\n").rules["s"][0]


def rule_mistakes(folder: Path, lines: str) -> list[str]:
    return mistakes(folder, SITE, f"- {{id: r, class: pump, {lines}}}\n")


def test_a_rule_says_when_it_is_suppressed_what_it_inhibits_and_what_to_look_at(tmp_path: Path) -> None:
    found = rule(
        tmp_path,
        "when: flow < 1, suppress: not running, inhibits: [fed_by, parent], inhibited: false, "
        "causes: [{en: Valve closed, zh: 阀门关闭}, {en: No water}], actions: [{en: Open it, zh: 打开}]",
    )

    assert found.suppress is not None
    assert found.suppress.text == "not running"
    assert (found.inhibits, found.inhibited) == ((Dependence.FED_BY, Dependence.PARENT), False)
    assert found.causes == (Text(en="Valve closed", zh="阀门关闭"), Text(en="No water"))
    assert found.actions == (Text(en="Open it", zh="打开"),)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("when: flow < 1, suppress: runing", "suppress: on P-1: unknown point 'runing'"),
        ("when: flow < 1, inhibits: [fed]", "inhibits: expected one of fed_by, gateway, parent, got 'fed'"),
        ("when: flow < 1, causes: [closed]", "causes: expected a mapping"),
        ("when: flow < 1, causes: [{de: zu}]", "unknown key 'de'"),
    ],
)
def test_what_is_wrong_about_suppressing_and_causes_is_told(
    tmp_path: Path, lines: str, expected: str
) -> None:
    assert expected in " ".join(rule_mistakes(tmp_path, lines))


def test_a_rule_of_a_pack_waits_for_the_first_asset_that_has_what_it_names(tmp_path: Path) -> None:
    problems = Problems()
    path = written(tmp_path, "pack.yaml", "- {id: r, class: pump, when: power > rated.power_kw}\n")
    (of_pack,) = read_rules(path, problems, pack="pump")
    classes = shipped_classes()
    site = loaded(tmp_path, SITE, "[]").table.sites[0]

    checked = check_rule(of_pack, Variants.of(classes, site.assets), problems)

    assert checked is not None
    assert problems.found == []


def test_the_rule_of_the_contract_is_read(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        SITE,
        """
        - id: pump-vibration-high
          class: pump
          when: vibration > 4.0
          clear: vibration < 3.6
          for: 30s
          keep: 10s
          severity: major
          group: bearing
          title: {en: High vibration, zh: 振动偏高}
          work_order: {priority: high, skill: mechanical}
          source: {standard: ISO 10816-7, clause: "zone B/C, category I, <= 200 kW", verified: true}
          re_alarm: 8h
          reopen_within: 0
        """,
    ).rules["s"][0]

    assert (found.id, found.asset_class, found.when.text) == (
        "pump-vibration-high",
        "pump",
        "vibration > 4.0",
    )
    assert found.clear is not None
    assert found.clear.text == "vibration < 3.6"
    assert (found.hold, found.keep) == (timedelta(seconds=30), timedelta(seconds=10))
    assert (found.severity, found.group, found.title.zh) == (Severity.MAJOR, "bearing", "振动偏高")
    assert found.work_order == WorkOrderTemplate(priority=Priority.HIGH, skill="mechanical")
    assert found.source == Source(
        standard="ISO 10816-7", clause="zone B/C, category I, <= 200 kW", verified=True
    )
    assert (found.re_alarm, found.reopen_within) == (timedelta(hours=8), timedelta(0))


def test_what_is_left_out_has_the_default_of_the_contract(tmp_path: Path) -> None:
    found = rule(tmp_path, "when: flow > 1")

    assert (found.clear, found.hold, found.keep) == (None, timedelta(0), timedelta(0))
    assert (found.severity, found.group, found.title) == (Severity.WARNING, "r", Text(en="r"))
    assert (found.work_order, found.source) == (None, None)
    assert (found.re_alarm, found.reopen_within) == (timedelta(hours=24), timedelta(hours=1))


def test_an_expression_may_go_over_several_lines(tmp_path: Path) -> None:
    text = """
        - id: r
          class: pump
          when: >-
            running
            and flow < 5
    """

    assert loaded(tmp_path, SITE, text).rules["s"][0].when.points == ("running", "flow")


def test_a_work_order_may_leave_everything_to_the_defaults(tmp_path: Path) -> None:
    assert rule(tmp_path, "when: flow > 1, work_order: {}").work_order == WorkOrderTemplate()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("clear: flow > 1", "when is missing"),
        ("when: [flow > 1]", "when: expected one value, got a list"),
        (
            "when: vibraton > 1",
            "when: on P-1: unknown point 'vibraton'; did you mean vibration or residual_vibration",
        ),
        ("when: flow > 1, clear: flw < 1", "clear: on P-1: unknown point 'flw'"),
        ("when: flow > 1 bar", "when: on P-1: cannot compare flow (in m3/h) and 1 bar (at character 8 of"),
        (
            "when: flow > 1, for: 30",
            "for: expected a duration such as 30s, 10m, 2h or 1d, with its unit, got '30'",
        ),
        ("when: flow > 1, for: -30s", "for: expected a duration"),
        ("when: flow > 1, keep: 30 minutes", "keep: expected a duration"),
        (
            "when: flow > 1, re_alarm: 0",
            "re_alarm: expected a duration such as 30s, 10m, 2h or 1d, more than 0",
        ),
        (
            "when: flow > 1, severity: high",
            "severity: expected one of info, warning, major, critical, got 'high'",
        ),
        ("when: flow > 1, group: a b", "group: group must match"),
        ("when: flow > 1, title: {en: }", "title: expected en, zh or both"),
        ("when: flow > 1, work_order: high", "work_order: expected a mapping, got 'high'"),
        (
            "when: flow > 1, work_order: {priority: asap}",
            "priority: expected one of low, normal, high, urgent",
        ),
        ("when: flow > 1, work_order: {skil: x}", "unknown key 'skil'; did you mean skill?"),
        ("when: flow > 1, source: {clause: x}", "standard is missing"),
        (
            "when: flow > 1, source: {standard: x, verified: yes}",
            "verified: expected true or false, got 'yes'",
        ),
        ("when: flow > 1, wen: flow > 2", "unknown key 'wen'; did you mean when"),
    ],
)
def test_a_mistake_of_a_rule_is_told_with_its_line(tmp_path: Path, lines: str, told: str) -> None:
    found = rule_mistakes(tmp_path, lines)

    assert len(found) == 1, found
    assert found[0].startswith(f"rules/rules.yaml:1: {told}")


def test_a_wrong_expression_is_told_at_the_line_of_its_key(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        SITE,
        """
        - id: r
          class: pump

          when: >-
            running and
            vibraton > 4
        """,
    )

    assert found[0].startswith("rules/rules.yaml:4: when: on P-1: unknown point 'vibraton'")
    assert found[0].endswith("(at character 13 of the expression)")


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("- {class: pump, when: flow > 1}", "1: id is missing"),
        ("- {id: a/b, class: pump, when: flow > 1}", "1: id: rule must match"),
        ("- {id: a, when: flow > 1}", "1: class is missing"),
        (
            "- {id: a, class: pupm, when: flow > 1}",
            "1: unknown class 'pupm'; did you mean pump? known: ahu, chiller",
        ),
        ("- pump-vibration-high", "1: rules: expected a mapping, got 'pump-vibration-high'"),
        ("id: a", "1: rules: expected a list, got a mapping"),
        ("rules", "1: rules: expected a list, got 'rules'"),
        ("# nothing", "1: expected YAML, got an empty file"),
    ],
)
def test_a_mistake_of_a_rule_file_is_told_with_its_line(tmp_path: Path, rules: str, told: str) -> None:
    found = mistakes(tmp_path, SITE, rules + "\n")

    assert len(found) == 1, found
    assert found[0].startswith(f"rules/rules.yaml:{told}")


def test_every_rule_file_of_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", SITE)
    written(tmp_path, "rules/b.yaml", "- {id: b, class: pump, when: running}\n")
    written(tmp_path, "rules/a.yml", "- {id: a, class: pump, when: running}\n")
    written(tmp_path, "rules/notes.txt", "no rule")

    installation = load_installation(sites=[site], rules=[tmp_path / "rules"])

    assert [each.id for each in installation.rules["s"]] == ["a", "b"]


def test_a_folder_given_twice_is_read_once(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", SITE)
    file = written(tmp_path, "rules/a.yaml", "- {id: a, class: pump, when: running}\n")

    installation = load_installation(sites=[site], rules=[tmp_path / "rules", file, tmp_path / "rules"])

    assert len(installation.rules["s"]) == 1


def test_a_rule_id_stands_for_one_rule(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", SITE)
    first = written(tmp_path, "rules/a.yaml", "- {id: a, class: pump, when: running}\n")
    second = written(tmp_path, "rules/b.yaml", "- {id: a, class: pump, when: running}\n")

    with pytest.raises(FilesInvalid, match=f"{second}:1: rule a is already declared at {first}:1"):
        load_installation(sites=[site], rules=[tmp_path / "rules"])


def test_a_rule_of_the_engineer_may_not_take_the_id_of_a_pack_in_use(tmp_path: Path) -> None:
    text = "- {id: pump-vibration-high, class: pump, when: running}\n"

    assert loaded(tmp_path, SITE, text).rules["s"]
    assert (
        "rule pump-vibration-high is already declared at"
        in mistakes(tmp_path, SITE + "packs: [pump]\n", text)[0]
    )


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", SITE)

    with pytest.raises(FilesInvalid, match=f"{tmp_path}/rulez:1: cannot be read: no such file or directory"):
        load_installation(sites=[site], rules=[tmp_path / "rulez"])


def test_a_pack_serves_the_sites_that_name_it(tmp_path: Path) -> None:
    first = written(tmp_path, "a.yaml", "site: a\npacks: [pump]\nassets: [{id: P-1, class: pump}]\n")
    second = written(tmp_path, "b.yaml", "site: b\nassets: [{id: P-2, class: pump}]\n")

    rules = load_installation(sites=[first, second]).rules

    assert "pump-vibration-high" in {each.id for each in rules["a"]}
    assert rules["b"] == ()


def test_a_rule_serves_the_sites_that_have_assets_of_its_class(tmp_path: Path) -> None:
    first = written(tmp_path, "a.yaml", "site: a\nassets: [{id: P-1, class: pump}]\n")
    second = written(tmp_path, "b.yaml", "site: b\nassets: [{id: C-2, class: chiller}]\n")
    rules = written(tmp_path, "r.yaml", "- {id: r, class: pump, when: running}\n")

    files = load_files(sites=[first, second], rules=[rules])

    assert [len(files.installation.rules[site]) for site in ("a", "b")] == [1, 0]
    assert [each.id for each in files.rules] == ["r"]


def test_rules_are_checked_without_a_site_against_the_shipped_classes(tmp_path: Path) -> None:
    good = written(tmp_path, "good.yaml", "- {id: r, class: pump, when: running}\n")
    bad = written(tmp_path, "bad.yaml", "- {id: r, class: pump, when: runing}\n")

    assert len(load_files(sites=[], rules=[good]).rules) == 1
    with pytest.raises(FilesInvalid, match=r"bad\.yaml:1: when: unknown point 'runing'"):
        load_files(sites=[], rules=[bad])


TWO_PUMPS = """
    site: s
    assets:
      - {id: P-1, class: pump}
      - {id: P-2, class: pump, points: {%s}}
"""


def test_a_rule_may_use_a_point_that_only_some_assets_have(tmp_path: Path) -> None:
    site = TWO_PUMPS % "oil_temp: {unit: degC}"

    rules = loaded(tmp_path, site, "- {id: r, class: pump, when: oil_temp > 80 degC}\n").rules["s"]

    assert rules[0].when.points == ("oil_temp",)


def test_a_rule_must_be_about_points_that_some_asset_has_together(tmp_path: Path) -> None:
    site = """
        site: s
        assets:
          - {id: P-1, class: pump, points: {oil_temp: {}}}
          - {id: P-2, class: pump, points: {oil_level: {}}}
    """

    found = mistakes(tmp_path, site, "- {id: r, class: pump, when: oil_temp > oil_level}\n")

    assert found[0].startswith("rules/rules.yaml:1: when: no asset has all of oil_level, oil_temp")


def test_a_bare_number_may_not_be_in_two_units(tmp_path: Path) -> None:
    site = TWO_PUMPS % "flow: {unit: l/min}"

    found = mistakes(tmp_path, site, "- {id: r, class: pump, when: flow < 5}\n")

    assert found == [
        "rules/rules.yaml:1: when: its numbers would be in m3/h on P-1, but in l/min on P-2: write their "
        "units (at character 1 of the expression)"
    ]


def test_a_written_unit_must_mean_the_same_number_on_every_asset(tmp_path: Path) -> None:
    site = TWO_PUMPS % "flow: {unit: l/min}"

    found = mistakes(tmp_path, site, "- {id: r, class: pump, when: flow < 5 m3/h}\n")

    assert found[0].startswith(
        "rules/rules.yaml:1: when: what it names has other states or units on P-1 than on P-2"
    )


def test_what_needs_no_unit_may_differ_in_units(tmp_path: Path) -> None:
    site = TWO_PUMPS % "flow: {unit: l/min}, setpoint: {unit: l/min}"

    assert loaded(tmp_path, site, "- {id: r, class: pump, when: flow < setpoint}\n").rules["s"]


def test_named_states_must_be_the_same_on_every_asset(tmp_path: Path) -> None:
    site = """
        site: s
        assets:
          - {id: P-1, class: pump, points: {mode: {states: [off, on]}}}
          - {id: P-2, class: pump, points: {mode: {states: [on, off]}}}
    """

    found = mistakes(tmp_path, site, "- {id: r, class: pump, when: mode == on}\n")

    assert "what it names has other states or units on P-1 than on P-2" in found[0]
