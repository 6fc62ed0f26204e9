"""The embedded broker of `plantroom up`: rumqttd in a process of its own, one port for MQTT 3.1.1 and 5."""

import asyncio
import contextlib
import errno
import ipaddress
import json
import logging
import os
import socket
import sys
from collections.abc import Mapping
from typing import Self

from plantroom.domain.errors import BrokerNotStarted

logger = logging.getLogger(__name__)

STARTING_TIME = 20.0
"""How long (s) the process may take until it accepts connections."""
STOPPING_TIME = 3.0
BACKLOG = 1024
RESTART_DELAY = 1.0


class Broker:
    """Runs while started; starts its process again should that end, and ends with ours however ours ends."""

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 1883, users: Mapping[str, str] | None = None
    ) -> None:
        """Take where to listen, 0 for a free port, and the passwords by user name, None for no passwords.

        Raises: BrokerNotStarted when others could reach it and there are no users.
        """
        if not users and not _is_loopback(host):
            raise BrokerNotStarted(
                f"the embedded broker on {host} can be reached from other machines: users are demanded"
            )
        self.host = host
        self.port = port
        """Once started, the one taken."""
        self._users = dict(users or {})
        self._socket: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where a client of ours connects, without credentials."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"mqtt://{host}:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Return when clients can connect.

        Raises: BrokerNotStarted, when the port is taken, or with what the process said last.
        """
        self._socket = _listen(self.host, self.port)
        self.port = self._socket.getsockname()[1]
        try:
            await self._start_process(self._socket)
        except BaseException:
            await self.stop()
            raise
        self._watch = asyncio.create_task(self._keep_running(self._socket), name="embedded broker")
        logger.info("embedded broker started", extra={"host": self.host, "port": self.port})

    async def stop(self) -> None:
        """Return when the process has ended and the port is free; what the broker held is gone."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
        process, self._process = self._process, None
        if process is not None:
            await _end(process)
        listening, self._socket = self._socket, None
        if listening is not None:
            listening.close()

    async def _start_process(self, listening: socket.socket) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "plantroom.mqtt.broker_process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=[listening.fileno()],
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        order = {"socket": listening.fileno(), "parent": os.getpid(), "users": self._users}
        # Not as an argument, which everybody on the machine can read.
        process.stdin.write(json.dumps(order).encode() + b"\n")
        try:
            answer = await asyncio.wait_for(process.stdout.readline(), STARTING_TIME)
        except TimeoutError:
            raise BrokerNotStarted(f"the embedded broker was not ready in {STARTING_TIME:g} s") from None
        if answer.strip() != b"ready":
            reason = answer.decode("utf-8", "replace").strip() or "its process ended"
            raise BrokerNotStarted(f"the embedded broker did not start: {reason}")

    async def _keep_running(self, listening: socket.socket) -> None:
        while True:
            assert self._process is not None
            status = await self._process.wait()
            logger.error("embedded broker ended", extra={"status": status})
            # Meanwhile clients wait in the queue of the socket, which is ours.
            await asyncio.sleep(RESTART_DELAY)
            try:
                await self._start_process(listening)
            except BrokerNotStarted as error:
                logger.error("embedded broker not restarted", extra={"reason": str(error)})  # noqa: TRY400 - expected
                await _end(self._process)
            else:
                logger.info("embedded broker restarted", extra={"port": self.port})


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "is taken by another program; choose another port, or 0 for a free one"
        else:
            reason = f"cannot be used: {error.strerror or error}"
        raise BrokerNotStarted(f"MQTT port {port} on {host} {reason}") from error


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its standard input, which ends it, and make sure."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), STOPPING_TIME)
    except TimeoutError:
        process.kill()
        await process.wait()
