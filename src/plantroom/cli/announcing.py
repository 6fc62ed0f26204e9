"""The lines of contract 4.3 on standard output, once all is up."""

import socket

import click
import httpx

from plantroom.api.access.keys import FirstStart
from plantroom.cli.serving import url_of


def announce(listener: socket.socket, first: FirstStart, *, broker: str | None = None) -> None:
    """Print where everything is and, at a first start, what is shown only once."""
    url = url_of(listener)
    click.echo(f"ready: {url}")
    if broker is not None:
        click.echo(f"mqtt: {httpx.URL(broker).netloc.decode().rpartition('@')[2]}")
    if first.sign_in_code is not None:
        click.echo(f"sign in: {url}/?token={first.sign_in_code}")
    if first.admin_token is not None:
        click.echo(f"administrator's token, shown once: {first.admin_token}")
