"""`plantroom models list`: what was trained, what is at work, and what people think of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from plantroom.cli import options
from plantroom.cli.options import together
from plantroom.cli.wiring import models_folder
from plantroom.storage.models.manifest import Manifest
from plantroom.storage.models.registry import Registry
from plantroom.storage.models.standing import Standing, standing_of


@click.command(name="list")
@together(options.data, options.models)
@click.option("--asset", "assets", metavar="ID", multiple=True, help="Only this asset; several times.")
@click.option(
    "--all", "all_versions", is_flag=True, help="Every version that is kept, not just the one at work."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def list_(
    data: Path, models: Path | None, assets: tuple[str, ...], *, all_versions: bool, as_json: bool
) -> None:
    """List the models of all assets: since when, learnt from what, and how often they were right."""
    registry = Registry(models_folder(models, data))
    refused = registry.active().refused
    items = [
        _item(registry, manifest, standing, refused)
        for asset, standing in registry.standings().items()
        if not assets or asset in assets
        for manifest in registry.manifests(asset)
        if all_versions or manifest.version == standing.active
    ]
    if as_json:
        click.echo(json.dumps({"items": items}, ensure_ascii=False))
        return
    for item in items:
        _show(item)
    if not items:
        click.echo(f"no models in {registry.folder}: train them with `plantroom models train`")


def _item(
    registry: Registry, manifest: Manifest, standing: Standing, refused: Mapping[str, str]
) -> dict[str, Any]:
    from plantroom.cli.models_training import said_of

    asset, is_active = manifest.training.asset, manifest.version == standing.active
    judged = [each for each in registry.feedback(asset) if each.version == manifest.version]
    return {
        "asset": asset,
        "version": manifest.version,
        "active": is_active,
        "unusable": refused.get(asset) if is_active else None,
        "confirmed": standing.confirmed,
        "precision": standing.precision,
        "precision_of_version": standing_of(manifest.version, judged).precision,
        "real_faults": standing.real_faults,
        "false_alarms": standing.false_alarms,
        "drift": registry.drift(asset) if is_active else None,
        "reasons": [{"en": each.en, "zh": each.in_language("zh")} for each in manifest.training.reasons],
        **said_of(manifest),
    }


def _show(item: Mapping[str, Any]) -> None:
    marks = [name for name, is_so in (("active", item["active"]), ("confirmed", item["confirmed"])) if is_so]
    days = item["minutes"] / 1440
    learnt = f"{days:.1f} days from {item['from'][:10]} to {item['to'][:10]}"
    limits = ", ".join(f"{model} {limit:.3g}" for model, limit in item["limits"].items() if limit is not None)
    judged = item["real_faults"] + item["false_alarms"]
    right = f"; {item['real_faults']} of {judged} alarms were right" if judged else ""
    click.echo(f"{item['asset']} version {item['version']} ({', '.join(marks) or 'kept'}): {learnt}{right}")
    click.echo(f"    limits: {limits or 'none'}")
    if item["unusable"]:
        click.echo(f"    NOT USABLE: {item['unusable']}")
    if item["drift"]:
        click.echo(f"    {item['drift']['state']}: {item['drift']['reason']['en']}")
    for reason in item["reasons"]:
        click.echo(f"    {reason['en']}")
