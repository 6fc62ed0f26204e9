"""`plantroom dashboards build` writes what Grafana reads."""

import json
from pathlib import Path

from click.testing import CliRunner

from plantroom.cli.dashboards import dashboards

SITE = """
site: lab
packs: [pump]
assets:
  - {id: P-1, class: pump, name: {en: Pump 1, zh: 1号泵}, rated: {vibration_category: 1, power_kw: 5}}
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}


def test_it_writes_both_languages_with_the_limits_of_the_sites_rules(tmp_path: Path) -> None:
    site, out = tmp_path / "site.yaml", tmp_path / "out"
    site.write_text(SITE, encoding="utf-8")

    result = CliRunner().invoke(dashboards, ["build", "--site", str(site), "--out", str(out)])

    assert result.exit_code == 0, result.output
    written = json.loads((out / "built/zh/asset-pump.json").read_text(encoding="utf-8"))
    (vibration,) = (panel for panel in written["panels"] if panel["title"] == "振动")
    bounds = [step["value"] for step in vibration["fieldConfig"]["defaults"]["thresholds"]["steps"]]
    assert bounds == [None, 4, 6.6]
    assert (out / "provisioning/datasources/plantroom.yaml").exists()


def test_links_lead_to_the_console_that_is_named(tmp_path: Path) -> None:
    given = ["build", "--out", str(tmp_path), "--console", "https://plant.example.com/"]

    CliRunner().invoke(dashboards, given, catch_exceptions=False)

    written = json.loads((tmp_path / "built/en/overview.json").read_text(encoding="utf-8"))
    (console,) = (each for each in written["templating"]["list"] if each["name"] == "console")
    assert console["query"] == console["current"]["value"] == "https://plant.example.com"


def test_a_second_time_it_changes_nothing_but_removes_what_is_no_more(tmp_path: Path) -> None:
    site, out = tmp_path / "site.yaml", tmp_path / "out"
    site.write_text(SITE, encoding="utf-8")
    command = ["build", "--site", str(site), "--out", str(out)]
    CliRunner().invoke(dashboards, command)
    first = contents(out)
    (out / "built/en/old.json").write_text("{}")
    (out / "notes.txt").write_text("mine")

    result = CliRunner().invoke(dashboards, command)

    assert result.exit_code == 0
    assert contents(out) == first | {"notes.txt": b"mine"}
