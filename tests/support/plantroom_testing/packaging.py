"""The product installed into environments that hold nothing but what it declares that it needs."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
REQUIREMENTS = ROOT / "requirements"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment with the product in it."""

    bin: Path
    site_packages: Path

    def run(self, *command: str) -> str:
        """Return what `command` of this environment prints."""
        done = subprocess.run(
            [self.bin / command[0], *command[1:]],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.bin,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def pinned(requirements: Path) -> set[str]:
    """Return the names of the distributions that a requirements file pins for this platform."""
    lines = re.findall(r"^([a-z0-9][^\\\n]*==[^\\\n]*)", requirements.read_text(), re.MULTILINE)
    found = [Requirement(line.strip()) for line in lines]
    return {each.name for each in found if each.marker is None or each.marker.evaluate()}


def uv(*arguments: str | Path) -> None:
    """Run uv without a network."""
    command = [Path(sys.executable).with_name("uv"), *arguments, "--offline", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def link_dependencies(site_packages: Path) -> None:
    """Put the pinned run-time and build dependencies, and nothing else, where Python looks for packages."""
    for name in pinned(REQUIREMENTS / "runtime.txt") | pinned(REQUIREMENTS / "build.txt"):
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or () if file.parts[0] != ".."}:
            link = site_packages / top
            if not link.exists():
                link.symlink_to(Path(str(found.locate_file(top))).resolve())


Install = Callable[..., Installed]


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Return a function that installs what its arguments name into a clean environment."""

    def install_into_clean_environment(*what: str | Path) -> Installed:
        venv = tmp_path_factory.mktemp("environment")
        uv("venv", "--clear", "--python", sys.executable, venv)
        [site_packages] = venv.glob("lib/python*/site-packages")
        link_dependencies(site_packages)
        uv("pip", "install", "--python", venv, "--no-deps", "--no-build-isolation", *what)
        return Installed(bin=venv / "bin", site_packages=site_packages)

    return install_into_clean_environment


@pytest.fixture(scope="session")
def wheel_of_sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel built from the source distribution."""
    built = tmp_path_factory.mktemp("dist")
    build = ("build", "--no-build-isolation", "--python", sys.executable, "--out-dir", built)
    uv(*build, "--sdist", ROOT)
    [sdist] = built.glob("*.tar.gz")
    uv(*build, "--wheel", sdist)
    [wheel] = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="session", params=["source tree", "editable", "wheel of the sdist"])
def installed(request: pytest.FixtureRequest, install: Install) -> Installed:
    """Return an environment for each way of installing the product."""
    if request.param == "source tree":
        return install(ROOT)
    if request.param == "editable":
        return install("--editable", ROOT)
    return install(request.getfixturevalue("wheel_of_sdist"))
