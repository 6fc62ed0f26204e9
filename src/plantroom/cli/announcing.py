"""The lines of contract 4.3 on standard output, once all is up."""

import socket

import click

from plantroom.api.access.keys import FirstStart
from plantroom.cli.serving import url_of
from plantroom.mqtt.address import Address


def announce(listener: socket.socket, first: FirstStart, *, broker: str | None = None) -> None:
    """Print where everything is and, at a first start, what is shown only once."""
    url = url_of(listener)
    click.echo(f"ready: {url}")
    if broker is not None:
        address = Address.parse(broker)
        host = f"[{address.host}]" if ":" in address.host else address.host
        click.echo(f"mqtt: {host}:{address.port}")
    if first.sign_in_code is not None:
        click.echo(f"sign in: {url}/?token={first.sign_in_code}")
    if first.admin_token is not None:
        click.echo(f"administrator's token, shown once: {first.admin_token}")
