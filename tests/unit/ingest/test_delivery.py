"""Transitions reach the API in order, whatever it answers meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.rule import Severity
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.outbox import Outbox


def transition(at: int) -> Transition:
    return Transition(
        site="s",
        asset="P-1",
        rule="high",
        kind=TransitionKind.ACTIVATED,
        at=at,
        activated_at=at,
        text=AlarmText(severity=Severity.MAJOR, group="high"),
    )


class FakeApi:
    """Takes transitions, or answers what it was told to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.reports: list[dict[str, Any]] = []
        self.answers: list[int | Exception] = []
        self.refuse: set[int] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return httpx.Response(answer)
        document = json.loads(request.content)
        if request.url.path.endswith("/report"):
            self.reports.append(document)
            return httpx.Response(204)
        rejected = [{"index": index, "message": "no"} for index in self.refuse]
        self.taken += [
            entry["at"] for index, entry in enumerate(document["transitions"]) if index not in self.refuse
        ]
        return httpx.Response(200, json={"accepted": 1, "ignored": 0, "rejected": rejected})


@asynccontextmanager
async def delivering(path: Path, api: Callable[[httpx.Request], httpx.Response]) -> AsyncIterator[Delivery]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(api), base_url="http://api") as client:
        with closing(Outbox(path / "outbox.sqlite")) as outbox:
            yield Delivery(outbox, client)


async def test_everything_in_the_outbox_is_delivered_in_order_and_forgotten(tmp_path: Path) -> None:
    api = FakeApi()
    async with delivering(tmp_path, api) as delivery:
        delivery.outbox.put([transition(at) for at in range(450)])

        delivered = await delivery.deliver_all()

        assert delivered
        assert len(delivery.outbox) == 0
    assert api.taken == [f"1970-01-01T00:00:00.{at:03d}Z" for at in range(450)]


@pytest.mark.parametrize(
    "failure", [500, 503, 401, 429, httpx.ConnectError("refused"), httpx.ReadTimeout("slow")], ids=str
)
async def test_what_the_api_did_not_take_stays_and_is_tried_again(
    tmp_path: Path, failure: int | Exception
) -> None:
    api = FakeApi()
    api.answers = [failure]
    async with delivering(tmp_path, api) as delivery:
        delivery.outbox.put([transition(1)])

        first = await delivery.deliver_all()
        second = await delivery.deliver_all()

        assert (first, second, len(delivery.outbox)) == (False, True, 0)
    assert len(api.taken) == 1


async def test_a_refused_transition_does_not_block_those_behind_it(tmp_path: Path) -> None:
    api = FakeApi()
    api.refuse = {0}
    async with delivering(tmp_path, api) as delivery:
        delivery.outbox.put([transition(1), transition(2)])

        await delivery.deliver_all()

        assert (delivery.rejected, len(delivery.outbox)) == (1, 0)
    assert api.taken == ["1970-01-01T00:00:00.002Z"]


async def test_the_loss_of_the_api_is_logged_once_and_its_return_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    api = FakeApi()
    api.answers = [500, 500, 500]
    caplog.set_level("INFO")
    async with delivering(tmp_path, api) as delivery:
        for _ in range(5):
            await delivery.report({})

    events = [record.message for record in caplog.records if record.name.startswith("plantroom")]
    assert events == ["api away", "api back"]


async def test_waking_delivers_at_once(tmp_path: Path) -> None:
    api = FakeApi()
    async with delivering(tmp_path, api) as delivery:
        task = asyncio.create_task(delivery.run())
        await asyncio.sleep(0.05)
        delivery.outbox.put([transition(1)])
        delivery.wake()

        async with asyncio.timeout(20):
            while not api.taken:
                await asyncio.sleep(0.01)
        task.cancel()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text=""),
        httpx.Response(200, json={"status": "ok"}),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"rejected": [{"index": 7, "message": "no"}]}),
        httpx.Response(302, headers={"location": "/login"}),
    ],
    ids=["html", "empty", "another-api", "list", "refuses-what-was-not-sent", "redirect"],
)
async def test_what_something_else_than_the_api_answered_is_not_delivered(
    tmp_path: Path, answer: httpx.Response
) -> None:
    async with delivering(tmp_path, lambda _: answer) as delivery:
        delivery.outbox.put([transition(1)])

        delivered = await delivery.deliver_all()
        reported = await delivery.report({})

        assert (delivered, reported, len(delivery.outbox)) == (False, False, 1)
