"""`plantroom check`: tells whether site and rule files are right."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from plantroom.cli import options
from plantroom.domain.errors import FilesInvalid, Problem
from plantroom.storage.files.alarm_policy import load_alarm_policy
from plantroom.storage.files.loader import Files, load_files
from plantroom.storage.files.notify import load_channels
from plantroom.storage.files.sorting import sort_files

T = TypeVar("T")


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--rules",
    "rules",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Directory of rule files to check with them; may be given several times.",
)
@options.notify
@options.alarm_policy
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def check(
    paths: tuple[Path, ...],
    rules: tuple[Path, ...],
    *,
    notify: Path | None,
    alarm_policy: Path | None,
    as_json: bool,
) -> None:
    """Check site files, rule files, or directories of them, as one installation.

    Every mistake is printed as `file:line: message`; the exit status is 1 if there is any.
    """
    sites, more_rules = sort_files(paths)
    problems: list[Problem] = []
    files = _tried(partial(load_files, sites=sites, rules=(*more_rules, *rules)), problems)
    if notify is not None:
        _tried(partial(load_channels, notify, environment=os.environ), problems)
    if alarm_policy is not None:
        _tried(partial(load_alarm_policy, alarm_policy), problems)
    if files is None or problems:
        _print_problems(problems, as_json=as_json)
        sys.exit(1)
    _print_summary(files, as_json=as_json)


def _tried(load: Callable[[], T], problems: list[Problem]) -> T | None:
    """Return what `load` reads; None, with its mistakes added to `problems`, where it cannot."""
    try:
        return load()
    except FilesInvalid as error:
        problems += error.problems
        return None


def _print_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    if as_json:
        found = [{"file": each.file, "line": each.line, "message": each.message} for each in problems]
        click.echo(json.dumps({"ok": False, "problems": found}, ensure_ascii=False))
        return
    for each in problems:
        click.echo(str(each))
    click.echo(_counted(len(problems), "mistakes"), err=True)


def _print_summary(files: Files, *, as_json: bool) -> None:
    table = files.installation.table
    counts = {
        "sites": len(table.sites),
        "assets": len(table.assets),
        "points": sum(len(asset.measured) for asset in table.assets),
        "rules": len(files.rules),
        "mappings": sum(len(site.mappings) for site in table.sites),
    }
    if as_json:
        click.echo(json.dumps({"ok": True, "problems": [], **counts}))
        return
    shown = [_counted(count, name) for name, count in counts.items() if count or name != "mappings"]
    click.echo("ok: " + ", ".join(shown))


def _counted(count: int, things: str) -> str:
    return f"{count} {things.removesuffix('s') if count == 1 else things}"
