"""`plantroom simulate scenarios` and `faults`: what can be simulated."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

from plantroom.cli import options
from plantroom.cli.options import together
from plantroom.cli.scenarios import SHIPPED, scenario_called, sites_of
from plantroom.domain.site import Site
from plantroom.simulators.instruments import INSTRUMENT_FAULTS
from plantroom.simulators.links import LINK_FAULTS
from plantroom.simulators.registry import KINDS
from plantroom.storage.files.scenarios import scenario_names

_as_json = click.option("--json", "as_json", is_flag=True, help="As one JSON document.")


@click.command()
@_as_json
def scenarios(*, as_json: bool) -> None:
    """List the shipped scenarios."""
    found = [scenario_called(name) for name in scenario_names(SHIPPED)]
    if as_json:
        items = [
            {
                "name": each.name,
                "title": {"en": each.title.en, "zh": each.title.zh},
                "faults": len(each.faults),
            }
            for each in found
        ]
        click.echo(json.dumps({"items": items}, ensure_ascii=False))
        return
    _show([(each.name, each.title.en, each.title.zh) for each in found], "scenario", "title", "标题")


@click.command()
@together(options.sites, _as_json)
@click.argument("what", required=False, metavar="[CLASS|ASSET]")
def faults(*, sites: tuple[Path, ...], what: str | None, as_json: bool) -> None:
    """List what can go wrong with machines, their instruments and their connections."""
    loaded = sites_of(sites)
    found = {
        name: possible
        for name, possible in _by_class(loaded).items()
        if what is None or name == what or what in _assets_of(name, loaded)
    }
    if not found:
        raise click.UsageError(f"neither a simulated class nor an asset: {what!r}")
    document: dict[str, Any] = {
        "machines": found,
        "instruments": sorted(INSTRUMENT_FAULTS),
        "connections": sorted(LINK_FAULTS),
    }
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    rows = [(name, ", ".join(possible)) for name, possible in found.items()]
    rows.append(("any point (--point)", ", ".join(document["instruments"])))
    rows.append(("any asset's connection", ", ".join(document["connections"])))
    _show(rows, "class", "faults")


def _by_class(sites: tuple[Site, ...]) -> dict[str, list[str]]:
    """Return the faults of each class that the sites have assets of."""
    return {
        asset.asset_class: sorted(KINDS[asset.asset_class].build(asset, site).faults)
        for site in sites
        for asset in site.assets
        if asset.asset_class in KINDS
    }


def _assets_of(asset_class: str, sites: tuple[Site, ...]) -> set[str]:
    return {asset.id for site in sites for asset in site.assets if asset.asset_class == asset_class}


def _show(rows: Sequence[tuple[str, ...]], *heads: str) -> None:
    table = Table(*heads, box=box.SIMPLE)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
