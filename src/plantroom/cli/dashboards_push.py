"""`plantroom dashboards push`: brings the dashboards into a running Grafana."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import click

from plantroom.cli import options
from plantroom.cli.options import setting, together
from plantroom.dashboards.board import LANGUAGES
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.provision import FOLDERS, folder_uid
from plantroom.dashboards.pushing import Change, Credential, Folder, Grafana, Pushed, PushFailed
from plantroom.dashboards.registry import boards
from plantroom.dashboards.sources import Readings, Records, readings_source, records_source, uid_of
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files.loader import load_installation
from plantroom.storage.series.influx.address import parse_influx_url


@click.command()
@setting("--grafana", required=True, metavar="URL", callback=options.http_url, help="Where Grafana is.")
@setting("--grafana-token", metavar="TOKEN", help="Of a service account that may edit; see --grafana-user.")
@setting("--grafana-user", metavar="NAME:PASSWORD", help="A user instead of a token.")
@setting(
    "--grafana-influx",
    metavar="URL",
    help="InfluxDB as Grafana reaches it, with an account that only reads. "
    "Without it the data source must be there.",
)
@setting(
    "--grafana-database",
    metavar="URL",
    help="The records as Grafana reaches them: postgresql://grafana:PASSWORD@HOST/NAME. "
    "Without it the data source must be there.",
)
@setting(
    "--console",
    metavar="URL",
    callback=options.http_url,
    help="Where people open Plantroom's own page, for links.",
)
@click.option("--renew-secrets", is_flag=True, help="Send passwords again: they cannot be compared.")
@together(options.sites, options.rules)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def push(**given: Any) -> None:
    """Bring folders, data sources and dashboards into a Grafana, changing only what differs."""
    site_files: tuple[Path, ...] = given["sites"] or (SITE_FILE,)
    installation = load_installation(sites=site_files, rules=given["rules"])
    grafana = Grafana(given["grafana"], _credential(given), renew_secrets=given["renew_secrets"])
    pushed: list[Pushed] = []
    for each in _push(grafana, Plant(installation), given):
        pushed.append(each)
        if not given["as_json"]:
            _show(each)
    counts = Counter(each.change for each in pushed)
    if given["as_json"]:
        click.echo(
            json.dumps({"items": [_item(each) for each in pushed]} | _counts(counts), ensure_ascii=False)
        )
    else:
        click.echo(", ".join(f"{counts[change]} {change.value}" for change in Change))


def _push(grafana: Grafana, plant: Plant, given: Mapping[str, Any]) -> Iterator[Pushed]:
    sources = _sources(given)
    try:
        for option, name in (("grafana_influx", "readings"), ("grafana_database", "records")):
            if given[option] is None:
                grafana.demand_source(uid_of(name), option=f"--{option.replace('_', '-')}")
        yield from grafana.push(_folders(plant, given["console"]), sources)
    except PushFailed as error:
        raise click.ClickException(str(error)) from error


def _credential(given: Mapping[str, Any]) -> Credential:
    token, user = given["grafana_token"], given["grafana_user"]
    if token:
        return str(token)
    name, colon, password = (user or "").partition(":")
    if not name or not colon:
        raise click.UsageError("push needs --grafana-token, or --grafana-user NAME:PASSWORD")
    return name, password


def _sources(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    if given["grafana_influx"] is not None:
        try:
            address = parse_influx_url(given["grafana_influx"])
        except ValueError as error:
            raise click.ClickException(f"--grafana-influx: {error}") from error
        readings = Readings(
            url=address.url,
            database=address.database,
            user=address.user,
            password=address.password,
            token=address.token,
        )
        found.append(readings_source(readings))
    if given["grafana_database"] is not None:
        found.append(records_source(_records(given["grafana_database"])))
    return found


def _records(url: str) -> Records:
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgresql") or not parts.hostname or not parts.path.strip("/"):
        raise click.ClickException("--grafana-database: expected postgresql://user:password@host/name")
    return Records(
        address=f"{parts.hostname}:{parts.port or 5432}",
        database=unquote(parts.path.strip("/")),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sslmode=parse_qs(parts.query).get("sslmode", ["disable"])[0],
    )


def _folders(plant: Plant, console: str | None) -> list[Folder]:
    built = boards(plant)
    return [
        Folder(
            uid=folder_uid(language),
            title=FOLDERS[language],
            dashboards=[_linked(board.document(language), console) for board in built],
        )
        for language in LANGUAGES
    ]


def _linked(dashboard: dict[str, Any], console: str | None) -> dict[str, Any]:
    """Return `dashboard` with the console's address in its links."""
    for variable in dashboard["templating"]["list"]:
        if variable["name"] == "console" and console is not None:
            address = console.rstrip("/")
            variable |= {
                "query": address,
                "current": variable["current"] | {"text": address, "value": address},
            }
    return dashboard


def _show(each: Pushed) -> None:
    if each.change is not Change.UNCHANGED:
        click.echo(f"{each.change.value}  {each.kind} {each.uid}: {each.title}")


def _item(each: Pushed) -> dict[str, str]:
    return {"kind": each.kind, "uid": each.uid, "title": each.title, "change": each.change.value}


def _counts(counts: Mapping[Change, int]) -> dict[str, int]:
    return {change.value: counts.get(change, 0) for change in Change}
