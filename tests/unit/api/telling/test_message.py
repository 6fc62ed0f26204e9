"""Notices as people and programs read them."""

from dataclasses import replace

import pytest

from plantroom.api.telling.message import Writer
from plantroom.domain.channel import Channel, Channels
from plantroom.domain.expression.parser import parse
from plantroom.domain.notice import Notice, NoticeKind
from plantroom.domain.rule import Rule, Severity
from plantroom.domain.site import Point
from plantroom.domain.text import Text
from plantroom_testing.records import INSTALLATION, START

NOTICE = Notice(
    kind=NoticeKind.ACTIVATED,
    at=START,
    severity=Severity.MAJOR,
    site="riverside",
    asset="P-101",
    rule="pump-vibration-high",
    alarm="abc",
    title=Text(en="High vibration", zh="振动偏高"),
    value=4.712,
    point="vibration",
    unit="mm/s",
    active_since=START,
    work_order=7,
)
WRITER = Writer(installation=INSTALLATION, channels=Channels(link="https://plant.example"))


def written(*notices: Notice, language: str = "en") -> tuple[str, str]:
    message = WRITER.message(Channel(id="c", language=language), notices, message_id="m")
    return message.title, message.body


def test_a_message_says_what_where_how_much_and_since_when() -> None:
    title, body = written(NOTICE)

    assert title == "[Major] High vibration · Chilled water pump 1"
    for fact in ("P-101", "vibration: 4.71 mm/s", "2025-11-21 18:33:20", "WO-7", "https://plant.example"):
        assert fact in body


def test_a_message_says_what_to_check_first() -> None:
    rule = Rule(
        id="pump-vibration-high",
        asset_class="pump",
        when=parse("vibration > 4", points={"vibration": Point(name="vibration")}),
        actions=(Text(en="Feel the bearing", zh="触摸轴承"), Text(en="Check the grease")),
    )
    writer = replace(WRITER, installation=replace(INSTALLATION, rules={"riverside": (rule,)}))
    channel = Channel(id="c", language="both")

    told = writer.message(channel, [NOTICE], message_id="m").body
    cleared = writer.message(channel, [replace(NOTICE, kind=NoticeKind.CLEARED)], message_id="m").body

    assert "First: Feel the bearing" in told
    assert "首先：触摸轴承" in told
    assert "grease" not in told
    assert "Feel the bearing" not in cleared


def test_in_chinese_and_in_both_languages() -> None:
    assert written(NOTICE, language="zh")[0] == "[重要] 振动偏高 · 1号冷冻水泵"
    title, body = written(NOTICE, language="both")
    assert title.startswith("[Major] High vibration")
    assert "[重要] 振动偏高" in title
    assert "since" in body
    assert "始于" in body


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [
        (NoticeKind.CLEARED, "[Major] Cleared: High"),
        (NoticeKind.RE_ALARM, "[Major] Still: High"),
        (NoticeKind.REMINDER, "[Major] Comes back soon: High"),
    ],
)
def test_what_happened_is_said(kind: NoticeKind, beginning: str) -> None:
    changed = Notice(kind=kind, at=START, severity=Severity.MAJOR, asset="P-101", title=Text(en="High"))

    assert written(changed)[0].startswith(beginning)


def test_a_flood_and_its_end_are_said() -> None:
    begun = Notice(kind=NoticeKind.FLOOD, at=START, severity=Severity.CRITICAL, count=11)
    over = Notice(kind=NoticeKind.FLOOD, at=START, severity=Severity.INFO, count=90, over=True)

    assert written(begun) == (
        "Alarm flood",
        "11 alarms so far; messages come as a digest.\n\nhttps://plant.example",
    )
    assert written(over)[0] == "Alarm flood is over"


def test_several_are_a_digest_with_the_gravest_first() -> None:
    grave = Notice(
        kind=NoticeKind.ACTIVATED,
        at=START,
        severity=Severity.CRITICAL,
        asset="F-1",
        title=Text(en="Mains lost"),
    )

    title, body = written(*[NOTICE] * 24, grave)

    assert title == "25 alarm messages"
    assert body.splitlines()[0] == "[Critical] Mains lost · F-1"
    assert "and 5 more" in body


def test_programs_get_facts() -> None:
    single = WRITER.message(Channel(id="c"), [NOTICE], message_id="m").document
    digest = WRITER.message(Channel(id="c"), [NOTICE, NOTICE], message_id="m").document

    assert (single["type"], single["timestamp"]) == ("alarm.activated", "2025-11-21T18:33:20.000Z")
    assert single["data"]["work_order"] == "WO-7"
    assert (digest["type"], digest["data"]["count"]) == ("alarm.digest", 2)
    assert digest["data"]["by_severity"] == {"major": 2}
