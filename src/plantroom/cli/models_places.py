"""What the commands about models are told alike: of which assets, and where their history and alarms are."""

from collections.abc import Sequence
from pathlib import Path

import click

from plantroom.cli import options
from plantroom.cli.options import together
from plantroom.domain.installation import Installation
from plantroom.domain.site import Asset
from plantroom.domain.suggestion import suggest

places = together(
    options.sites,
    options.rules,
    options.data,
    options.models,
    options.influx,
    options.database,
    options.api,
    options.api_token,
    click.option(
        "--recording",
        "recordings",
        metavar="FILE",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Recorded readings, as of `simulate --record`, instead of a store; several times.",
    ),
    click.option("--asset", "assets", metavar="ID", multiple=True, help="Only this asset; several times."),
)


def chosen(
    installation: Installation, *, assets: Sequence[str], classes: Sequence[str] = ()
) -> tuple[Asset, ...]:
    """Return the assets that have models and are asked for.

    Raises:
        click.BadParameter: there is none.
    """
    table = installation.table
    modelled = [asset for asset in table.assets if asset.models is not None]
    for wanted, known, hint in (
        (assets, {asset.id for asset in modelled}, "--asset"),
        (classes, {asset.asset_class for asset in modelled}, "--class"),
    ):
        for each in wanted:
            if each not in known:
                message = f"no {hint[2:]} {each!r} with models; {suggest(each, known)}"
                raise click.BadParameter(message, param_hint=hint)
    return tuple(
        asset
        for asset in modelled
        if (not assets or asset.id in assets) and (not classes or asset.asset_class in classes)
    )
