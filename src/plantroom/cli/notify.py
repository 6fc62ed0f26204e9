"""`plantroom notify`: try the channels that are told of alarms."""

import json
import os
import sys
from pathlib import Path

import click

from plantroom.api.clock import system_clock
from plantroom.api.telling.message import Writer
from plantroom.api.telling.sending import NotSent, send
from plantroom.cli import options
from plantroom.domain.channel import Channel, Channels
from plantroom.domain.installation import Installation
from plantroom.domain.notice import Notice, NoticeKind
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Severity
from plantroom.domain.suggestion import suggest
from plantroom.storage.files.notify import load_channels

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def notify() -> None:
    """Try the channels that are told of alarms."""


@notify.command()
@options.notify
@click.option("--channel", "wanted", metavar="ID", multiple=True, help="Only this one; may be given again.")
@as_json
def test(notify: Path | None, wanted: tuple[str, ...], as_json: bool) -> None:
    """Send a test message to every channel, and say what came of it.

    The exit status is 1 if one did not take it. No secret is shown.
    """
    channels = _channels(notify)
    chosen = _chosen(channels, wanted)
    results = [{"channel": channel.id, **_try(channels, channel)} for channel in chosen]
    if as_json:
        click.echo(json.dumps({"items": results}, ensure_ascii=False))
    else:
        for result in results:
            click.echo(f"{result['channel']}: {result['error'] or 'delivered'}")
    if any(result["error"] for result in results):
        sys.exit(1)


@notify.command(name="list")
@options.notify
@as_json
def list_(notify: Path | None, as_json: bool) -> None:
    """List the channels and what each is told, without their addresses."""
    items = [_described(channel) for channel in _channels(notify).items]
    if as_json:
        click.echo(json.dumps({"items": items}))
        return
    for item in items:
        told = ", ".join(item["tell"])
        click.echo(f"{item['id']}  {item['kind']}  {item['severity']} and graver  {told}")


def _channels(path: Path | None) -> Channels:
    if path is None:
        raise click.UsageError("--notify says which file declares the channels")
    return load_channels(path, environment=os.environ)


def _chosen(channels: Channels, wanted: tuple[str, ...]) -> list[Channel]:
    known = {channel.id: channel for channel in channels.items}
    for name in wanted:
        if name not in known:
            hint = suggest(name, known)
            raise click.BadParameter(f"there is no channel {name}; {hint}", param_hint="--channel")
    return [channel for name, channel in known.items() if not wanted or name in wanted]


def _try(channels: Channels, channel: Channel) -> dict[str, str | bool]:
    now = system_clock()
    installation = Installation(table=PointTable(()), classes={}, rules={})
    writer = Writer(installation=installation, channels=channels)
    notice = Notice(kind=NoticeKind.TEST, at=now, severity=Severity.INFO)
    try:
        send(channel, writer.message(channel, [notice], message_id=f"plantroom-test-{channel.id}-{now}"))
    except NotSent as error:
        return {"delivered": False, "error": str(error)}
    return {"delivered": True, "error": ""}


def _described(channel: Channel) -> dict[str, str | list[str]]:
    return {
        "id": channel.id,
        "kind": "webhook" if channel.webhook else "apprise",
        "severity": channel.severity.value,
        "sites": sorted(channel.sites),
        "tell": [kind.value for kind in NoticeKind if kind in channel.kinds],
        "language": channel.language,
    }
