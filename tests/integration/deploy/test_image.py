"""Our image, built by podman on a base of Debian's packages, with the rights of docker-compose.yml."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from plantroom_stack.boxed import LIMITS, PODMAN
from plantroom_stack.compose import ROOT
from plantroom_testing.product import wait_for
from plantroom_testing.stack import running_stack

pytestmark = pytest.mark.timeout(1200)
RIGHTS = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--init")


def podman(*arguments: str) -> str:
    done = subprocess.run([*PODMAN, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def run(image: str, *command: str, options: tuple[str, ...] = ()) -> str:
    """Return what a shell in the image says."""
    box = ("run", "--rm", "--network=host", "--no-healthcheck", *LIMITS, *RIGHTS, *options)
    return podman(*box, "--entrypoint", "sh", image, "-c", " ".join(command))


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    name = f"localhost/plantroom:test-{uuid.uuid4().hex[:12]}"
    subprocess.run([ROOT / "scripts/build-image", name], check=True, timeout=900)
    yield name
    podman("rmi", name)


@pytest.fixture(scope="module")
def said(image: str) -> dict[str, Any]:
    document: dict[str, Any]
    (document,) = json.loads(podman("image", "inspect", image))
    return document


def test_the_product_in_it_is_whole_and_needs_nothing_of_the_source(image: str) -> None:
    version = run(image, "plantroom --version")
    checked = run(
        image, "plantroom simulate scenarios --json | head -c 2; pip --version || uv --version || true"
    )

    assert version.startswith("plantroom, version ")
    assert checked in ('{"', "[{", "{\n", "[\n")  # neither pip nor uv came along


def test_it_runs_as_nobody_special_and_can_write_only_what_is_its_own(image: str) -> None:
    who = run(image, "id -u; id -g; touch /var/lib/plantroom/mine /tmp/mine && echo written")
    elsewhere = run(image, "touch /opt/plantroom/x 2>/dev/null || touch /etc/x 2>/dev/null || echo refused")

    assert who.split() == ["10001", "10001", "written"]
    assert elsewhere == "refused"


def test_new_volumes_belong_to_it(image: str) -> None:
    volume = f"plantroom-test-{uuid.uuid4().hex[:12]}"
    try:
        mode = run(
            image,
            "touch /var/lib/influx-accounts/x && stat -c '%u %a' /var/lib/influx-accounts",
            options=("--volume", f"{volume}:/var/lib/influx-accounts"),
        )
    finally:
        podman("volume", "rm", volume)

    assert mode == "10001 700"


def test_it_says_what_it_is_and_how_to_ask_for_its_health(said: dict[str, Any]) -> None:
    assert said["User"] == "10001:10001"
    assert said["Config"]["Entrypoint"] == ["plantroom"]
    assert said["Labels"]["org.opencontainers.image.title"] == "Plantroom"
    assert "/health/live" in said["Healthcheck"]["Test"][-1]
    assert not any("TOKEN" in variable or "PASSWORD" in variable for variable in said["Config"]["Env"])


def test_our_services_run_in_it_with_the_rights_and_limits_of_the_compose_file(image: str) -> None:
    with running_stack(("--demo", "--image", image)) as stack:
        readings = stack.sources.influx["plantroom-influx"]

        wait_for(
            lambda: readings.ask("SELECT count(vibration) FROM pump"),
            what="readings in InfluxDB",
            log=stack.log_of("plantroom-ingest"),
        )
        name = f"{stack.state.parent.name}-plantroom-ingest"
        (box,) = json.loads(podman("container", "inspect", name))
        asset = stack.api.get("/assets/P-101")

    assert asset["id"] == "P-101"
    assert box["HostConfig"]["ReadonlyRootfs"] is True
    assert box["HostConfig"]["Memory"] == 2 * 2**30
    assert box["HostConfig"]["PidsLimit"] == 512
    assert box["EffectiveCaps"] in (None, [])
