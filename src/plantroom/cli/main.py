"""The `plantroom` command."""

import importlib
import keyword
import sys
from collections.abc import Mapping
from typing import Final

import click

from plantroom import __version__
from plantroom.domain.errors import PlantroomError

_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "up": ("up", "Run everything: broker, pipeline, API and, without --site, the demo building."),
    "ingest": ("ingest", "Run the pipeline alone: MQTT in, samples to InfluxDB, alarms to the API."),
    "api": ("api", "Run the API and the web page alone."),
    "simulate": ("simulate", "Publish the readings of simulated machines."),
    "replay": ("replay", "Publish recorded readings from a CSV file."),
    "load": ("load", "Publish the readings of very many machines, and say what came of it."),
    "rules": ("rules", "Try rules on cases and on history before they watch."),
    "models": ("models", "Train the models that watch over machines, list them, go back, score them."),
    "evaluate": ("evaluate", "Say how well faults are found."),
    "check": ("check", "Check site and rule files and name every mistake."),
    "mappings": ("mappings", "Try the mappings of a site file on a payload."),
    "dashboards": ("dashboards", "Build the Grafana dashboards, and bring them into a running Grafana."),
    "notify": ("notify", "Try the channels that are told of alarms."),
    "import": ("importing", "Bring history from CSV and Parquet files into the time-series store."),
    "export": ("exporting", "Write history to a CSV or Parquet file."),
    "influx": ("influx", "Prepare an InfluxDB server, and move history into it."),
    "backup": ("backup", "Write everything that is kept to one file."),
    "restore": ("restore", "Put a backup in its place again."),
    "token": ("token", "Make and revoke credentials."),
    "settings": ("settings", "Print a commented sample of all settings."),
}


class LazyGroup(click.Group):
    """Imports a command's module when that command is asked for: `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order they are shown."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, _ = _COMMANDS[cmd_name]
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command = getattr(importlib.import_module(f"plantroom.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="plantroom")
def plantroom() -> None:
    """Monitor the machines of a building: readings become alarms, alarms become work orders."""


def main() -> None:
    """Run the command; an error that the product raises on purpose is a line, not a traceback."""
    try:
        plantroom(prog_name="plantroom")
    except PlantroomError as error:
        click.echo(f"plantroom: {error}", err=True)
        sys.exit(1)
