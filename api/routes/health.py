"""`/health` and `/metrics`, at the root (contract 4.4)."""

import ipaddress
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.security.utils import get_authorization_scheme_param
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool

from plantroom.api.access.gate import find_identity
from plantroom.api.documents.health import Health
from plantroom.api.problems import Problem
from plantroom.api.ruling.rulebook import last_reload
from plantroom.api.services import Services, ServicesOf
from plantroom.domain.errors import RecordsUnavailable

router = APIRouter(tags=["health"])


@router.get("/health/live", response_model=Health)
async def live() -> Health:
    """Say that the process answers."""
    return Health(status="ok", reasons=[], warnings=[])


@router.get("/health/ready", response_model=Health, responses={503: {"model": Health}})
def ready(services: ServicesOf) -> Response:
    """Say whether everything works, or what does not."""
    reasons = _why_not(services)
    health = Health(
        status="not ready" if reasons else "ok", reasons=reasons, warnings=last_reload(services).warnings
    )
    status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    return Response(health.model_dump_json(), status_code=status, media_type="application/json")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request, services: ServicesOf) -> Response:
    """Return the product's counters for Prometheus; without a token only on this machine."""
    if not is_local(request):
        scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
        bearer = token if scheme.lower() == "bearer" else None
        if await find_identity(request, services, bearer) is None:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "a token is needed from another machine: Authorization: Bearer <token>",
                headers={"WWW-Authenticate": "Bearer"},
            )
    text = await run_in_threadpool(generate_latest, services.metrics.registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def is_local(request: Request) -> bool:
    """Whether a program on this machine asks, and not a proxy for somebody else."""
    if request.client is None or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _why_not(services: Services) -> list[str]:
    try:
        with services.records.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except RecordsUnavailable as error:
        return [str(error)]
    return services.pipelines.not_ready_because()
