"""Where a container's names, ports and paths are on this host."""

from pathlib import Path, PurePosixPath

import pytest

from plantroom_stack.compose import Mount, Service
from plantroom_stack.places import Places, choose_ports

PORTS = {"mosquitto": {1883: 21883, 8883: 28883}, "influxdb": {8086: 28086}, "api": {8080: 28080}}


def service(name: str, *mounts: tuple[str, str], ports: dict[int, int] | None = None) -> Service:
    return Service(
        name=name,
        image=f"{name}:1.0",
        command=(),
        environment={},
        mounts=tuple(Mount(source=source, target=PurePosixPath(target)) for source, target in mounts),
        ports=ports or {},
        health=(),
        waits_for={},
        is_restarted=True,
        document={},
    )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(state=tmp_path, ports=PORTS)


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("mqtt://u:p@mosquitto:1883", "mqtt://u:p@127.0.0.1:21883"),
        ("http://influxdb:8086/plantroom?token=influxdb", "http://127.0.0.1:28086/plantroom?token=influxdb"),
        ("http://127.0.0.1:8080/health", "http://127.0.0.1:28080/health"),
        ("http://127.0.0.1:1883", "http://127.0.0.1:1883"),
        ("0.0.0.0", "127.0.0.1"),
        ("api:8081", "api:8081"),
        ("my-api:80801", "my-api:80801"),
    ],
    ids=[
        "broker",
        "only the address",
        "itself",
        "not another's",
        "every address",
        "other port",
        "other host",
    ],
)
def test_addresses_are_those_of_this_host(places: Places, text: str, here: str) -> None:
    assert places.mapped(text, service("api")) == here


def test_paths_are_those_of_volumes_directories_and_copies(places: Places, tmp_path: Path) -> None:
    mounted = service(
        "mosquitto",
        ("kept", "/data"),
        ("./deploy/mosquitto", "/etc/mosquitto"),
        ("./deploy/mosquitto/acl", "/config/acl"),
        ("./deploy/mosquitto/plain.conf", "/config/listeners/plain.conf"),
    )
    copies = tmp_path / "files/mosquitto"

    assert places.mapped("/data/passwd", mounted) == f"{tmp_path}/volumes/kept/passwd"
    assert places.mapped("-c /etc/mosquitto/acl", mounted).endswith("/deploy/mosquitto/acl")
    assert places.mapped("/config/acl", mounted) == f"{copies}/config/acl"
    assert places.mapped("include_dir /config/listeners", mounted) == f"include_dir {copies}/config/listeners"
    assert places.mapped("/database /other/data", mounted) == "/database /other/data"


def test_configuration_is_copied_with_the_places_of_this_host(places: Places, tmp_path: Path) -> None:
    mounted = service(
        "mosquitto",
        ("kept", "/mosquitto/data"),
        ("./deploy/mosquitto/mosquitto.conf", "/mosquitto/config/mosquitto.conf"),
        ("./deploy/mosquitto/tls.conf", "/mosquitto/config/listeners/tls.conf"),
    )

    places.stage(mounted, tail="\nuser somebody\n")

    config = tmp_path / "files/mosquitto/mosquitto/config"
    main = (config / "mosquitto.conf").read_text()
    assert f"persistence_location {tmp_path}/volumes/kept/\n" in main
    assert f"include_dir {config}/listeners\n" in main
    assert main.endswith("\nuser somebody\n")
    assert "listener 28883 127.0.0.1\n" in (config / "listeners/tls.conf").read_text()
    assert (tmp_path / "volumes/kept").is_dir()


def test_a_published_port_is_taken_unless_free_ones_are_wanted() -> None:
    services = {"api": service("api", ports={8080: 18080})}

    published = choose_ports(services, inside={"api": [8080, 9000]}, free=False)
    free = choose_ports(services, inside={"api": [8080, 9000]}, free=True)

    assert published["api"][8080] == 18080
    assert free["api"][8080] != 18080
    assert len({*published["api"].values(), *free["api"].values()}) == 4
