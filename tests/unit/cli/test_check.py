"""`plantroom check`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plantroom.cli.check import check
from plantroom.storage.files.classes import shipped_classes
from plantroom.storage.files.problems import Problems
from plantroom.storage.files.rules import read_rules, shipped_packs
from plantroom_testing.files import written

SITE = "site: s\npacks: [pump]\nassets: [{id: P-1, class: pump}]\n"
PUMP_RULES = len(read_rules(shipped_packs()["pump"], Problems()))
PUMP_POINTS = len(shipped_classes()["pump"].points)
RULES = "- {id: r, class: pump, when: flow > 1}\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(check, [str(each) for each in arguments])


def test_right_files_are_summed_up(tmp_path: Path) -> None:
    result = run(written(tmp_path, "site.yaml", SITE))

    assert (result.exit_code, result.stdout) == (
        0,
        f"ok: 1 site, 1 asset, {PUMP_POINTS} points, {PUMP_RULES} rules\n",
    )


def test_every_mistake_is_a_line_and_the_status_is_one(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", "site: s\ntimezone: Mars\nassets: [{id: P-1, class: pmp}]\n")

    result = run(site)

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"{site}:2", f"{site}:3"]
    assert result.stderr == "2 mistakes\n"


def test_a_rule_file_is_checked_alone(tmp_path: Path) -> None:
    result = run(written(tmp_path, "r.yaml", RULES))

    assert (result.exit_code, result.stdout) == (0, "ok: 0 sites, 0 assets, 0 points, 1 rule\n")


def test_a_directory_is_checked_with_all_that_is_in_it(tmp_path: Path) -> None:
    written(tmp_path, "site.yaml", SITE)
    written(tmp_path, "rules/more.yml", RULES)
    written(tmp_path, ".hidden/site.yaml", "sit: s\n")
    written(tmp_path, "notes.md", "# Notes\n")

    result = run(tmp_path)

    assert result.stdout == f"ok: 1 site, 1 asset, {PUMP_POINTS} points, {PUMP_RULES + 1} rules\n"


def test_a_file_in_a_directory_that_is_neither_site_nor_rules_is_told(tmp_path: Path) -> None:
    other = written(tmp_path, "other.yaml", "services: {}\n")

    result = run(tmp_path)

    assert result.exit_code == 1
    assert f"{other}:1: site is missing" in result.stdout
    assert f"{other}:1: unknown key 'services'" in result.stdout


def test_further_rules_are_checked_against_the_site(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", SITE)
    rules = written(tmp_path, "rules/r.yaml", "- {id: r, class: pump, when: flw > 1}\n")

    result = run(site, "--rules", rules.parent)

    assert result.exit_code == 1
    assert result.stdout.startswith(f"{rules}:1: when: on P-1: unknown point 'flw'; did you mean flow?")


def test_json_is_one_document(tmp_path: Path) -> None:
    result = run(written(tmp_path, "site.yaml", SITE), "--json")

    assert json.loads(result.stdout) == {
        "ok": True,
        "problems": [],
        "sites": 1,
        "assets": 1,
        "points": PUMP_POINTS,
        "rules": PUMP_RULES,
        "mappings": 0,
    }


def test_json_names_every_mistake(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", "site: s\nassets:\n- {class: pump}\n")

    result = run(site, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "ok": False,
        "problems": [{"file": str(site), "line": 3, "message": "id is missing"}],
    }


@pytest.mark.parametrize("name", ["none.yaml", "none"])
def test_a_path_that_is_not_there_is_a_mistake(tmp_path: Path, name: str) -> None:
    result = run(tmp_path / name)

    assert result.exit_code == 1
    assert result.stdout.startswith(f"{tmp_path / name}:1: cannot be read: No such file")


def test_the_files_of_channels_and_of_the_alarm_policy_are_checked_too(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", SITE)
    channels = written(
        tmp_path, "notify.yaml", "channels:\n  - {id: c, webhook: 'http://x', secret: short}\n"
    )
    policy = written(tmp_path, "policy.yaml", "flood:\n  begins_above: many\n")

    result = run(site, "--notify", channels, "--alarm-policy", policy)

    assert result.exit_code == 1
    assert [line.split(": ")[0] for line in result.stdout.splitlines()] == [f"{channels}:2", f"{policy}:2"]


def test_right_files_of_channels_and_policy_change_nothing(tmp_path: Path) -> None:
    site = written(tmp_path, "site.yaml", SITE)
    policy = written(tmp_path, "policy.yaml", "flood: {begins_above: 20}\n")

    assert run(site, "--alarm-policy", policy).stdout == run(site).stdout
