"""`plantroom rules`: try rules on made-up cases and on history before they watch."""

import click

from plantroom.cli.rules_backtest import backtest
from plantroom.cli.rules_cases import test
from plantroom.cli.rules_diff import diff


@click.group()
def rules() -> None:
    """Try rules before they watch: on cases, and on what was."""


rules.add_command(test)
rules.add_command(backtest)
rules.add_command(diff)
