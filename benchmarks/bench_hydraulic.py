"""Conditions of a hydraulic rig from its load cycles: macro-F1, whole blocks of cycles held out.

Run as `python benchmarks/bench_hydraulic.py [DIR] [--json] [--table FILE]`. One model with the same
settings for all conditions.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from figures import show

from plantroom.cli.data_sets import BESIDE, write_table
from plantroom.models.trials import hydraulic as trial
from plantroom.storage.data_sets.hydraulic import LoadCycles, hydraulic

AIMS = {"valve": 0.93, "pump": 0.96, "accumulator": 0.70}


def measure(cycles: LoadCycles) -> dict[str, Any]:
    """Return the figures of both ways of holding out."""
    features = trial.features_of(cycles.sensors)
    folds = {"blocks": trial.blocks_of(cycles.number), "runs": trial.runs_of(cycles.number)}
    scored = {
        condition: {
            name: round(trial.macro_f1(trial.discriminant, features, labels, fold), 3)
            for name, fold in folds.items()
        }
        for condition, labels in cycles.conditions.items()
    }
    return {
        "benchmark": "hydraulic",
        "cycles": len(cycles.number),
        "features": int(features.shape[1]),
        "aim": AIMS,
        "macro_f1": {condition: figures["blocks"] for condition, figures in scored.items()},
        "macro_f1_runs_held_out": {condition: figures["runs"] for condition, figures in scored.items()},
    }


def markdown_of(figures: dict[str, Any]) -> str:
    """Return the figures as a table."""
    rows = [
        f"| {condition} | {score:.3f} | {figures['aim'].get(condition, '')} "
        f"| {figures['macro_f1_runs_held_out'][condition]:.3f} |"
        for condition, score in figures["macro_f1"].items()
    ]
    head = "| condition | macro-F1, blocks of 45 held out | aim | runs of 135 held out |"
    return "\n".join([head, "|---|---|---|---|", *rows])


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", nargs="?", metavar="DIR", type=Path, help="holds profile.txt, or hydraulic/"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the figures to FILE, as Markdown")
    asked = parser.parse_args()
    folder = asked.folder or Path(os.environ.get("PLANTROOM_DATA_SETS", BESIDE))
    if not folder.is_dir():
        parser.exit(message=f"no folder {folder}: nothing is measured; name it, or set PLANTROOM_DATA_SETS\n")
    figures = measure(hydraulic(folder / "hydraulic" if (folder / "hydraulic").is_dir() else folder))
    if asked.table:
        write_table(asked.table, markdown_of(figures))
    if asked.json:
        print(json.dumps(figures))
        return
    show(figures)


if __name__ == "__main__":
    main()
