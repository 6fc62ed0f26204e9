"""Messages between their arrival and their batch."""

import asyncio
from typing import Final

from plantroom.ingest.patience import happens
from plantroom.ingest.source import Source
from plantroom.mqtt.message import Received

_BATCH_BYTES: Final = 8 * 1024 * 1024
_PAUSE_AFTER: Final = 4
"""Batches that may wait before the socket is left unread, so that what comes does not fill the memory."""
_LULL: Final = 0.002
"""When nothing has come for so long, s, a batch is complete: a broker may be waiting for our word."""


class Inbox:
    """Gathers messages into batches; all of it on the event loop."""

    def __init__(self, *, batch_messages: int, gather: float) -> None:
        """Take how many messages make a batch, and for how long (s) it may be gathered."""
        self._batch_messages = batch_messages
        self._gather = gather
        self._messages: list[Received] = []
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._plenty = asyncio.Event()
        self._source: Source | None = None
        self._left_unread = False
        self._closed = False

    def read_from(self, source: Source) -> None:
        """Take `source` as the one to leave unread while too much waits."""
        self._source = source

    def put(self, message: Received) -> None:
        """Take one message, in the order of arrival."""
        messages = self._messages
        if not messages:
            self._arrived.set()
        messages.append(message)
        self._bytes += len(message.payload)
        if len(messages) >= self._batch_messages or self._bytes >= _BATCH_BYTES:
            self._plenty.set()
            if not self._left_unread and self._is_too_much:
                self._leave_unread()

    def close(self) -> None:
        """Let nobody wait any more."""
        self._closed = True
        self._arrived.set()
        self._plenty.set()

    async def gathered(self, *, within: float) -> None:
        """Return when a batch has gathered, or after `within` s if none begins before."""
        if not await happens(self._arrived, within=within):
            return
        loop = asyncio.get_running_loop()
        complete_at = loop.time() + self._gather
        seen = 0
        while len(self._messages) > seen and (left := complete_at - loop.time()) > 0:
            seen = len(self._messages)
            if await happens(self._plenty, within=min(_LULL, left)):
                return

    def take(self) -> list[Received]:
        """Return what is there, in order."""
        messages, self._messages, self._bytes = self._messages, [], 0
        if not self._closed:
            self._arrived.clear()
            self._plenty.clear()
        if self._left_unread and self._source is not None:
            self._left_unread = False
            self._source.resume()
        return messages

    @property
    def _is_too_much(self) -> bool:
        return (
            len(self._messages) >= _PAUSE_AFTER * self._batch_messages
            or self._bytes >= _PAUSE_AFTER * _BATCH_BYTES
        )

    def _leave_unread(self) -> None:
        if self._source is not None:
            self._source.pause()
            self._left_unread = True
