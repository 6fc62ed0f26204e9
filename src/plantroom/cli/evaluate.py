"""`plantroom evaluate`: how well the product finds what is known to be wrong."""

import click

from plantroom.cli.evaluate_scenarios import scenarios


@click.group()
def evaluate() -> None:
    """Say how well faults are found."""


evaluate.add_command(scenarios)
