"""`plantroom models rollback`: put another version of an asset's models to work."""

from pathlib import Path

import click

from plantroom.cli import options
from plantroom.cli.options import together
from plantroom.cli.wiring import models_folder
from plantroom.domain.suggestion import suggest
from plantroom.storage.models.registry import Registry


@click.command()
@click.argument("asset")
@together(options.data, options.models)
@click.option(
    "--to", "version", type=click.IntRange(1), metavar="V", help="That version. Default: the one before."
)
@click.option("--off", is_flag=True, help="No version: the asset is watched by rules alone.")
def rollback(asset: str, data: Path, models: Path | None, version: int | None, *, off: bool) -> None:
    """Put an earlier version of the models of ASSET to work, or one that was kept and not put to work."""
    registry = Registry(models_folder(models, data))
    standings = registry.standings()
    if asset not in standings:
        raise click.BadParameter(f"no models of {asset!r}; {suggest(asset, standings)}", param_hint="ASSET")
    if off:
        registry.retire(asset)
        click.echo(f"{asset}: no models at work")
        return
    active = standings[asset].active
    kept = [manifest.version for manifest in registry.manifests(asset)]
    earlier = [each for each in kept if active is None or each < active]
    if version is None and not earlier:
        raise click.ClickException(f"{asset} has no version before {active}; it has {kept}")
    chosen = version if version is not None else earlier[-1]
    registry.activate(asset, chosen)
    click.echo(f"{asset}: version {chosen} is at work, before it was {active or 'none'}")
