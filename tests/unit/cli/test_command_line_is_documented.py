"""Every command and every option is in the reference."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from plantroom.cli.main import plantroom

REFERENCE = (Path(__file__).parents[3] / "docs/reference/command-line.md").read_text("utf-8")


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


ALL = list(commands(plantroom, "plantroom"))


@pytest.mark.parametrize(("path", "command"), ALL, ids=[path for path, _ in ALL])
def test_a_command_and_its_options_are_in_the_reference(path: str, command: click.Command) -> None:
    options = [name for option in command.params if isinstance(option, click.Option) for name in option.opts]

    missing = [option for option in options if option.startswith("--") and option not in REFERENCE]

    assert path in REFERENCE
    assert missing == []
