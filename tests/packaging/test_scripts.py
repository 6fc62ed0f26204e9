"""What `make` says on a machine that lacks something."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def run(script: str, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(path)} if path else None
    shell = shutil.which("bash")
    assert shell is not None
    command = [shell, str(SCRIPTS / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


def test_missing_servers_are_named_where_nobody_can_install_them(tmp_path: Path) -> None:
    done = run("install-servers", path=tmp_path)

    assert done.returncode == 1
    for package in ("mosquitto-clients", "chromium-driver", "curl"):
        assert package in done.stderr


def test_nothing_is_installed_where_nothing_is_missing(tmp_path: Path) -> None:
    commands = re.findall(r"^need \S+ (\S+)", (SCRIPTS / "install-servers").read_text(), re.MULTILINE)
    assert len(commands) > 5
    for command in commands:
        (tmp_path / command).write_text("#!/bin/sh\n")
        (tmp_path / command).chmod(0o755)

    done = run("install-servers", path=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_python_that_will_do_is_let_through() -> None:
    assert run("check-python", sys.executable).returncode == 0


@pytest.mark.parametrize(
    ("too_old", "said"),
    [(True, "Python 3.11 or newer"), (False, "python3-venv")],
    ids=["too old", "without venv"],
)
def test_a_python_that_will_not_do_is_told_why(tmp_path: Path, too_old: bool, said: str) -> None:
    python = tmp_path / "python3"
    fails = "*version_info*" if too_old else "*ensurepip*"
    python.write_text(f'#!/bin/sh\ncase "$2" in {fails}) exit 1;; esac\n')
    python.chmod(0o755)

    done = run("check-python", str(python))

    assert done.returncode == 1
    assert said in done.stderr
