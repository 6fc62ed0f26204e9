import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from plantroom.cli.models_evaluate import evaluate
from plantroom_testing.skab import write_benchmark, write_rig


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "skab"
    write_benchmark(folder)
    return folder


def test_the_document_holds_what_is_promised(benchmark: Path, tmp_path: Path):
    table = tmp_path / "skab.md"
    said = CliRunner().invoke(evaluate, ["skab", str(benchmark.parent), "--json", "--table", str(table)])

    assert said.exit_code == 0, said.output
    figures = json.loads(said.stdout)
    assert (figures["dataset"], figures["files"], figures["setting"]) == ("skab", 4, "balanced")
    assert all(0 <= figures[name] <= 1 for name in ("f1", "far", "mar"))
    assert figures["events"]["total"] == 4
    assert "valve1/2" in table.read_text("utf-8")
    assert "Conv-AE" in table.read_text("utf-8")


def test_a_folder_without_labels_is_refused(tmp_path: Path):
    write_rig(tmp_path / "anomaly-free.csv", seed=1, rows=500)

    said = CliRunner().invoke(evaluate, ["skab", str(tmp_path)])

    assert said.exit_code == 1
    assert "no recording" in said.output


def test_a_folder_of_something_else_is_refused(tmp_path: Path):
    (tmp_path / "x.csv").write_text("a,b\n", "utf-8")

    said = CliRunner().invoke(evaluate, ["skab", str(tmp_path)])

    assert said.exit_code == 1
    assert "x.csv:1: is not of SKAB" in said.output
