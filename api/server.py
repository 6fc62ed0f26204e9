"""The server of the HTTP API."""

import socket

import uvicorn

from plantroom.api.services import services_of_app


class ApiServer(uvicorn.Server):
    """A uvicorn server whose event streams end as soon as it is to stop, not when their clients leave."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then wait for what is still being answered."""
        services_of_app(self.config.loaded_app).tail.close()
        await super().shutdown(sockets)
