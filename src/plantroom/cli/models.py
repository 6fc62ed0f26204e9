"""`plantroom models`: train models on what was, see them, go back, and score them on recorded data."""

import click

from plantroom.cli.models_evaluate import evaluate


@click.group()
def models() -> None:
    """Train the models that watch over machines, and see what they are worth."""


models.add_command(evaluate)
