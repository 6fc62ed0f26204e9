"""A pipeline that runs apart tells its health to all and its metrics to those who may."""

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from plantroom.ingest.app import create_app
from plantroom.ingest.health import Health


def client(health: Health, *, host: str = "127.0.0.1") -> httpx.AsyncClient:
    registry = CollectorRegistry()
    Counter("plantroom_something", "Counted.", registry=registry)
    app = create_app(health=health, registry=registry, token="secret")
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(host, 1)), base_url="http://pipeline")


async def test_it_is_not_ready_without_a_broker_and_says_so() -> None:
    async with client(Health()) as http:
        answer = await http.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "reasons": ["broker: not connected yet"]}


async def test_it_is_ready_while_samples_are_spooled_and_says_why() -> None:
    async with client(Health(broker="", store="away for 3 s")) as http:
        answer = await http.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json()["reasons"] == ["store: away for 3 s"]


async def test_it_is_not_ready_when_nothing_can_be_kept() -> None:
    async with client(Health(broker="", spool="disk full")) as http:
        answer = await http.get("/health/ready")

    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        pytest.param("127.0.0.1", {}, 200, id="loopback"),
        pytest.param("192.0.2.7", {}, 401, id="other machine"),
        pytest.param("192.0.2.7", {"Authorization": "Bearer wrong"}, 401, id="wrong token"),
        pytest.param("192.0.2.7", {"Authorization": "Bearer secret"}, 200, id="right token"),
    ],
)
async def test_metrics_are_for_this_machine_or_with_the_token(
    host: str, headers: dict[str, str], status: int
) -> None:
    async with client(Health(), host=host) as http:
        answer = await http.get("/metrics", headers=headers)

    assert answer.status_code == status
