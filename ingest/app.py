"""What a pipeline that runs apart serves over HTTP: its health and its metrics."""

import ipaddress
import secrets

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from plantroom.ingest.health import Health


def create_app(*, health: Health, registry: CollectorRegistry, token: str) -> Starlette:
    """Return the ASGI app; whoever asks from another machine must show `token` for the metrics."""

    def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    def ready(_: Request) -> Response:
        reasons = list(health.reasons())
        document = {"status": "ready" if health.ready else "not ready", "reasons": reasons}
        return JSONResponse(document, status_code=200 if health.ready else 503)

    def metrics(request: Request) -> Response:
        if not _may_read(request, token):
            return JSONResponse({"title": "Unauthorized", "status": 401}, status_code=401)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/metrics", metrics),
        ]
    )


def _may_read(request: Request, token: str) -> bool:
    client = request.client
    if client is not None and ipaddress.ip_address(client.host).is_loopback:
        return True
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    return secrets.compare_digest(shown.encode(), token.encode())
