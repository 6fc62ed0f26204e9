"""`plantroom dashboards build`: writes the dashboards and Grafana's provisioning."""

from pathlib import Path

import click

from plantroom.cli import options
from plantroom.dashboards.files import files
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.variables import CONSOLE_URL
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files.loader import load_installation


@click.command()
@options.sites
@options.rules
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("grafana"),
    show_default=True,
    help="Folder that is written: `built` goes to Grafana's dashboards, `provisioning` to its provisioning.",
)
@options.setting(
    "--console",
    metavar="URL",
    callback=options.http_url,
    default=CONSOLE_URL,
    show_default=True,
    help="Where people open Plantroom's own page, for links.",
)
def build(sites: tuple[Path, ...], rules: tuple[Path, ...], *, out: Path, console: str) -> None:
    """Write the dashboards as Grafana reads them, for the sites given or else for the demo building.

    The limits on the charts are those of the sites' rules: build again when rules change.
    """
    installation = load_installation(sites=sites or (SITE_FILE,), rules=rules)
    written = files(Plant(installation), console_url=console)
    for path, content in written.items():
        place = out / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")
    stale = [each for each in sorted(out.glob("built/*/*.json")) if str(each.relative_to(out)) not in written]
    for each in stale:
        each.unlink()
    click.echo(f"{len(written)} files in {out}")
