"""Where an InfluxDB server is, and who we are to it."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxAddress:
    """One database of one server, with a user's password or a token."""

    url: str
    """Of the server: scheme, host, port and the path of a proxy, if any."""
    database: str = "plantroom"
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    retention_policy: str = ""
    """Of the database; its default one if empty."""


def parse_influx_url(text: str, *, token: str = "") -> InfluxAddress:
    """Return what `http://user:password@host:8086/database?token=...&rp=...` says; all but the host may lack.

    A `token` given beside the URL goes before the one in it. `secret_file=FILE` in place of a password, or of
    the token where there is no user, names the file that holds it. Characters with a meaning in URLs are
    escaped as `%xx`.

    Raises:
        ValueError: it says nothing that can be used; the message holds no secret.
    """
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not _has_sound_port(parts):
        raise ValueError(
            "InfluxDB's URL must be like http://host:8086/database, characters with a meaning escaped as %xx"
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(options.keys() - {"token", "secret_file", "rp"})
    if unknown:
        known = "the options token, secret_file and rp"
        raise ValueError(f"InfluxDB's URL may have {known}: {', '.join(unknown)}")
    secret = _secret_in(options["secret_file"]) if "secret_file" in options else ""
    user = unquote(parts.username or "")
    path, _, database = parts.path.rstrip("/").rpartition("/")
    return InfluxAddress(
        url=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}",
        database=unquote(database) or "plantroom",
        user=user,
        password=unquote(parts.password or "") or (secret if user else ""),
        token=token or options.get("token", "") or ("" if user else secret),
        retention_policy=options.get("rp", ""),
    )


def _secret_in(file: str) -> str:
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"secret_file={file} in InfluxDB's URL cannot be read: {error}") from error
    if not secret:
        raise ValueError(f"secret_file={file} in InfluxDB's URL is empty")
    return secret


def _has_sound_port(parts: SplitResult) -> bool:
    """Return whether the port is one; urllib's own message would show what may be half a password."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False
