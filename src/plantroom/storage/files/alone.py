"""Sites that are watched by the rules of some files and by nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from plantroom.domain.installation import Installation
from plantroom.storage.files.loader import installation_of, read_files
from plantroom.storage.files.problems import Problems
from plantroom.storage.files.rules import read_rules, rule_files

_TRIED: Final = "tried"


def watched_by(rules: Sequence[Path], *, sites: Sequence[Path]) -> Installation:
    """Return the sites without their packs, watched by the rules in files and folders.

    A rule waits where no asset has what it names, as one of a pack does.

    Raises:
        FilesInvalid: with every mistake in all of them.
    """
    read = read_files(sites=sites)
    problems = Problems()
    written = [
        rule
        for file in rule_files(tuple(rules), problems)
        for rule in read_rules(file, problems, pack=_TRIED)
    ]
    alone = [replace(site, packs=(_TRIED,)) for site in read.sites]
    installation, _ = installation_of(written, alone, read.classes, problems)
    problems.raise_any()
    return installation
