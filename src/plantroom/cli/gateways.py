"""Connections of simulated Sparkplug gateways: one each, since a connection has but one Will."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from plantroom.mqtt.client import Client
from plantroom.mqtt.dial import ClientSettings
from plantroom.simulators.sparkplug import Gateway

_SETTINGS: Final = ClientSettings(clean_start=True, always_clean=True, session_expiry=0, last_retry=5.0)


async def run_gateways(
    gateways: Sequence[Gateway], *, broker: str, speed: float, duration: float | None
) -> None:
    """Run all of them until `duration` seconds have passed, or until cancelled."""
    async with asyncio.TaskGroup() as group:
        for gateway in gateways:
            group.create_task(_run(gateway, broker, speed=speed, duration=duration))


async def _run(gateway: Gateway, broker: str, *, speed: float, duration: float | None) -> None:
    flowing = asyncio.Event()

    def note(flows: bool, reason: str) -> None:
        gateway.connected(flows, reason)
        if flows:
            flowing.set()

    client = Client(
        broker,
        client_id=f"plantroom-gateway-{uuid4().hex[:12]}",
        on_message=gateway.receive,
        on_state=note,
        filters=(gateway.edge_node.command_topic,),
        will=gateway.will,
        settings=_SETTINGS,
    )
    await client.start()
    try:
        await flowing.wait()
        await gateway.run(client, speed=speed, duration=duration)
    finally:
        await client.stop()
