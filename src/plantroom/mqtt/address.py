"""Where a broker is and who we are to it, as one URL."""

import ssl
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from plantroom.domain.errors import BrokerUrlInvalid

FORM = "mqtt://[user:password@]host[:port] or mqtts://[user:password@]host[:port][?ca=FILE]"
DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A broker and the credentials for it."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca: str | None = None
    """File with the certificates to trust; the system's where absent."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `url`.

        Raises: BrokerUrlInvalid naming what is wrong, never the password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BrokerUrlInvalid(f"broker URL cannot be read ({error}); expected {FORM}") from None
        if parts.scheme not in DEFAULT_PORTS:
            raise BrokerUrlInvalid(f"broker URL begins with {parts.scheme or 'nothing'!r}; expected {FORM}")
        if not parts.hostname:
            raise BrokerUrlInvalid(f"broker URL names no host; expected {FORM}")
        if parts.path not in ("", "/") or parts.fragment:
            raise BrokerUrlInvalid(f"broker URL has a path {parts.path!r}; expected {FORM}")
        tls = parts.scheme == "mqtts"
        return cls(
            host=parts.hostname,
            port=DEFAULT_PORTS[parts.scheme] if port is None else port,
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            tls=tls,
            ca=_read_query(parts.query, tls=tls),
        )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def tls_context(self) -> ssl.SSLContext | None:
        """Return how to check the broker's certificate, None without TLS.

        Raises: BrokerUrlInvalid where the file of certificates cannot be read.
        """
        if not self.tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca)
        except OSError as error:
            raise BrokerUrlInvalid(f"certificates cannot be read from {self.ca}: {error}") from error


def _read_query(query: str, *, tls: bool) -> str | None:
    options = parse_qs(query, keep_blank_values=True)
    unknown = sorted(options.keys() - {"ca"})
    if unknown:
        raise BrokerUrlInvalid(f"broker URL has an unknown option {unknown[0]!r}; expected {FORM}")
    if "ca" in options and not tls:
        raise BrokerUrlInvalid(f"broker URL has ca= without TLS; expected {FORM}")
    return options.get("ca", [None])[-1]
