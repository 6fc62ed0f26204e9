"""`plantroom influx setup`: what an InfluxDB server needs, made and checked."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from plantroom.cli import options
from plantroom.cli.options import together
from plantroom.domain.errors import StoreRejected
from plantroom.storage.durable import replacing
from plantroom.storage.series.influx.address import InfluxAddress, parse_influx_url
from plantroom.storage.series.influx.administration.generation import GENERATIONS, Server, ask_server
from plantroom.storage.series.influx.administration.plan import HOURS, MINUTES, RAW, Account, Outcome, Plan


@click.command()
@together(
    options.influx,
    options.retention,
    options.minutes_days,
    options.hours_days,
)
@click.option(
    "--server", type=click.Choice(GENERATIONS), help="Its generation. Default: the server is asked."
)
@click.option("--org", metavar="NAME", help="Of version 2: the organization. Default: the only one there is.")
@click.option(
    "--check", "only_check", is_flag=True, help="Change nothing; exit with 1 if something is missing."
)
@click.option("--apply-retention", is_flag=True, help="Change for how long what is there already is kept.")
@click.option("--renew", is_flag=True, help="Give the accounts that are there new passwords or tokens.")
@click.option(
    "--tokens-dir",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write each new password or token to a file in DIR, which only you can read, instead of showing it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def setup(**given: Any) -> None:
    """Make what the product needs of an InfluxDB server, and check it.

    The credential in --influx must be an administrator's; those made here are for the product and Grafana.
    """
    if given["influx"] is None:
        raise click.UsageError("setup needs --influx")
    try:
        address = parse_influx_url(given["influx"])
    except ValueError as error:
        raise click.ClickException(f"--influx: {error}") from error
    if address.retention_policy:
        raise click.UsageError("setup makes the policies and names them itself: leave rp= out of --influx")
    plan = Plan(
        database=address.database,
        days={RAW: given["retention"], MINUTES: given["minutes_days"], HOURS: given["hours_days"]},
        only_check=given["only_check"],
        apply_retention=given["apply_retention"],
        renew=given["renew"],
    )
    server = ask_server(address, generation=given["server"])
    outcome = _set_up(address, plan, server, org=given["org"])
    files = _written(outcome, given["tokens_dir"]) if given["tokens_dir"] else {}
    document = _document(address, server, outcome, files)
    click.echo(json.dumps(document) if given["as_json"] else _text(document))
    sys.exit(0 if outcome.is_ready else 1)


def _set_up(address: InfluxAddress, plan: Plan, server: Server, *, org: str | None) -> Outcome:
    if server.generation == "1":
        from plantroom.storage.series.influx.administration import version1

        return version1.set_up(address, plan)
    if server.generation == "2":
        from plantroom.storage.series.influx.administration import version2

        if not address.token:
            raise StoreRejected("InfluxDB 2 needs a token: --influx http://host:8086/plantroom?token=TOKEN")
        return version2.set_up(address, plan, org=org)
    from plantroom.storage.series.influx.administration import version3

    return version3.set_up(address, plan)


def _written(outcome: Outcome, folder: Path) -> dict[Account, Path]:
    """Write each secret to a file of its own that only this user can read."""
    files = {}
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for account, secret in outcome.secrets.items():
            path = folder / f"influx-{account.value}"
            with replacing(path, mode=0o600) as file:
                file.write(secret.encode())
            files[account] = path
    except OSError as error:
        # The secrets are lost otherwise: nobody can ask for them again.
        click.echo(f"{error.filename}: {error.strerror}: what was made is shown instead", err=True)
    return files


def _document(
    address: InfluxAddress, server: Server, outcome: Outcome, files: dict[Account, Path]
) -> dict[str, Any]:
    return {
        "url": address.url,
        "database": address.database,
        "server": server.generation,
        "version": server.version,
        "ready": outcome.is_ready,
        "items": [
            {"kind": item.kind, "name": item.name, "state": item.state.value, "detail": item.detail}
            for item in outcome.items
        ],
        "secrets": {
            account.value: secret for account, secret in outcome.secrets.items() if account not in files
        },
        "files": {account.value: str(path) for account, path in files.items()},
    }


def _text(document: dict[str, Any]) -> str:
    named = f"InfluxDB {document['version'] or document['server']} at {document['url']}"
    lines = [named]
    lines += [_line(item) for item in document["items"]]
    lines += [f"{account}: {secret}" for account, secret in document["secrets"].items()]
    if document["secrets"]:
        lines.append("These are shown only now.")
    lines += [f"{account}: in {path}" for account, path in document["files"].items()]
    if any(item["state"] == "differs" and item["detail"].startswith("kept") for item in document["items"]):
        lines.append("--apply-retention changes for how long these are kept.")
    lines.append("ready" if document["ready"] else "not ready")
    return "\n".join(lines)


def _line(item: dict[str, str]) -> str:
    detail = f" ({item['detail']})" if item["detail"] else ""
    return f"  {item['state']:<8} {item['kind']} {item['name']}{detail}"
