"""`plantroom models evaluate`: how good models are on recorded data that others have published."""

import click

from plantroom.cli.models_lbnl import lbnl_ahu_command


@click.group()
def evaluate() -> None:
    """Score models on public data sets, beside what others have published."""


evaluate.add_command(lbnl_ahu_command)
