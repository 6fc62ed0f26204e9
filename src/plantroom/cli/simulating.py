"""Simulated sites on a connection: they publish, and do what they are told."""

import asyncio
from collections.abc import Sequence

from plantroom.cli.publishing import Listens, publishing_client
from plantroom.domain.topics import SIMULATION_COMMANDS
from plantroom.simulators.control import Control
from plantroom.simulators.publishing import Clock
from plantroom.simulators.running import run
from plantroom.simulators.simulation import Simulation
from plantroom.simulators.ticks import Timing


async def publish(
    simulations: Sequence[Simulation],
    timings: Sequence[Timing],
    *,
    broker: str,
    clock: Clock,
    duration: float | None = None,
) -> None:
    """Publish what the sites show until `duration` seconds have passed, and do what commands say."""
    control = Control(simulations)
    listens = Listens(topic=SIMULATION_COMMANDS, take=control.receive)
    async with publishing_client(broker, purpose="simulate", listens=listens) as client:
        orders = asyncio.create_task(control.serve(client))
        try:
            async with asyncio.TaskGroup() as group:
                for simulation, timing in zip(simulations, timings, strict=True):
                    group.create_task(run(simulation, client, clock=clock, timing=timing, duration=duration))
        finally:
            orders.cancel()
