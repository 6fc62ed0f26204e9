"""A teller among other parts of the process."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from plantroom.api.clock import system_clock
from plantroom.api.telling.message import Message, Writer
from plantroom.api.telling.sending import NotSent
from plantroom.api.telling.teller import Teller
from plantroom.domain.alarm_policy import FloodPolicy
from plantroom.domain.channel import Channel, Channels
from plantroom.domain.notice import Notice, NoticeKind
from plantroom.domain.rule import Severity
from plantroom.storage.records import Records, open_records, outbox
from plantroom_testing.records import INSTALLATION

CHANNELS = Channels(items=(Channel(id="hangs", apprise="x"), Channel(id="works", apprise="x")))


@pytest.fixture
def records(tmp_path: Path) -> Records:
    opened = open_records(f"sqlite:///{tmp_path / 'records.sqlite'}")
    with opened.write() as connection:
        notice = Notice(kind=NoticeKind.TEST, at=system_clock(), severity=Severity.MAJOR)
        outbox.add_notice(connection, notice)
    return opened


def teller(records: Records, send: Callable[[Channel, Message], None]) -> Teller:
    writer = Writer(installation=INSTALLATION, channels=CHANNELS)
    return Teller(records, system_clock, writer, flood=FloodPolicy(), send=send)


async def test_a_channel_that_hangs_keeps_neither_others_nor_a_stop_waiting(records: Records) -> None:
    hanging, release, told = threading.Event(), threading.Event(), threading.Event()

    def send(channel: Channel, message: Message) -> None:
        if channel.id == "works":
            told.set()
            return
        hanging.set()
        release.wait(60)

    task = asyncio.create_task(teller(records, send).run())
    for event in (hanging, told):
        assert await asyncio.to_thread(event.wait, 30)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait_for(task, 30)

    assert not release.is_set()
    release.set()


async def test_a_defect_of_one_message_does_not_end_the_telling(
    records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Event()

    def send(channel: Channel, message: Message) -> None:
        if channel.id == "hangs":
            raise ValueError("a defect")
        tried.set()
        raise NotSent("not now")

    task = asyncio.create_task(teller(records, send).run())
    assert await asyncio.to_thread(tried.wait, 30)
    while "telling failed" not in caplog.text or "takes no messages" not in caplog.text:
        await asyncio.sleep(0.05)

    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
