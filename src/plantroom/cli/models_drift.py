"""`plantroom models drift`: whether models still know what their machines do."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import click

from plantroom.cli.history_report import bar
from plantroom.cli.models_places import chosen, places
from plantroom.domain.installation import Installation
from plantroom.domain.site import Asset
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files import load_installation

_LATELY: Final = timedelta(days=3)


@click.command(name="drift")
@places
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def drift_(*, as_json: bool, **given: Any) -> None:
    """Hold what machines did in the last three days against what their models at work have learnt.

    `known`: as learnt. `moved`: a machine works where its model has not learnt, which asks to be trained.
    `changed`: it does something else than before; look at it, and do not train.
    """
    installation = load_installation(sites=given["sites"] or (SITE_FILE,), rules=given["rules"])
    items = held_against(installation, chosen(installation, assets=given["assets"]), given)
    if as_json:
        click.echo(json.dumps({"items": items}, ensure_ascii=False))
        return
    for item in items:
        click.echo(f"{item['state']:8} {item['asset']} version {item['version']}: {item['reason']['en']}")
    if not items:
        click.echo("no models at work: train them with `plantroom models train`")


def held_against(
    installation: Installation, assets: Sequence[Asset], given: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return how each asset's last days stand to what its models learnt, and keep it with the models."""
    from plantroom.cli.models_gathering import gathering_of
    from plantroom.cli.models_tasks import Wanted
    from plantroom.cli.models_worker import hold

    found: list[dict[str, Any]] = []
    with gathering_of(installation, given, since=None) as gathering, bar("drift", len(assets)) as show:
        standings = gathering.registry.standings()
        watched = [asset for asset in assets if asset.id in standings and standings[asset.id].active]
        for number, task in enumerate(gathering.tasks(watched, Wanted(days=_LATELY)), start=1):
            said = hold(task)
            if said is not None:
                gathering.registry.record_drift(task.asset, {**said, "at": gathering.now})
                found.append(dict(said))
            show(number)
    return found
