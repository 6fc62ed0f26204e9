"""`plantroom models evaluate`: how good models are on recorded data that others have published."""

import click


@click.group()
def evaluate() -> None:
    """Score models on public data sets, beside what others have published."""
