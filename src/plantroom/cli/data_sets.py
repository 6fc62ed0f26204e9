"""Where recorded data sets lie, and what every command that scores models on one takes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

BESIDE: Final = Path("../shared/data")
"""Where they are looked for if nothing is said."""


def folder_of(name: str) -> Callable[[F], F]:
    """Return the argument DIR: the folder of the data set `name`, or the one that holds it by that name."""

    def place(_: click.Context, __: click.Parameter, value: Path | None) -> Path:
        folder = value or BESIDE
        if not folder.is_dir():
            raise click.BadParameter(f"no folder {folder}; name it, or set PLANTROOM_DATA_SETS")
        return folder / name if (folder / name).is_dir() else folder

    return click.argument(
        "folder",
        metavar="[DIR]",
        required=False,
        type=click.Path(path_type=Path),
        envvar="PLANTROOM_DATA_SETS",
        callback=place,
    )


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
table = click.option(
    "--table",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the results to FILE, as Markdown; in one that is there, between its marks.",
)
_BEGIN, _END = "<!-- made: begin -->", "<!-- made: end -->"


def write_table(path: Path, text: str) -> None:
    """Write `text` as a new file, or between the marks of one that is there.

    Raises:
        click.ClickException: it has no marks.
    """
    page = path.read_text("utf-8") if path.exists() else f"{_BEGIN}\n{_END}\n"
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise click.ClickException(f"{path} has no lines {_BEGIN} and {_END} to write between")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")
