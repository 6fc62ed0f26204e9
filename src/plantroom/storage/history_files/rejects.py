"""The rows of a file that could not be taken, in a file of their own."""

import csv
from collections.abc import Sequence
from pathlib import Path

from plantroom.storage.history_files.block import Reject
from plantroom.storage.history_files.csv_rows import lines_at


def write_rejects(path: Path, source: Path, rejects: Sequence[Reject], *, has_lines: bool) -> None:
    """Write `rejects` of `source` to `path`; where there are none, no file is left.

    `has_lines`: whether the rows are lines of text, so that those not at hand can be looked up.
    """
    path.unlink(missing_ok=True)
    if not rejects:
        return
    texts = lines_at(source, [each.line for each in rejects if not each.text]) if has_lines else {}
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file", "line", "reason", "row"])
        for each in rejects:
            rows.writerow([source, each.line, each.reason, each.text or texts.get(each.line, "")])
