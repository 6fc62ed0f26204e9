"""Tells site files from rule files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from plantroom.storage.files.source import SUFFIXES


def sort_files(paths: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Return the site files and the rule files that `paths` are or hold, folders within folders included.

    What is neither goes to the site files, whose reader says what is wrong with it.
    """
    found = [file for path in paths for file in _files(path)]
    rules = tuple(file for file in found if _is_list(file))
    return tuple(file for file in found if file not in rules), rules


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.suffix in SUFFIXES and file.is_file() and not hidden:
            yield file


def _is_list(file: Path) -> bool:
    """Return whether a file holds a list, as rule files do, looking no further than its beginning."""
    try:
        with file.open(encoding="utf-8-sig") as text:
            first = next((each for each in yaml.parse(text) if isinstance(each, yaml.NodeEvent)), None)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return isinstance(first, yaml.SequenceStartEvent)
