"""Single series of the Numenta anomaly benchmark: one frozen rule for all, scored by its standard profile.

Run as `python benchmarks/bench_nab.py [DIR] [--json] [--table FILE]`.
"""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plantroom.cli.data_sets import BESIDE, write_table
from plantroom.models.trials.nab import Outcome, detections, far, normalised, outcome
from plantroom.storage.data_sets.nab import nab

PUBLISHED = (
    ("ARTime", 74.9),
    ("HTM", 70.5),
    ("CAD OSE", 69.9),
    ("Random Cut Forest", 51.7),
    ("Windowed Gaussian", 39.6),
)


def measure(folder: Path) -> tuple[list[Outcome], set[str]]:
    """Return what came of each series, and the names of those that the settings were chosen on."""
    series = nab(folder)
    chosen = {each.name for number, each in enumerate(series) if number % 2 == 0 or "artificial" in each.name}
    return [outcome(each.name, detections(far(each.values)), each.windows) for each in series], chosen


def figures(outcomes: Sequence[Outcome], chosen: set[str]) -> dict[str, Any]:
    """Return the document."""
    return {
        "dataset": "nab",
        "files": len(outcomes),
        "standard": normalised(outcomes),
        "standard_chosen_on": normalised([each for each in outcomes if each.name in chosen]),
        "standard_others": normalised([each for each in outcomes if each.name not in chosen]),
        "windows": sum(each.windows for each in outcomes),
        "found": sum(each.found for each in outcomes),
        "false": sum(each.false for each in outcomes),
    }


def markdown_of(outcomes: Sequence[Outcome], chosen: set[str]) -> str:
    """Return the score beside what others reached, and each series."""
    said = figures(outcomes, chosen)
    ours = [
        (f"**Plantroom**, all {said['files']} series", said["standard"]),
        ("Plantroom, series that the settings were chosen on", said["standard_chosen_on"]),
        ("Plantroom, the others", said["standard_others"]),
    ]
    lines = ["| detector | standard profile |", "|---|---|"]
    lines += [
        f"| {name} | {score:.1f} |" for name, score in sorted((*PUBLISHED, *ours), key=lambda row: -row[1])
    ]
    lines += [
        "",
        "| series | settings chosen on it | windows | found | false | score |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.name} | {'yes' if each.name in chosen else 'no'} "
        f"| {each.windows} | {each.found} | {each.false} | {each.score:.2f} |"
        for each in outcomes
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the figures, and write the table where one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("PLANTROOM_DATA_SETS", BESIDE))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--table", type=Path)
    options = parser.parse_args()
    folder = Path(options.folder)
    if not folder.is_dir():
        parser.exit(message=f"no folder {folder}: nothing is measured; name it, or set PLANTROOM_DATA_SETS\n")
    outcomes, chosen = measure(folder / "nab" if (folder / "nab").is_dir() else folder)
    if options.table:
        write_table(options.table, markdown_of(outcomes, chosen))
    print(json.dumps(figures(outcomes, chosen)) if options.json else markdown_of(outcomes, chosen))


if __name__ == "__main__":
    main()
