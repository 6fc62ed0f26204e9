"""Our services in containers of podman, with rights and limits of the compose file, among native servers."""

import os
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from plantroom_stack.compose import Service
from plantroom_stack.places import Places
from plantroom_stack.programs import Program

PODMAN: Final = ("podman", "--runtime", "runc")
"""Debian's crun refuses mixed cgroups."""
LIMITS: Final = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096")
"""A container gets no higher limits than the shell that starts it may give."""
_IMAGES_USER: Final = 10001


def boxed(service: Service, places: Places, *, image: str) -> Program:
    """Return a container of `image` that does what `service` says."""
    name = f"{places.state.parent.name}-{service.name}"
    environment = {key: places.addressed(value, service) for key, value in service.environment.items()}
    environment["PLANTROOM_PORT"] = str(places.port(service.name, 8080))
    command = [*PODMAN, "run", "--rm", "--replace", "--name", name, "--network", "host", *LIMITS]
    command += [*_rights(service.document), *_volumes(service, places)]
    command += [word for key in environment for word in ("--env", key)]
    arguments = (places.addressed(word, service) for word in service.command)
    health = (places.addressed(word, service) for word in service.health)
    return Program(
        command=(*command, image, *arguments),
        environment={**os.environ, **environment},
        health=(*PODMAN, "exec", name, *health),
        prepare=partial(_prepare, service, places),
    )


def _rights(said: Mapping[str, Any]) -> Iterator[str]:
    yield "--no-healthcheck"  # podman would have systemd look after it
    yield f"--read-only={str(said['read_only']).lower()}"
    yield f"--init={str(said['init']).lower()}"
    yield f"--memory={said['mem_limit']}"
    yield f"--cpus={said['cpus']}"
    yield f"--pids-limit={said['pids_limit']}"
    yield from (f"--tmpfs={path}" for path in said["tmpfs"])
    yield from (f"--cap-drop={each}" for each in said["cap_drop"])
    yield from (f"--security-opt={each.removesuffix(':true')}" for each in said["security_opt"])


def _volumes(service: Service, places: Places) -> Iterator[str]:
    for mount, said in zip(service.mounts, service.document.get("volumes", ()), strict=True):
        options = said.split(":")[2:]
        yield "--volume"
        yield ":".join([str(places.place(service, mount)), str(mount.target), *options])


def _prepare(service: Service, places: Places) -> None:
    places.stage(service)
    for mount in service.mounts:
        if mount.is_volume:
            _give_to_image(places.place(service, mount))


def _give_to_image(folder: Path) -> None:
    shutil.chown(folder, _IMAGES_USER, _IMAGES_USER)
