"""docker-compose.yml says nothing that the product does not understand, and opens nothing to the world."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from plantroom.cli.main import plantroom

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if service["image"].startswith("plantroom"))


def command_of(service: str) -> tuple[click.Command, list[str]]:
    name, *arguments = SERVICES[service]["command"]
    command = plantroom.get_command(click.Context(plantroom), name)
    assert command is not None
    return command, arguments


def volumes_of(service: dict[str, Any]) -> list[str]:
    return [volume.split(":")[0] for volume in service.get("volumes", [])]


def test_the_parts_of_the_product_run_beside_their_servers() -> None:
    assert set(SERVICES) == {
        *("mosquitto", "influxdb", "postgres"),
        *("plantroom-api", "plantroom-ingest", "simulators"),
    }


@pytest.mark.parametrize("service", OURS)
def test_every_setting_is_one_of_the_command(service: str) -> None:
    command, arguments = command_of(service)

    known = {option.envvar for option in command.params if isinstance(option, click.Option)}

    assert set(SERVICES[service]["environment"]) - {"PLANTROOM_ADMIN_TOKEN"} <= known
    assert command.make_context("compose", arguments, resilient_parsing=True)


def test_published_ports_are_on_loopback() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_no_secret_has_a_default() -> None:
    variables = re.findall(r"(?<!\$)\$\{([^}]*)\}", TEXT)

    assert variables
    assert [variable for variable in variables if ":?" not in variable] == []


def test_the_sample_names_every_variable_and_gives_none_away() -> None:
    sample = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / "deploy/env.sample").read_text(), re.MULTILINE))

    assert set(sample) == set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT))
    assert set(sample.values()) == {""}


def test_every_volume_is_declared_or_a_file_of_ours() -> None:
    named = {volume for service in SERVICES.values() for volume in volumes_of(service)}
    files = {volume for volume in named if volume.startswith("./")}

    assert all((ROOT / file).exists() for file in files)
    assert {volume for volume in named - files if not volume.startswith("$")} == set(COMPOSE["volumes"])


@pytest.mark.parametrize("service", OURS)
def test_our_processes_have_no_more_rights_than_they_need(service: str) -> None:
    rights = SERVICES[service]

    assert rights["read_only"] is True
    assert rights["cap_drop"] == ["ALL"]
    assert "privileged" not in rights


def test_the_simulators_run_only_when_asked_for() -> None:
    assert SERVICES["simulators"]["profiles"] == ["demo"]


def test_the_image_runs_as_nobody_special_and_installs_only_pinned_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")

    installs = re.findall(r"pip install[^&\n]*", dockerfile)

    assert "USER plantroom" in dockerfile
    assert [install for install in installs if not re.search("--require-hashes|--no-index", install)] == []


def test_the_image_is_built_from_all_that_is_packed() -> None:
    taken = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    packed = re.findall(r'"/([\w./]+)"', (ROOT / "pyproject.toml").read_text())

    assert {path.split("/")[0] for path in packed} <= taken
