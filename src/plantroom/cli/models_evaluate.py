"""`plantroom models evaluate`: how good models are on recorded data that others have published."""

import click

from plantroom.cli.models_cmapss import cmapss_command
from plantroom.cli.models_lbnl import lbnl_ahu_command
from plantroom.cli.models_skab import skab_command


@click.group()
def evaluate() -> None:
    """Score models on public data sets, beside what others have published."""


evaluate.add_command(cmapss_command)
evaluate.add_command(lbnl_ahu_command)
evaluate.add_command(skab_command)
