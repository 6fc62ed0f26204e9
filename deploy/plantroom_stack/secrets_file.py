"""The .env beside docker-compose.yml: made with random secrets, read, never changed."""

import os
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from plantroom_stack.compose import ROOT
from plantroom_stack.errors import StackError

SAMPLE: Final = ROOT / "deploy/env.sample"
DEMO_SITE: Final = ROOT / "simulators/demo/site.yaml"
_LINE: Final = re.compile(r"^(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$", re.MULTILINE)


def make_env_file(path: Path, *, files: Path) -> bool:
    """Write `path` with random secrets, and `files` with the demo building; return False if `path` is there.

    `files`: the directory of site.yaml and rules/; what is in it stays.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(_filled(SAMPLE.read_text("utf-8"), files=files))
    (files / "rules").mkdir(parents=True, exist_ok=True)
    if not (files / "site.yaml").exists():
        shutil.copyfile(DEMO_SITE, files / "site.yaml")
    return True


def _filled(sample: str, *, files: Path) -> str:
    def fill(line: re.Match[str]) -> str:
        value = str(files.resolve()) if line["name"] == "PLANTROOM_FILES" else secrets.token_hex(24)
        return f"{line['name']}={value}"

    return _LINE.sub(fill, sample.partition("\n\n")[2])


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables in `path`; those of the environment go before them.

    Raises:
        StackError: it is not there.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise StackError(f"there is no {path}: `make stack-env` makes it, from deploy/env.sample") from None
    found = {line["name"]: line["value"].strip() for line in _LINE.finditer(text)}
    return {name: os.environ.get(name, value) for name, value in found.items()}


def variables(path: Path) -> Mapping[str, str]:
    """Return what compose files are filled in with: the environment and `path`.

    Raises:
        StackError: `path` is not there.
    """
    return {**os.environ, **read_env_file(path)}
