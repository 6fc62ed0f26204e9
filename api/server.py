"""The server of the HTTP API."""

import socket
from typing import Any

import uvicorn
from fastapi import FastAPI

from plantroom.api.services import services_of_app


class ApiServer(uvicorn.Server):
    """A uvicorn server whose event streams end as soon as it is to stop, not when their clients leave."""

    def __init__(self, app: FastAPI, **settings: Any) -> None:
        super().__init__(uvicorn.Config(app, lifespan="on", **settings))
        self._tail = services_of_app(app).tail

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then wait for what is still being answered."""
        self._tail.close()
        await super().shutdown(sockets)
