"""`plantroom settings`: a commented sample of all settings."""

import textwrap
from collections.abc import Iterator

import click

from plantroom.cli.main import plantroom


@click.command()
def settings() -> None:
    """Print a commented sample of all settings, as environment variables."""
    click.echo("# Settings of plantroom. Each mirrors the command-line option named behind it.")
    for option, commands in _options().values():
        click.echo()
        text = f"{option.help} [{option.opts[0]} of {', '.join(commands)}]{_several(option)}"
        for line in textwrap.wrap(text, 100):
            click.echo(f"# {line}")
        click.echo(f"#{option.envvar}={_sample(option)}")


def _options() -> dict[str, tuple[click.Option, list[str]]]:
    """Return every option that has an environment variable, with the commands that take it."""
    found: dict[str, tuple[click.Option, list[str]]] = {}
    for path, command in _commands(plantroom, ()):
        for option in command.params:
            if isinstance(option, click.Option) and isinstance(option.envvar, str):
                found.setdefault(option.envvar, (option, []))[1].append(" ".join(path))
    return dict(sorted(found.items()))


def _commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def _several(option: click.Option) -> str:
    """Return how an environment variable holds the several values of `option`, if it may have several."""
    if not option.multiple:
        return ""
    separator = option.type.envvar_list_splitter
    return f" Several: separated by {'spaces' if separator is None else repr(separator)}."


def _sample(option: click.Option) -> str:
    if option.default is None or isinstance(option.default, (tuple, list)) or callable(option.default):
        return ""
    if isinstance(option.default, bool | int | float | str):
        return str(option.default)
    return "" if "Sentinel" in type(option.default).__name__ else str(option.default)
