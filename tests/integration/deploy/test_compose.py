"""docker-compose.yml as podman-compose reads it: nothing is open, guessable or without bounds."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from plantroom.cli.main import plantroom
from plantroom_stack.compose import COMPLETED, COMPOSE_FILE, ROOT, normalised, read_compose
from plantroom_stack.errors import StackError
from plantroom_stack.secrets_file import SAMPLE, make_env_file, read_env_file

TEXT = COMPOSE_FILE.read_text()
NAMES = sorted(re.findall(r"^([A-Z_]+)=$", SAMPLE.read_text(), re.MULTILINE))
SECRETS: Mapping[str, str] = {name: f"{number:048x}" for number, name in enumerate(NAMES)} | {
    "PLANTROOM_FILES": "/srv/plantroom"
}
DOCUMENT = normalised(environment=SECRETS, profiles=["demo"])
SERVICES: Mapping[str, Mapping[str, Any]] = DOCUMENT["services"]
OURS = sorted(name for name, service in SERVICES.items() if service["image"].startswith("plantroom:"))
ONCE = {
    name
    for service in SERVICES.values()
    for name, how in (service.get("depends_on") or {}).items()
    if how["condition"] == COMPLETED
}
LASTING = sorted(SERVICES.keys() - ONCE)
every_service = pytest.mark.parametrize("service", sorted(SERVICES))
every_lasting_service = pytest.mark.parametrize("service", LASTING)
every_service_of_ours = pytest.mark.parametrize("service", OURS)


def command_of(service: str) -> tuple[click.Command, list[str]]:
    command: click.Command | None = plantroom
    words = list(SERVICES[service]["command"])
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command = command.get_command(click.Context(plantroom), words.pop(0))
    assert command is not None
    return command, words


def test_the_parts_of_the_product_run_beside_their_servers() -> None:
    assert {
        *("mosquitto", "influxdb", "postgres", "grafana"),
        *("plantroom-api", "plantroom-ingest", "simulators"),
    } == {*LASTING}
    assert {"influx-setup", "api-setup", "grafana-role"} == ONCE


def test_each_is_started_after_those_it_waits_for() -> None:
    services = read_compose(environment=SECRETS, profiles=["demo"])

    order = list(services)

    assert [
        (name, other)
        for name, service in services.items()
        for other in service.waits_for
        if order.index(other) > order.index(name)
    ] == []
    assert order.index("grafana-role") > order.index("plantroom-api") > order.index("influx-setup")


@pytest.mark.parametrize("missing", NAMES)
def test_without_a_secret_nothing_starts_and_the_message_says_where_it_belongs(missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}

    with pytest.raises(StackError, match=f"{missing} .*deploy/env.sample"):
        normalised(environment=given)


def test_an_empty_secret_is_none() -> None:
    with pytest.raises(StackError, match=r"GRAFANA_PASSWORD .*deploy/env.sample"):
        normalised(environment={**SECRETS, "GRAFANA_PASSWORD": ""})


def test_the_sample_names_every_variable_without_a_default_and_no_other() -> None:
    asked_for = set(re.findall(r"(?<!\$)\$\{(\w+):\?see deploy/env.sample\}", TEXT))

    assert asked_for == {*NAMES}


def test_every_variable_that_has_a_default_is_no_secret() -> None:
    assert set(re.findall(r"(?<!\$)\$\{(\w+):-[^}]*\}", TEXT)) == {"PLANTROOM_VERSION"}


def test_made_secrets_start_it(tmp_path: Path) -> None:
    make_env_file(tmp_path / ".env", files=tmp_path / "files")

    secrets = read_env_file(tmp_path / ".env")

    assert normalised(environment=secrets)["services"].keys() == SERVICES.keys() - {"simulators"}


@every_service
def test_an_image_is_pinned_to_one_version(service: str) -> None:
    image = SERVICES[service]["image"]

    assert re.fullmatch(r"plantroom:local|[\w/-]+:\d+\.\d+(\.\d+)?", image), image


@every_service
def test_memory_processors_processes_and_logs_have_limits(service: str) -> None:
    said = SERVICES[service]

    assert re.fullmatch(r"\d+[mg]", said["mem_limit"])
    assert said["cpus"] > 0
    assert said["pids_limit"] > 0
    assert said["logging"]["options"].keys() == {"max-size", "max-file"}


@every_service
def test_no_container_has_more_rights_than_it_needs(service: str) -> None:
    said = SERVICES[service]

    assert said["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in said["security_opt"]
    assert not said.keys() & {"privileged", "network_mode", "pid", "ipc", "devices"}
    assert {*said.get("cap_add", [])} <= {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}


@every_lasting_service
def test_what_lasts_tells_its_health_and_comes_back_after_a_failure(service: str) -> None:
    said = SERVICES[service]

    assert said["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert said["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", sorted(ONCE))
def test_what_is_done_once_is_tried_again_only_after_a_failure(service: str) -> None:
    assert SERVICES[service]["restart"] == "on-failure"


def test_everything_is_published_on_loopback() -> None:
    overlay = normalised(
        environment={**SECRETS, "MQTT_CERTIFICATES": "/certificates"},
        files=[COMPOSE_FILE, ROOT / "deploy/compose.tls.yml"],
    )
    ports = [port for service in overlay["services"].values() for port in service.get("ports", [])]

    assert len(ports) == 5
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@every_service_of_ours
def test_ours_cannot_write_outside_its_volumes(service: str) -> None:
    assert SERVICES[service]["read_only"] is True
    assert SERVICES[service]["tmpfs"] == ["/tmp"]
    assert "user" not in SERVICES[service]  # the image's own, which is nobody special


@every_service_of_ours
def test_every_setting_is_one_of_the_command(service: str) -> None:
    command, words = command_of(service)

    known = {option.envvar for option in command.params if isinstance(option, click.Option)}

    assert set(SERVICES[service]["environment"]) - {"PLANTROOM_ADMIN_TOKEN"} <= known
    assert command.make_context("compose", words, resilient_parsing=True)


def test_grafana_knows_every_variable_of_its_provisioning_and_lets_nobody_in_unasked() -> None:
    environment = SERVICES["grafana"]["environment"]
    files = [*(ROOT / "dashboards/provisioning").rglob("*.yaml"), ROOT / "deploy/grafana/start.sh"]
    named = {name for file in files for name in re.findall(r"PLANTROOM_GRAFANA_\w+", file.read_text())}
    set_by_script = {"PLANTROOM_GRAFANA_INFLUX_AUTHORIZATION"}

    assert named == {name for name in environment if name.startswith("PLANTROOM_")} | set_by_script
    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert environment["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert environment["GF_SECURITY_ADMIN_PASSWORD"] == SECRETS["GRAFANA_PASSWORD"]


def test_grafana_finds_the_dashboards_where_its_provisioning_says() -> None:
    (providers,) = (ROOT / "dashboards/provisioning/dashboards").glob("*.yaml")
    paths = {Path(each["options"]["path"]) for each in yaml.safe_load(providers.read_text())["providers"]}
    mounts = dict(volume.split(":")[:2] for volume in SERVICES["grafana"]["volumes"])

    (folder,) = {path.parent for path in paths}
    source = next(source for source, target in mounts.items() if target == str(folder))

    assert {path.name for path in (ROOT / source).iterdir()} == {path.name for path in paths}


def test_the_simulators_run_only_when_asked_for() -> None:
    assert "simulators" not in normalised(environment=SECRETS)["services"]


def test_every_volume_is_declared_or_a_file_of_ours() -> None:
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    files = {name for name in named if name.startswith("./")}

    assert [file for file in files if not (ROOT / file).exists()] == []
    assert named - files - {SECRETS["PLANTROOM_FILES"]} == DOCUMENT["volumes"].keys()


def test_an_error_in_the_file_is_said(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yml"
    wrong.write_text("services:\n  one:\n    image: x:1.0\n    volumes: ['lost:/data']\n")

    with pytest.raises(StackError, match="lost"):
        read_compose(environment={}, files=[wrong])


def test_services_that_wait_for_each_other_are_said(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yml"
    wrong.write_text(
        "services:\n  one: {image: 'x:1.0', depends_on: [two]}\n  two: {image: 'x:1.0', depends_on: [one]}\n"
    )

    with pytest.raises(StackError, match=r"^these services wait for each other.*: one, two$"):
        read_compose(environment={}, files=[wrong])
