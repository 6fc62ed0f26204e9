"""`plantroom influx`: prepare an InfluxDB server, and move history into it."""

import click

from plantroom.cli.influx_migrate import migrate
from plantroom.cli.influx_setup import setup


@click.group()
def influx() -> None:
    """Prepare an InfluxDB server, and move history into it."""


influx.add_command(setup)
influx.add_command(migrate)
