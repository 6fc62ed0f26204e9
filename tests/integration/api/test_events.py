"""The event stream over a real socket: nothing lost, nothing twice, and no waiting for it at a stop."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from plantroom.api.access.identity import Role
from plantroom.api.alarming.upkeep import DAY_MS, forget
from plantroom.api.live import stream as live_stream
from plantroom.domain.report import to_document
from plantroom.storage.records import Records, history, open_records
from plantroom_testing.records import START, Api, activated, cleared

WAIT_S = 60


class Server(uvicorn.Server):
    """A server that ends the streams of its app when it is to stop, as the command line's does."""

    def __init__(self, api: Api) -> None:
        super().__init__(uvicorn.Config(api.app, port=0, log_config=None, lifespan="on"))
        self.end_streams = api.services.tail.close

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.end_streams()
        await super().shutdown(sockets)


class Client:
    """A client on one machine's loopback, with any role's token."""

    def __init__(self, api: Api, url: str) -> None:
        self.api = api
        self.http = httpx.AsyncClient(base_url=url, timeout=WAIT_S)

    def headers(self, role: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api.tokens[role]}"}

    async def send(self, *reports: Any) -> None:
        documents = {"transitions": [to_document(each) for each in reports]}
        headers = self.headers(Role.PIPELINE)
        answer = await self.http.put("/api/v1/alarms", json=documents, headers=headers)
        assert answer.json()["rejected"] == []

    async def report(self, **parts: Any) -> None:
        document = {"pipeline": "p", "ready": True, **parts}
        headers = self.headers(Role.PIPELINE)
        answer = await self.http.put("/api/v1/pipeline/report", json=document, headers=headers)
        assert answer.status_code == 204, answer.text

    @asynccontextmanager
    async def events(
        self, *, after: str | None = None, **params: Any
    ) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
        headers = self.headers(Role.VIEWER) | ({"Last-Event-ID": after} if after else {})
        async with self.http.stream("GET", "/api/v1/events", headers=headers, params=params) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            events = parse(answer.aiter_lines())
            yield events
            await events.aclose()  # type: ignore[attr-defined]


async def parse(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, str]]:
    """Yield each block of lines as its fields; comments are the field ''."""
    event: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _colon, value = line.partition(":")
            event[name] = value.removeprefix(" ")
        elif event:
            yield event
            event = {}


async def take(events: AsyncIterator[dict[str, str]], count: int) -> list[dict[str, str]]:
    async with asyncio.timeout(WAIT_S):
        return [await anext(events) for _ in range(count)]


@asynccontextmanager
async def served(api: Api) -> AsyncIterator[tuple[Client, Server]]:
    server = Server(api)
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(WAIT_S):
        while not server.started:
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    client = Client(api, f"http://127.0.0.1:{port}")
    try:
        yield client, server
    finally:
        server.should_exit = True
        await running
        await client.http.aclose()


async def test_an_alarm_and_its_order_are_events_with_ids(api: Api) -> None:
    async with served(api) as (client, _), client.events() as events:
        (begin,) = await take(events, 1)
        await client.send(activated())

        alarm, order = await take(events, 2)

    assert (alarm["event"], order["event"]) == ("alarm", "work_order")
    assert int(begin["id"]) < int(alarm["id"]) < int(order["id"])
    assert json.loads(alarm["data"])["state"] == "active_unacked"
    assert json.loads(order["data"])["alarms"] == [json.loads(alarm["data"])["id"]]


async def test_a_resumed_stream_has_everything_once(api: Api) -> None:
    reports = [activated(START + number, asset=f"A-{number}") for number in range(30)]
    async with served(api) as (client, _):
        async with client.events() as events:
            await take(events, 1)
            await client.send(*reports[:10])
            first = await take(events, 7)
        await client.send(*reports[10:])

        async with client.events(after=first[-1]["id"]) as events:
            rest = (await take(events, 54))[1:]

    ids = [int(event["id"]) for event in first + rest]
    assert ids == sorted(set(ids))
    kinds = [event["event"] for event in first + rest]
    assert (kinds.count("alarm"), kinds.count("work_order")) == (30, 30)


async def test_a_client_that_lost_its_connection_before_the_first_event_can_resume(api: Api) -> None:
    async with served(api) as (client, _):
        async with client.events() as events:
            (begin,) = await take(events, 1)
        await client.send(activated())

        async with client.events(after=begin["id"]) as events:
            received = await take(events, 3)

    assert [event.get("event") for event in received] == [None, "alarm", "work_order"]


async def test_streams_resume_over_a_restart_of_the_api(records_url: str) -> None:
    records = open_records(records_url)
    async with served(Api(records)) as (client, _), client.events() as events:
        await take(events, 1)
        await client.send(activated())
        seen = await take(events, 1)
    records.close()

    records = open_records(records_url)
    async with served(Api(records)) as (client, _), client.events(after=seen[0]["id"]) as events:
        _begin, order = await take(events, 2)
    records.close()

    assert order["event"] == "work_order"


async def test_what_another_process_writes_arrives_too(api: Api, records_url: str) -> None:
    other = open_records(records_url)
    async with served(api) as (client, _), client.events() as events:
        await take(events, 1)
        with other.write() as connection:
            history.emit(connection, at=START, kind="alarm", document='{"id": "from elsewhere"}')

        (alarm,) = await take(events, 1)

    assert json.loads(alarm["data"]) == {"id": "from elsewhere"}
    other.close()


@pytest.mark.parametrize("after", ["0", "999999", "-1", "nonsense", "+1"])
async def test_a_stream_that_cannot_resume_says_reset(api: Api, records: Records, after: str) -> None:
    await asyncio.to_thread(api.send, activated())
    forget(records, now=START + DAY_MS + 1)

    async with served(api) as (client, _), client.events() as current:
        (now,) = await take(current, 1)
        async with client.events(after=after) as events:
            (reset,) = await take(events, 1)
            await client.send(activated(START + 1, asset="A-2"))
            (following,) = await take(events, 1)

    assert reset["event"] == "reset"
    assert reset["id"] == now["id"]
    assert following["event"] == "alarm"


def test_numbers_of_forgotten_events_are_not_used_again(api: Api, records: Records) -> None:
    api.send(activated())
    with records.read() as connection:
        newest = history.newest_event(connection)

    forget(records, now=START + DAY_MS + 1)
    api.send(activated(START + 1, asset="A-2"))

    with records.read() as connection:
        (first, _second) = history.events_after(connection, 0, limit=10)
        assert history.forgotten_events(connection) == newest
    assert first.number == newest + 1


async def test_only_the_kinds_that_were_asked_for_come(api: Api) -> None:
    async with served(api) as (client, _), client.events(events="work_order") as events:
        await take(events, 1)
        await client.send(activated(), cleared(START + 1))
        await client.send(activated(START + 1, asset="A-2"))

        received = await take(events, 2)

    assert [event["event"] for event in received] == ["work_order", "work_order"]


async def test_samples_are_the_last_values_of_the_points_asked_for(api: Api) -> None:
    def sample(point: str, ts: int, value: float | None) -> dict[str, Any]:
        return {"asset": "P-101", "point": point, "ts": ts, "value": value, "quality": "good"}

    async with served(api) as (client, _):
        await client.report(latest=[sample("vibration", START, 1.0)])
        async with client.events(asset="P-101", point="vibration") as events:
            await take(events, 1)
            await client.report(latest=[sample("flow", START, 9.0), sample("vibration", START + 1, 2.5)])
            await client.report(latest=[sample("vibration", START, 1.0)])  # older: not the last value
            await client.report(latest=[sample("vibration", START + 2, None)])

            received = await take(events, 2)

    assert [json.loads(event["data"]) for event in received] == [
        {
            "asset": "P-101",
            "point": "vibration",
            "ts": "2025-11-21T18:33:20.001Z",
            "value": 2.5,
            "quality": "good",
        },
        {
            "asset": "P-101",
            "point": "vibration",
            "ts": "2025-11-21T18:33:20.002Z",
            "value": None,
            "quality": "good",
        },
    ]
    assert all(event["event"] == "sample" and "id" not in event for event in received)


async def test_a_quiet_stream_is_kept_alive(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_stream, "KEEP_ALIVE_S", 0.1)

    async with served(api) as (client, _), client.events() as events:
        _begin, comment = await take(events, 2)

    assert comment == {"": "keep-alive"}


async def test_open_streams_do_not_delay_a_stop(api: Api) -> None:
    async with served(api) as (client, server), client.events() as events:
        await take(events, 1)
        start = time.monotonic()
        server.should_exit = True

        with pytest.raises(StopAsyncIteration):
            await take(events, 1)

    assert time.monotonic() - start < 5  # contract 4.3: SIGTERM stops within 5 s


async def test_a_stream_needs_a_token(api: Api) -> None:
    async with served(api) as (client, _):
        answer = await client.http.get("/api/v1/events")

    assert answer.status_code == 401
