"""A connection to a broker for commands that publish, and how long they wait for it."""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from plantroom.domain.errors import BrokerUnavailable
from plantroom.mqtt.client import Client
from plantroom.mqtt.dial import ClientSettings
from plantroom.mqtt.message import Received

T = TypeVar("T")

DEFAULT_BROKER: Final = "mqtt://127.0.0.1:1883"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listens:
    """What a command that publishes hears."""

    topic: str
    take: Callable[[bytes], None]
    """Called with each payload; must be quick."""


@asynccontextmanager
async def publishing_client(
    url: str,
    *,
    purpose: str,
    patience: float | None = None,
    window: int = 2000,
    listens: Listens | None = None,
) -> AsyncIterator[Client]:
    """Give a client that publishes and keeps no session, once the broker has accepted it.

    `patience`: how long (s) the broker may be away before the block is given up; None: for ever.
    `window`: how many messages may wait for the broker's acknowledgement.
    `listens`: what it hears besides, at most once.

    Raises:
        BrokerUnavailable: the broker was away for longer than that.
    """
    watch = _Patience(patience, task=asyncio.current_task())

    def hear(message: Received) -> None:
        client.acknowledge([message])
        if listens is not None:
            listens.take(message.payload)

    client = Client(
        url,
        client_id=f"plantroom-{purpose}-{socket.gethostname()[:20]}-{os.getpid()}-{secrets.token_hex(3)}",
        on_message=hear if listens else None,
        on_state=watch.note,
        filters=(listens.topic,) if listens else (),
        settings=ClientSettings(clean_start=True, session_expiry=0, last_retry=5.0, window=window),
    )
    watch.note(False, "not answered")
    await client.start()
    try:
        await watch.flowing.wait()
        yield client
    except asyncio.CancelledError:
        if not watch.exhausted:
            raise
        raise BrokerUnavailable(
            f"MQTT broker {client.address} is away for {patience:g} s: {watch.reason}"
        ) from None
    finally:
        watch.end()
        await client.stop()


class _Patience:
    """Cancels a task once the broker has been away for too long."""

    def __init__(self, seconds: float | None, *, task: asyncio.Task[Any] | None) -> None:
        self.exhausted = False
        self.reason = ""
        self.flowing = asyncio.Event()
        self._seconds = seconds
        self._task = task
        self._timer: asyncio.TimerHandle | None = None

    def note(self, flows: bool, reason: str) -> None:
        """Note whether messages flow."""
        self.reason = reason or self.reason
        if flows:
            self.flowing.set()
            self.end()
        elif self._timer is None and self._seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._give_up)

    def end(self) -> None:
        """Wait no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self.exhausted = True
        if self._task is not None:
            self._task.cancel()


async def until_told_to_stop(work: Coroutine[Any, Any, T]) -> T | None:
    """Return what `work` returns, None if SIGINT or SIGTERM came first: it is cancelled and may tidy up."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    told = False

    def stop() -> None:
        nonlocal told
        told = True
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await asyncio.wait({task})
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    return None if told and task.cancelled() else task.result()
