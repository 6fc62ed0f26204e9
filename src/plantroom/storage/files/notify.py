"""The file that says who is told: channels with their secrets, which may stand in the environment."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from plantroom.domain.channel import USUAL, Channel, Channels, Webhook
from plantroom.domain.notice import NoticeKind
from plantroom.domain.rule import Severity
from plantroom.storage.files import values
from plantroom.storage.files.fields import Fields, open_mapping
from plantroom.storage.files.problems import Place, Problems

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_EXPECTED: Final = "a mapping with the key channels"
_LEAST_SECRET: Final = 16
_ENCODED: Final = "whsec_"
_LANGUAGES: Final = ("en", "zh", "both")


def load_channels(path: Path, *, environment: Mapping[str, str]) -> Channels:
    """Return the channels that the file at `path` declares; `${NAME}` stands for what the environment holds.

    Raises:
        FilesInvalid: with every mistake in it; none shows a secret.
    """
    problems = Problems()
    channels = _read_file(path, environment, problems)
    problems.raise_any()
    assert channels is not None
    return channels


def _read_file(path: Path, environment: Mapping[str, str], problems: Problems) -> Channels | None:
    fields = open_mapping(path, problems, expected=_EXPECTED)
    if fields is None:
        if not problems.found:
            problems.add(Place(str(path), 1), f"expected {_EXPECTED}, got nothing")
        return None
    link = fields.optional("link", _http_url, "")
    found: dict[str, Channel] = {}
    for item in fields.items("channels"):
        channel = _read_channel(item, environment)
        item.finish()
        if channel is None:
            continue
        if channel.id in found:
            item.problem("id", f"channel {channel.id} is declared twice")
        found[channel.id] = channel
    if "channels" not in fields:
        fields.note("channels is missing")
    fields.finish()
    return Channels(items=tuple(found.values()), link=link.rstrip("/"))


def _read_channel(fields: Fields, environment: Mapping[str, str]) -> Channel | None:
    channel = fields.required("id", values.identifier("channel"))
    secret_of = _with_environment(environment)
    apprise = fields.optional("apprise", secret_of, "")
    webhook = _read_webhook(fields, secret_of)
    if bool(apprise) == ("webhook" in fields):
        fields.note("expected either webhook or apprise")
    kinds = frozenset(kind for _, kind in fields.listed("tell", values.choice(NoticeKind)))
    severity = fields.optional("severity", values.choice(Severity), Severity.WARNING)
    sites = frozenset(site for _, site in fields.listed("sites", values.identifier("site")))
    language = fields.optional("language", _language, "both")
    if channel is None:
        return None
    return Channel(
        id=channel,
        severity=severity,
        sites=sites,
        kinds=kinds | {NoticeKind.TEST} if kinds else USUAL,
        language=language,
        webhook=webhook,
        apprise=apprise,
    )


def _read_webhook(fields: Fields, secret_of: Callable[[str], str]) -> Webhook | None:
    url = fields.optional("webhook", lambda written: _http_url(secret_of(written)), "")
    secret = fields.optional("secret", lambda written: _key(secret_of(written)), b"")
    if "webhook" in fields and "secret" not in fields:
        fields.note("secret is missing: webhooks are signed")
    if "secret" in fields and "webhook" not in fields:
        fields.problem("secret", "secret: only a webhook has one")
    return Webhook(url=url, secret=secret) if url and secret else None


def _with_environment(environment: Mapping[str, str]) -> Callable[[str], str]:
    def read(written: str) -> str:
        missing = [name for name in _VARIABLE.findall(written) if not environment.get(name)]
        if missing:
            raise ValueError(f"the environment has no {', '.join(missing)}")
        return values.text(_VARIABLE.sub(lambda found: environment[found[1]], written))

    return read


def _http_url(written: str) -> str:
    parts = urlsplit(written)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected a URL http://... or https://...")
    return written


def _key(written: str) -> bytes:
    """Return the key that `written` stands for: `whsec_` and base64, or any text."""
    if written.startswith(_ENCODED):
        try:
            key = base64.b64decode(written.removeprefix(_ENCODED), validate=True)
        except binascii.Error:
            raise ValueError("expected base64 after whsec_") from None
    else:
        key = written.encode()
    if len(key) < _LEAST_SECRET:
        raise ValueError(f"expected a secret of at least {_LEAST_SECRET} bytes")
    return key


def _language(written: str) -> str:
    if written not in _LANGUAGES:
        raise ValueError(f"expected one of {', '.join(_LANGUAGES)}, got {written!r}")
    return written
