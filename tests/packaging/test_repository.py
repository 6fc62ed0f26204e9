import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
REGISTRY_HOSTS = [
    "pypi" + ".org",
    "python" + "hosted",
    "npmjs" + ".org",
    "deb.debian" + ".org",
    "index" + "-url",
]
"""Put together here so that this file does not name them either."""


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() for requirement in requirements}


def pinned(file: str) -> set[str]:
    text = (ROOT / "requirements" / file).read_text()
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, re.MULTILINE))


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_no_file_names_a_package_registry(host: str) -> None:
    allowed = ["Makefile"] if host.startswith("index") else []  # its option says to leave them out

    found = subprocess.run(
        ["git", "grep", "--files-with-matches", "--ignore-case", "--fixed-strings", "-I", host],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert found.returncode in {0, 1}, found.stderr
    assert [file for file in found.stdout.split() if file not in allowed] == []


def test_every_runtime_dependency_is_pinned() -> None:
    assert names(project()["project"]["dependencies"]) <= pinned("runtime.txt")


def test_every_developers_tool_is_pinned() -> None:
    assert names(project()["dependency-groups"]["dev"]) <= pinned("dev.txt")


def test_every_optional_dependency_is_pinned() -> None:
    assert names(project()["project"]["optional-dependencies"]["postgres"]) <= pinned("postgres.txt")


def test_every_build_requirement_is_pinned() -> None:
    assert names(project()["build-system"]["requires"]) <= pinned("build.txt")


@pytest.mark.parametrize("file", ["runtime.txt", "dev.txt", "postgres.txt", "build.txt"])
def test_every_pin_has_a_hash(file: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / "requirements" / file).read_text(), flags=re.MULTILINE)[1:]

    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_runtime_dependency_has_its_reason_written_down() -> None:
    decision = (ROOT / "docs/decisions/0002-dependencies.md").read_text()

    reasoned = set(re.findall(r"^\| ([a-z0-9-]+) \|", decision, re.MULTILINE))

    assert reasoned >= names(project()["project"]["dependencies"])
