"""`plantroom dashboards`: what people look at in Grafana."""

import click

from plantroom.cli.dashboards_build import build
from plantroom.cli.dashboards_push import push


@click.group()
def dashboards() -> None:
    """Build the Grafana dashboards, and bring them into a running Grafana."""


dashboards.add_command(build)
dashboards.add_command(push)
