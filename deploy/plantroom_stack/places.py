"""Where on this host is what a container sees under its own paths, names and ports."""

import random
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from plantroom_stack.compose import ROOT, Mount, Service

LOOPBACK: Final = "127.0.0.1"
_LISTENER: Final = re.compile(r"^listener (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Ports for all services, and a directory for what they keep."""

    state: Path
    ports: Mapping[str, Mapping[int, int]]
    """Port here by service and port in its container."""

    def port(self, service: str, inside: int) -> int:
        """Return the port here of a service's port."""
        return self.ports[service][inside]

    def addressed(self, text: str, service: Service) -> str:
        """Return `text`, as `service` would read it, with addresses of this host."""
        for name, ports in self.ports.items():
            for inside, here in ports.items():
                text = re.sub(rf"\b{re.escape(name)}:{inside}\b", f"{LOOPBACK}:{here}", text)
        for inside, here in self.ports[service.name].items():
            text = text.replace(f"{LOOPBACK}:{inside}", f"{LOOPBACK}:{here}")
        return text.replace("0.0.0.0", LOOPBACK)  # noqa: S104 - the very opposite of binding it

    def mapped(self, text: str, service: Service) -> str:
        """Return `text`, as `service` would read it, with addresses and paths of this host."""
        text = self.addressed(text, service)
        paths = self._paths(service)
        if not paths:
            return text
        longest_first = sorted(paths, key=len, reverse=True)
        known = "|".join(re.escape(path) for path in longest_first)
        return re.sub(rf"(?<![\w.-])(?:{known})(?![\w-])", lambda found: str(paths[found[0]]), text)

    def stage(self, service: Service, *, tail: str = "") -> None:
        """Make the directories of `service`, and copies of its configuration with places of this host.

        `tail`: further lines of each configuration file whose name ends in the service's name.
        """
        for mount in service.mounts:
            place = self.place(service, mount)
            if mount.is_volume:
                place.mkdir(parents=True, exist_ok=True, mode=0o700)
            elif (ROOT / mount.source).is_file():
                place.parent.mkdir(parents=True, exist_ok=True)
                text = self.mapped((ROOT / mount.source).read_text("utf-8"), service)
                own = tail if mount.target.stem == service.name else ""
                place.write_text(self._with_listeners(text, service) + own, "utf-8")

    def _with_listeners(self, text: str, service: Service) -> str:
        ports = self.ports[service.name]
        return _LISTENER.sub(lambda found: f"listener {ports[int(found[1])]} {LOOPBACK}", text)

    def _paths(self, service: Service) -> dict[str, Path]:
        """Return where the container's paths are: those mounted, and the directories of mounted files."""
        paths: dict[str, Path] = {}
        for mount in service.mounts:
            place = self.place(service, mount)
            paths[str(mount.target)] = place
            if place.is_relative_to(self._own(service)):
                paths.setdefault(str(mount.target.parent), place.parent)
        return paths

    def place(self, service: Service, mount: Mount) -> Path:
        """Return where on this host is what `service` mounts."""
        if mount.is_volume:
            return self.state / "volumes" / mount.source
        source = (ROOT / mount.source).resolve()
        return self._own(service) / _relative(mount.target) if source.is_file() else source

    def _own(self, service: Service) -> Path:
        return self.state / "files" / service.name


def _relative(path: PurePosixPath) -> PurePosixPath:
    return path.relative_to("/")


def choose_ports(
    services: Mapping[str, Service], *, inside: Mapping[str, Iterable[int]], free: bool
) -> dict[str, dict[int, int]]:
    """Return a port for each port that a service listens on: the published one, or a free one.

    `inside`: by service, the ports it listens on in its container. `free`: take no published one.
    """
    return {
        name: {
            port: _free_port() if free else service.ports.get(port) or _free_port() for port in inside[name]
        }
        for name, service in services.items()
    }


def _free_port() -> int:
    """Return a free port that no outgoing connection gets, so that it stays free over a restart."""
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) != 0:
                return port
