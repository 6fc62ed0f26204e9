"""Who is told of what, in which order, and what happens while they cannot be reached; on both databases."""

from dataclasses import dataclass, field, replace
from typing import Any

from plantroom.api.access.identity import Role
from plantroom.api.alarming.upkeep import alarm_again, end_flood, forget, remind
from plantroom.api.telling.message import Message, Writer
from plantroom.api.telling.sending import NotSent
from plantroom.api.telling.teller import Teller
from plantroom.domain.channel import USUAL, Channel, Channels
from plantroom.domain.notice import NoticeKind
from plantroom.domain.rule import Severity
from plantroom.storage.records import Records
from plantroom_testing.records import (
    HIGH_VIBRATION,
    HOUR,
    INSTALLATION,
    MINUTE,
    START,
    Api,
    activated,
    cleared,
    with_severity,
)

ROOM = Channel(id="room", apprise="json://x", language="en", kinds=USUAL | {NoticeKind.CLEARED})
GRAVE = Channel(id="grave", apprise="json://x", language="en", severity=Severity.CRITICAL)


@dataclass
class Post:
    """Takes messages, or does not."""

    away: bool = False
    got: list[tuple[str, Message]] = field(default_factory=list)

    def __call__(self, channel: Channel, message: Message) -> None:
        if self.away:
            raise NotSent("answered 503")
        self.got.append((channel.id, message))

    def titles(self, channel: str = "room") -> list[str]:
        return [message.title for name, message in self.got if name == channel]


class Office:
    """A teller on the records of an API, driven by hand."""

    def __init__(self, api: Api, records: Records, *channels: Channel) -> None:
        self.post = Post()
        self.channels = channels or (ROOM,)
        writer = Writer(installation=INSTALLATION, channels=Channels(items=self.channels))
        flood = api.services.policy.flood
        self.teller = Teller(records, api.clock, writer, flood=flood, send=self.post)

    def work(self) -> None:
        """Do all that is due."""
        while self.teller.sort():
            pass
        for channel in self.channels:
            while self.teller.deliver(channel):
                pass


def listed(api: Api, **params: Any) -> list[Any]:
    items: list[Any] = api.get("notifications", **params)["items"]
    return items


def test_an_activation_and_its_end_are_told_once(api: Api, records: Records) -> None:
    office = Office(api, records)

    api.send(activated(), activated(), cleared(START + 1))
    office.work()
    office.work()

    assert office.post.titles() == [
        "[Warning] High vibration · Chilled water pump 1",
        "[Warning] Cleared: High vibration · Chilled water pump 1",
    ]
    assert [item["state"] for item in listed(api)] == ["delivered", "delivered"]
    assert "plantroom_notifications_waiting 0.0" in api.call("GET", "/metrics").text


def test_each_channel_is_told_what_is_grave_enough(api: Api, records: Records) -> None:
    office = Office(api, records, ROOM, GRAVE)

    api.send(activated(), activated(asset="F-1", text=with_severity(Severity.CRITICAL)))
    office.work()

    assert len(office.post.titles("room")) == 2
    assert office.post.titles("grave") == ["[Critical] High vibration · F-1"]


def test_what_is_set_aside_chattering_or_grouped_is_not_told(api: Api, records: Records) -> None:
    office = Office(api, records)
    api.post("assets/F-1/maintenance", {"minutes": 60, "reason": "service"})
    api.send(activated(asset="F-1"))
    api.send(activated(), activated(START + 1, rule="bearing-hot"))
    for number in range(5):
        api.send(
            cleared(START + 2 + 10 * number, activated_at=START if number == 0 else START + 10 * number - 5)
        )
        api.send(activated(START + 5 + 10 * number))

    office.work()

    assert sum("Cleared" not in title for title in office.post.titles()) == 3
    assert all("F-1" not in title for title in office.post.titles())


def test_what_comes_back_is_told_and_reminded_of(api: Api, records: Records) -> None:
    office = Office(api, records)
    api.send(activated())
    api.post(f"alarms/{api.alarm()['id']}/shelve", {"minutes": 60, "reason": "known"})
    api.clock.advance(50 * MINUTE)
    remind(records, now=api.clock())
    api.post(f"alarms/{api.alarm()['id']}/unshelve")

    office.work()

    assert [title.partition("] ")[2][:14] for title in office.post.titles()] == [
        "High vibration",
        "Comes back soo",
        "High vibration",
    ]


def test_an_alarm_that_asks_again_is_told_again(api: Api, records: Records) -> None:
    office = Office(api, records)
    api.send(activated())
    api.post(f"alarms/{api.alarm()['id']}/ack")
    api.clock.advance(24 * HOUR)
    alarm_again(records, now=api.clock())

    office.work()

    assert office.post.titles()[-1].startswith("[Warning] Still: ")


def test_what_does_not_arrive_is_tried_again_later_and_later(api: Api, records: Records) -> None:
    office = Office(api, records)
    office.post.away = True
    api.send(activated())
    office.work()
    (waiting,) = listed(api, pending=True)
    assert (waiting["state"], waiting["attempts"], waiting["error"]) == ("pending", 1, "answered 503")
    assert waiting["next_at"] == "2025-11-21T18:33:25.000Z"
    api.clock.advance(5_000)
    office.work()
    (waiting,) = listed(api, pending=True)
    assert waiting["next_at"] == "2025-11-21T18:33:35.000Z"

    office.post.away = False
    office.work()
    assert office.post.got == []
    api.clock.advance(10_000)
    office.work()

    assert len(office.post.got) == 1
    assert listed(api, pending=True) == []


def test_a_retry_has_the_same_id(api: Api, records: Records) -> None:
    office = Office(api, records)
    seen: list[str] = []

    def refuse(channel: Channel, message: Message) -> None:
        seen.append(message.id)
        raise NotSent("no")

    office.teller._send = refuse
    api.send(activated())
    office.work()
    api.clock.advance(5_000)
    office.work()

    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_the_order_is_kept_while_a_channel_is_away(api: Api, records: Records) -> None:
    office = Office(api, records)
    office.post.away = True
    api.send(activated())
    office.work()
    api.send(cleared(START + 1))
    office.post.away = False
    office.work()
    assert office.post.got == []

    api.clock.advance(5_000)
    office.work()

    assert ["Cleared" in title for title in office.post.titles()] == [False, True]


def test_what_waited_long_for_its_receiver_comes_as_one_message(api: Api, records: Records) -> None:
    office = Office(api, records)
    office.post.away = True
    for number in range(25):
        api.send(activated(START + number, asset=f"A-{number}"))
        api.clock.advance(3 * MINUTE)
        end_flood(records, now=api.clock())
        office.work()

    office.post.away = False
    api.clock.advance(HOUR)
    office.work()

    assert office.post.titles()[0].endswith("alarm messages")
    assert listed(api, pending=True) == []


def test_after_a_day_a_message_is_given_up(api: Api, records: Records) -> None:
    office = Office(api, records)
    office.post.away = True
    api.send(activated())
    office.work()

    api.clock.advance(24 * HOUR)
    office.work()

    assert [item["state"] for item in listed(api)] == ["failed"]
    forget(records, now=api.clock() + 31 * 24 * HOUR)
    assert listed(api) == []


def test_a_flood_becomes_a_digest_but_for_what_concerns_life(api: Api, records: Records) -> None:
    office = Office(api, records)
    lives = replace(HIGH_VIBRATION, severity=Severity.CRITICAL, life_safety=True)
    api.send(*(activated(START + number, asset=f"A-{number}") for number in range(10)))
    office.work()
    api.send(activated(START + 10, asset="A-10"))
    office.work()
    office.post.got.clear()

    api.send(*(activated(START + 20 + number, asset=f"B-{number}") for number in range(30)))
    api.send(activated(START + 60, asset="L-1", text=lives))
    office.work()
    assert office.post.titles() == ["[Critical] High vibration · L-1"]
    api.clock.advance(5 * MINUTE)
    office.work()

    assert office.post.titles()[1:] == ["31 alarm messages"]


def test_the_end_of_a_flood_brings_the_rest(api: Api, records: Records) -> None:
    office = Office(api, records)
    api.send(*(activated(START + number, asset=f"A-{number}") for number in range(12)))
    office.work()
    api.clock.advance(10 * MINUTE)
    api.send(activated(START + 100, asset="B-1"))
    office.work()
    office.post.got.clear()

    assert end_flood(records, now=api.clock())
    office.work()

    assert "[Warning] High vibration · B-1" in office.post.titles()
    assert "Alarm flood is over" in office.post.titles()


def test_nobody_to_tell_leaves_nothing_behind(api: Api, records: Records) -> None:
    writer = Writer(installation=INSTALLATION, channels=Channels())
    teller = Teller(records, api.clock, writer, flood=api.services.policy.flood)
    api.send(activated())

    assert teller.sort() == 1
    assert teller.sort() == 0
    assert listed(api) == []


def test_the_list_of_messages_needs_a_credential(api: Api) -> None:
    assert api.call("GET", "notifications", role=None).status_code == 401
    assert api.call("GET", "notifications", role=Role.VIEWER).status_code == 200
