"""`plantroom token`: make and revoke credentials, also when the first one is lost."""

import getpass
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import click

from plantroom.api.access.identity import Role
from plantroom.api.access.keys import create_token, list_tokens, revoke_token, set_token
from plantroom.api.clock import system_clock
from plantroom.cli import options
from plantroom.cli.wiring import records_url
from plantroom.storage.records import Records, open_records

SHORTEST: Final = 32
"""Characters of a token that somebody else made; 24 random bytes in hexadecimal are 48."""

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def token() -> None:
    """Make and revoke the tokens that people and programs show to the API."""


_role = click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help="What it allows."
)
_name = click.option("--name", help="Whom it is for; writes with it carry this name. Default: the role.")


@token.command()
@options.together(_role, _name, options.data, options.database)
@as_json
def create(role: str, name: str | None, data: Path, database: str | None, as_json: bool) -> None:
    """Make a token and print it; it cannot be shown again."""
    name = _checked(name, role)
    with _records(database, data) as records:
        secret = create_token(records, role=Role(role), name=name, by=_me(), now=system_clock())
    click.echo(json.dumps({"token": secret, "role": role, "name": name}) if as_json else secret)


@token.command(name="set")
@options.together(_role, _name, options.data, options.database)
@options.setting("--token", "secret", metavar="TOKEN", required=True, help="The token, made by you.")
@as_json
def set_(role: str, name: str | None, data: Path, database: str | None, secret: str, as_json: bool) -> None:
    """Make a token of yours the only one of its name; others of that name are revoked."""
    name = _checked(name, role)
    if len(secret) < SHORTEST:
        raise click.BadParameter(f"must have at least {SHORTEST} characters", param_hint="--token")
    with _records(database, data) as records:
        changed = set_token(records, secret, role=Role(role), name=name, by=_me(), now=system_clock())
    said = "is set" if changed else "is set already"
    click.echo(json.dumps({"role": role, "name": name, "changed": changed}) if as_json else f"{name} {said}")


@token.command(name="list")
@options.together(options.data, options.database)
@as_json
def list_(data: Path, database: str | None, as_json: bool) -> None:
    """List the tokens, without their secrets."""
    with _records(database, data) as records:
        documents = [token.model_dump(mode="json") for token in list_tokens(records)]
    if as_json:
        click.echo(json.dumps({"items": documents}))
        return
    for document in documents:
        revoked = f"revoked {document['revoked_at']}" if document["revoked_at"] else "holds"
        click.echo(f"{document['number']:>4}  {document['role']:<9} {revoked:<32} {document['name']}")


@token.command()
@click.argument("number", type=int)
@options.together(options.data, options.database)
@as_json
def revoke(number: int, data: Path, database: str | None, as_json: bool) -> None:
    """Make token NUMBER (see `list`) and the sessions that came from it worthless."""
    with _records(database, data) as records:
        revoked = revoke_token(records, number, by=_me(), now=system_clock())
    if not revoked:
        raise click.ClickException(f"there is no token {number} that still holds")
    click.echo(json.dumps({"revoked": number}) if as_json else f"token {number} is revoked")


def _checked(name: str | None, role: str) -> str:
    name = role if name is None else name
    if not name.strip() or len(name) > 100:
        raise click.BadParameter("must have 1 to 100 characters", param_hint="--name")
    return name


@contextmanager
def _records(database: str | None, data: Path) -> Iterator[Records]:
    with closing(open_records(records_url(database, data))) as records:
        yield records


def _me() -> str:
    try:
        return f"{getpass.getuser()} at the command line"
    except (KeyError, OSError):  # this user has no name
        return "the command line"
