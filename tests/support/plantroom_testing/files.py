"""Site and rule files for tests."""

from pathlib import Path
from textwrap import dedent

import pytest

from plantroom.domain.errors import FilesInvalid
from plantroom.domain.installation import Installation
from plantroom.storage.files import load_installation


def written(folder: Path, name: str, text: str) -> Path:
    """Write a file whose first line is the first line of `text`, and return where it is."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return file


def loaded(folder: Path, site: str, rules: str = "") -> Installation:
    """Return what a site file and perhaps a rule file say."""
    return load_installation(sites=[written(folder, "site.yaml", site)], rules=_rules(folder, rules))


def options_of(folder: Path, site: str, rules: str) -> list[str]:
    """Write a site file and a rule file, and return the options that name them."""
    sites, directory = written(folder, "site.yaml", site), written(folder, "rules/rules.yaml", rules).parent
    return ["--site", str(sites), "--rules", str(directory)]


def mistakes(folder: Path, site: str, rules: str = "") -> list[str]:
    """Return what is wrong with a site file and perhaps a rule file, without the folder's name."""
    sites = [written(folder, "site.yaml", site)]
    with pytest.raises(FilesInvalid) as caught:
        load_installation(sites=sites, rules=_rules(folder, rules))
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def _rules(folder: Path, text: str) -> list[Path]:
    return [written(folder, "rules/rules.yaml", text).parent] if text else []
