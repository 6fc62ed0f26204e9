"""`plantroom simulate`: publish or record the readings of simulated machines, and make them fail."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from plantroom.cli import logs, options
from plantroom.cli.gateways import run_gateways
from plantroom.cli.injecting import inject, repair
from plantroom.cli.listing import faults, scenarios
from plantroom.cli.options import setting, together
from plantroom.cli.publishing import DEFAULT_BROKER, until_told_to_stop
from plantroom.cli.recording import write_recording
from plantroom.cli.scenarios import DEMO, NORMAL, ScenarioName, scenario_called, simulation_of, sites_of
from plantroom.cli.simulating import publish
from plantroom.cli.spans import Pace, Span, Start
from plantroom.domain.scenario import Scenario
from plantroom.simulators.publishing import SystemClock
from plantroom.simulators.simulation import Simulation
from plantroom.simulators.sparkplug import DEFAULT_NODE, Gateway
from plantroom.simulators.ticks import Timing, live, own_time


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulateSettings:
    """What the command line of `simulate` says."""

    sites: tuple[Path, ...]
    broker: str | None
    seed: int
    scenario: str | None
    speed: float
    pace: float | None
    start: datetime | None
    duration: timedelta | None
    record: Path | None
    as_json: bool
    sparkplug: bool
    sparkplug_node: str
    sparkplug_drop: float
    log_level: str

    def check(self) -> None:
        """Refuse what does not go together.

        Raises:
            click.UsageError: it does not.
        """
        publishes = self.broker or self.sparkplug or self.pace is not None or self.speed != 1
        if self.record is not None and publishes:
            raise click.UsageError(
                "--record needs no broker and goes as fast as it can: leave out the others"
            )
        if self.as_json and self.record is None:
            raise click.UsageError("--json is for --record")
        if self.pace is not None and (self.speed != 1 or self.sparkplug):
            raise click.UsageError("--pace gives the plant's own time: leave out --speed and --sparkplug")

    def timing(self, simulation: Simulation, clock: SystemClock) -> Timing:
        """Return how the times of `simulation` and `clock` go together."""
        if self.pace is None:
            return live(clock, speed=self.speed)
        return own_time(simulation.plant.local, pace=self.pace)


@click.group(invoke_without_command=True)
@together(options.sites, options.broker)
@setting("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the random numbers.")
@setting(
    "--scenario",
    type=ScenarioName(),
    help="What goes wrong: a shipped scenario (`plantroom simulate scenarios` lists them) or a file. "
    "Default: demo for the demo building, normal for a site of your own.",
)
@setting(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="N",
    help="How much faster the plant lives: faults and days pass faster, readings come as often as before.",
)
@setting(
    "--pace",
    type=Pace(),
    help="Give readings the plant's own time, from --start on, N times as fast as the clock or as fast as "
    "they are taken. What is not of now is sent as history; what began in the past goes on live.",
)
@setting(
    "--start", type=Start(), help="Time of the plant: 2026-07-15T06:00, or -7d. Default: the scenario's."
)
@setting("--duration", type=Span(), help="How long, in seconds or as in 2h. Default: until stopped.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the readings to FILE.csv or FILE.parquet as fast as can be, and the truth about the faults "
    "beside it; no broker is needed.",
)
@click.option("--json", "as_json", is_flag=True, help="With --record: say what was written as JSON.")
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
@click.pass_context
def simulate(ctx: click.Context, /, **given: Any) -> None:
    """Publish the readings of simulated machines, of the demo building or of a site."""
    if ctx.invoked_subcommand is not None:
        return
    settings = SimulateSettings(**given)
    settings.check()
    logs.set_up(settings.log_level)
    scenario = scenario_called(settings.scenario or (NORMAL if settings.sites else DEMO))
    simulations = tuple(
        simulation_of(site, scenario, seed=settings.seed, start=settings.start)
        for site in sites_of(settings.sites)
    )
    if settings.record is not None:
        _record(simulations, settings.record, scenario=scenario, settings=settings)
        return
    asyncio.run(until_told_to_stop(_publish(simulations, settings)))


simulate.add_command(inject)
simulate.add_command(repair)
simulate.add_command(faults)
simulate.add_command(scenarios)


def _record(
    simulations: tuple[Simulation, ...], path: Path, *, scenario: Scenario, settings: SimulateSettings
) -> None:
    if len(simulations) != 1:
        raise click.UsageError("--record takes one site")
    write_recording(
        simulations[0],
        path,
        duration=settings.duration or scenario.duration,
        about={"scenario": scenario.name, "seed": settings.seed},
        as_json=settings.as_json,
    )


async def _publish(simulations: tuple[Simulation, ...], settings: SimulateSettings) -> None:
    clock, broker = SystemClock(), settings.broker or DEFAULT_BROKER
    duration = None if settings.duration is None else settings.duration.total_seconds()
    if not settings.sparkplug:
        timings = [settings.timing(each, clock) for each in simulations]
        await publish(simulations, timings, broker=broker, clock=clock, duration=duration)
        return
    gateways = tuple(
        Gateway(
            each,
            clock=clock,
            node=settings.sparkplug_node,
            drop=settings.sparkplug_drop,
            seed=settings.seed,
        )
        for each in simulations
    )
    await run_gateways(gateways, broker=broker, speed=settings.speed, duration=duration)
