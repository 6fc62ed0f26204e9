"""Which generation of InfluxDB a server is, by its own word."""

import re
from dataclasses import dataclass
from typing import Final

import httpx

from plantroom.domain.errors import StoreUnavailable
from plantroom.storage.series.influx.address import InfluxAddress

GENERATIONS: Final = ("1", "2", "3")
_TIMEOUT_S: Final = 20.0
_VERSION: Final = re.compile(r"v?(\d+)(?:\.\S*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What a server says of itself."""

    generation: str
    """One of `GENERATIONS`."""
    version: str
    """In its own words; empty if it says none."""


def ask_server(address: InfluxAddress, *, generation: str | None = None) -> Server:
    """Return what the server at `address` is; with `generation` only its version is asked for.

    Raises:
        StoreUnavailable: it does not answer, or does not say.
    """
    version = _asked(address)
    if generation is not None:
        return Server(generation=generation, version=version)
    number = _VERSION.fullmatch(version)
    if number is None or number[1] not in GENERATIONS:
        said = f"its version is {version!r}" if version else "it tells no version"
        raise StoreUnavailable(f"InfluxDB at {address.url}: {said}: say which it is by --server 1, 2 or 3")
    return Server(generation=number[1], version=version)


def _asked(address: InfluxAddress) -> str:
    """Return the version in the answer to `/ping`, which all have, or to `/health`."""
    headers = {"Authorization": f"Token {address.token}"} if address.token else {}
    try:
        with httpx.Client(base_url=address.url, headers=headers, timeout=_TIMEOUT_S) as client:
            ping = client.get("/ping")
            if version := ping.headers.get("X-Influxdb-Version") or _named(ping):
                return version
            return _named(client.get("/health"))
    except httpx.HTTPError as error:
        raise StoreUnavailable(f"InfluxDB at {address.url}: {error or type(error).__name__}") from error


def _named(answer: httpx.Response) -> str:
    try:
        document = answer.json()
    except ValueError:
        return ""
    version = document.get("version") if isinstance(document, dict) else None
    return version if isinstance(version, str) else ""
