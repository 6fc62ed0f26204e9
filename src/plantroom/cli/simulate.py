"""`plantroom simulate`: publish the readings of simulated machines."""

import asyncio
from pathlib import Path

import click

from plantroom.cli import logs, options
from plantroom.cli.gateways import run_gateways
from plantroom.cli.options import setting, together
from plantroom.cli.publishing import DEFAULT_BROKER, publishing_client, until_told_to_stop
from plantroom.domain.site import Site
from plantroom.simulators.demo import SITE_FILE
from plantroom.simulators.plant import Plant
from plantroom.simulators.publishing import SystemClock
from plantroom.simulators.running import run
from plantroom.simulators.scenarios import SCENARIOS, faults_of
from plantroom.simulators.sparkplug import DEFAULT_NODE, Gateway
from plantroom.storage.files import load_installation


@click.command()
@together(options.sites, options.broker)
@setting("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the random numbers.")
@setting(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="N",
    help="How much faster the plant lives: faults and days pass faster, readings come as often as before.",
)
@setting(
    "--scenario",
    type=click.Choice(sorted(SCENARIOS)),
    help="What goes wrong. Default: demo for the demo building, normal for a site of your own.",
)
@setting(
    "--duration",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long. Default: until stopped.",
)
@setting(
    "--sparkplug",
    is_flag=True,
    help="Publish as a Sparkplug B edge node, with a device for each machine, instead of our own JSON.",
)
@setting("--sparkplug-node", default=DEFAULT_NODE, show_default=True, metavar="ID", help="Its id.")
@setting(
    "--sparkplug-drop",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    metavar="SHARE",
    help="Share of its data messages that get lost, so that hosts see gaps.",
)
@options.log_level
def simulate(
    *,
    sites: tuple[Path, ...],
    broker: str | None,
    seed: int,
    speed: float,
    scenario: str | None,
    duration: float | None,
    sparkplug: bool,
    sparkplug_node: str,
    sparkplug_drop: float,
    log_level: str,
) -> None:
    """Publish the readings of simulated machines, of the demo building or of a site."""
    logs.set_up(log_level)
    plants = plants_of(sites, scenario=scenario, seed=seed)
    if sparkplug:
        gateways = tuple(
            Gateway(plant, clock=SystemClock(), node=sparkplug_node, drop=sparkplug_drop, seed=seed)
            for plant in plants
        )
        work = run_gateways(gateways, broker=broker or DEFAULT_BROKER, speed=speed, duration=duration)
        asyncio.run(until_told_to_stop(work))
        return
    asyncio.run(
        until_told_to_stop(_simulate(plants, broker=broker or DEFAULT_BROKER, speed=speed, duration=duration))
    )


def plants_of(sites: tuple[Path, ...], *, scenario: str | None = None, seed: int = 0) -> tuple[Plant, ...]:
    """Return a plant for each site file, for the demo building without one.

    Raises:
        FilesInvalid: a site file has mistakes.
        ScenarioInvalid: a site lacks what the scenario needs.
    """
    found = load_installation(sites=sites or (SITE_FILE,)).table.sites
    name = scenario or ("normal" if sites else "demo")
    return tuple(plant_of(site, scenario=name, seed=seed) for site in found)


def plant_of(site: Site, *, scenario: str, seed: int = 0) -> Plant:
    """Return the plant of `site` in the scenario of that name.

    Raises:
        ScenarioInvalid: the site lacks what the scenario needs.
    """
    return Plant(site, faults=faults_of(scenario, site), seed=seed)


async def _simulate(plants: tuple[Plant, ...], *, broker: str, speed: float, duration: float | None) -> None:
    clock = SystemClock()
    async with publishing_client(broker, purpose="simulate") as client, asyncio.TaskGroup() as group:
        for plant in plants:
            group.create_task(run(plant, client, clock=clock, speed=speed, duration=duration))
