"""What a pipeline that runs apart serves over HTTP: its health and its metrics."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from plantroom.ingest.health import Health


def create_app(*, health: Health, registry: CollectorRegistry) -> Starlette:
    """Return the ASGI app."""

    def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    def ready(_: Request) -> Response:
        reasons = list(health.reasons())
        document = {"status": "ready" if health.ready else "not ready", "reasons": reasons}
        return JSONResponse(document, status_code=200 if health.ready else 503)

    def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/metrics", metrics),
        ]
    )
