"""`make stack` on machines that lack something."""

import subprocess
from pathlib import Path

import pytest

from plantroom_stack.__main__ import main
from plantroom_stack.compose import ROOT
from plantroom_stack.containers import find_engine, start_containers
from plantroom_stack.errors import StackError


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that holds all programs there are."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_without_an_engine_it_is_said_what_to_install_and_what_works_without(only: Path) -> None:
    with pytest.raises(StackError, match=r"install Docker .*make stack-native"):
        find_engine()


def test_docker_without_a_running_server_does_not_count(only: Path) -> None:
    program(only, "docker", '[ "$1" = compose ]')

    with pytest.raises(StackError):
        find_engine()


def test_podman_compose_does_where_docker_does_not(only: Path) -> None:
    program(only, "docker", "exit 1")
    program(only, "podman-compose", "exit 0")

    assert find_engine() == ("podman-compose",)


def test_the_containers_are_started_with_the_secrets_that_are_made(
    only: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program(only, "docker", 'echo "docker $*"')
    env_file = tmp_path / ".env"
    env_file.write_text("GRAFANA_PASSWORD=x\n")
    asked: list[str] = []

    def answers(page: str) -> bool:
        asked.append(page)
        return len(asked) > 1  # the first is not there yet

    start_containers(env_file=env_file, demo=True, say=print, answers=answers)

    said = capfd.readouterr().out
    assert {page.rpartition(":")[2] for page in asked} == {"8080/health/ready", "3000/api/health"}
    assert asked.count("http://127.0.0.1:8080/health/ready") == 2
    assert f"docker compose --env-file {env_file} --profile demo up --build --detach --wait" in said
    assert "http://127.0.0.1:3000" in said


def test_containers_that_do_not_come_up_are_an_error_with_the_next_step(
    only: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program(only, "docker", 'case "$*" in *up*) exit 1;; esac')
    env_file = tmp_path / ".env"
    env_file.write_text("GRAFANA_PASSWORD=x\n")

    status = main(["--env-file", str(env_file), "up"])

    assert status == 1
    assert "docker compose logs" in capfd.readouterr().err


def test_a_native_stack_without_secrets_says_what_makes_them(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status = main(["--env-file", str(tmp_path / ".env"), "native", "--state", str(tmp_path / "state")])

    assert status == 1
    assert "make stack-env" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["stack", "stack-native"])
def test_make_runs_the_starter(target: str) -> None:
    planned = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", target, "ARGS=--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    recipe = planned.stdout.splitlines()[-1].strip().removeprefix("@")

    done = subprocess.run(["bash", "-c", recipe], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: plantroom_stack")
