"""`plantroom models`: train models on what was, see them, go back, and score them on recorded data."""

import click

from plantroom.cli.models_drift import drift_
from plantroom.cli.models_evaluate import evaluate
from plantroom.cli.models_list import list_
from plantroom.cli.models_rollback import rollback
from plantroom.cli.models_train import train


@click.group()
def models() -> None:
    """Train the models that watch over machines, and see what they are worth."""


models.add_command(train)
models.add_command(list_)
models.add_command(rollback)
models.add_command(drift_)
models.add_command(evaluate)
