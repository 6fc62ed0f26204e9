"""`plantroom models evaluate cmapss`."""

import json
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from plantroom.cli.models_cmapss import cmapss_command
from plantroom.models.forest import boosted
from plantroom_testing.engines import write_engines


def test_it_prints_figures_for_each_set_and_writes_them_as_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("plantroom.models.run_to_failure.boosted", partial(boosted, trees=20))
    write_engines(tmp_path / "train_FD001.txt", 12)

    said = CliRunner().invoke(
        cmapss_command, [str(tmp_path), "--json", "--table", str(tmp_path / "table.md")]
    )

    assert said.exit_code == 0, said.output
    document = json.loads(said.stdout)
    assert (document["dataset"], document["files"], document["f1"]) == ("cmapss", 1, None)
    figures = document["sets"]["FD001"]
    assert 0 < figures["rmse"] < 30
    assert 0 <= figures["coverage"] <= 1
    assert f"{figures['rmse']:.2f}" in (tmp_path / "table.md").read_text()


@pytest.mark.parametrize(("engines", "reason"), [(0, "no train_"), (3, "3 engines")], ids=["none", "too few"])
def test_what_cannot_be_scored_is_said(tmp_path: Path, engines: int, reason: str):
    if engines:
        write_engines(tmp_path / "train_FD001.txt", engines)

    said = CliRunner().invoke(cmapss_command, [str(tmp_path)])

    assert said.exit_code == 1
    assert reason in said.output
