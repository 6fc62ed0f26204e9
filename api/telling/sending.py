"""Sends messages: to signed webhooks, and to whatever Apprise knows."""

import base64
import hashlib
import hmac
import json
import logging
import re
import time
import warnings
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx

from plantroom.api.telling.message import Message
from plantroom.domain.channel import Channel, Webhook
from plantroom.domain.errors import PlantroomError
from plantroom.domain.rule import Severity

TIMEOUT_S: Final = 10.0
_LEAST_HIDDEN: Final = 4
"""Parts of an address that are shorter tell nothing."""


class NotSent(PlantroomError):
    """A message did not arrive; the reason shows no secret."""


def send(channel: Channel, message: Message) -> None:
    """Send `message` and wait until it is taken.

    Raises:
        NotSent: it was not, or nobody knows.
    """
    if channel.webhook is not None:
        _post(channel.webhook, message)
    else:
        _apprise(channel.apprise, message)


def sign(key: bytes, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a webhook. Source: Standard Webhooks, symmetric, version 1."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def hide(text: str, secret_url: str) -> str:
    """Return `text` without anything that `secret_url` holds besides its scheme."""
    parts = urlsplit(secret_url)
    rest = secret_url.removeprefix(f"{parts.scheme}://")
    pieces = {rest, *re.split(r"[/:@?&=#,]", rest)}
    for piece in sorted({*pieces, *map(unquote, pieces)}, key=len, reverse=True):
        if len(piece) >= _LEAST_HIDDEN:
            text = text.replace(piece, "***")
    return text


def _post(webhook: Webhook, message: Message) -> None:
    body = json.dumps(message.document, ensure_ascii=False).encode()
    timestamp = int(time.time())  # the receiver compares it with its own clock, not with the product's
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(webhook.secret, message_id=message.id, timestamp=timestamp, body=body),
    }
    try:
        answer = httpx.post(webhook.url, content=body, headers=headers, timeout=TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotSent(hide(f"{type(error).__name__}: {error}", webhook.url)) from None
    if not answer.is_success:
        raise NotSent(f"answered {answer.status_code} {answer.reason_phrase}")


def _apprise(url: str, message: Message) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of modules that its plug-ins try
        import apprise

        kinds = {
            Severity.INFO: apprise.NotifyType.INFO,
            Severity.WARNING: apprise.NotifyType.WARNING,
            Severity.MAJOR: apprise.NotifyType.WARNING,
            Severity.CRITICAL: apprise.NotifyType.FAILURE,
        }
        service = apprise.Apprise()
        if not service.add(url):
            raise NotSent(f"Apprise does not know such an address ({urlsplit(url).scheme}://...)")
        with apprise.LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]  # not typed there
            taken = service.notify(
                body=message.body, title=message.title, notify_type=kinds[message.severity]
            )
            said = hide(" ".join(log.getvalue().split()), url)
    if not taken:
        raise NotSent(said or "Apprise could not deliver it")
