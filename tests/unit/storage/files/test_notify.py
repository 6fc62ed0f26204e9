"""Files of channels and of alarm policies: what they say, and every mistake with its line."""

from datetime import timedelta
from pathlib import Path

import pytest

from plantroom.domain.alarm_policy import AlarmPolicy
from plantroom.domain.channel import Channel
from plantroom.domain.errors import FilesInvalid
from plantroom.domain.notice import Notice, NoticeKind
from plantroom.domain.rule import Severity
from plantroom.storage.files.alarm_policy import load_alarm_policy
from plantroom.storage.files.notify import load_channels

GOOD = """\
link: https://plant.example/
channels:
  - id: control-room
    apprise: wecombot://${BOT}
    severity: major
    language: zh
  - id: cmms
    webhook: https://cmms.example/hook
    secret: ${SECRET}
    tell: [activated, cleared]
    sites: [riverside]
"""
ENVIRONMENT = {"BOT": "s3cr3tbot", "SECRET": "0123456789abcdef"}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(tmp_path: Path, text: str) -> str:
    with pytest.raises(FilesInvalid) as caught:
        load_channels(written(tmp_path, text), environment=ENVIRONMENT)
    return str(caught.value)


def notice(kind: NoticeKind, severity: Severity, site: str = "riverside") -> Notice:
    return Notice(kind=kind, at=0, severity=severity, site=site)


def test_channels_are_read_with_what_the_environment_holds(tmp_path: Path) -> None:
    channels = load_channels(written(tmp_path, GOOD), environment=ENVIRONMENT)

    room, cmms = channels.items
    assert channels.link == "https://plant.example"
    assert (room.apprise, room.severity, room.language) == ("wecombot://s3cr3tbot", Severity.MAJOR, "zh")
    assert cmms.webhook is not None
    assert cmms.webhook.secret == b"0123456789abcdef"
    assert cmms.kinds == {NoticeKind.ACTIVATED, NoticeKind.CLEARED, NoticeKind.TEST}


def test_a_channel_shows_no_secret(tmp_path: Path) -> None:
    channels = load_channels(written(tmp_path, GOOD), environment=ENVIRONMENT)

    assert "s3cr3tbot" not in repr(channels)
    assert "0123456789abcdef" not in repr(channels)


def test_a_channel_is_told_what_it_wants(tmp_path: Path) -> None:
    room, cmms = load_channels(written(tmp_path, GOOD), environment=ENVIRONMENT).items

    assert room.wants(notice(NoticeKind.ACTIVATED, Severity.MAJOR, site="elsewhere"))
    assert not room.wants(notice(NoticeKind.ACTIVATED, Severity.WARNING))
    assert not room.wants(notice(NoticeKind.CLEARED, Severity.CRITICAL))
    assert cmms.wants(notice(NoticeKind.CLEARED, Severity.WARNING))
    assert not cmms.wants(notice(NoticeKind.CLEARED, Severity.WARNING, site="elsewhere"))
    assert room.wants(notice(NoticeKind.FLOOD, Severity.INFO, site=""))
    assert Channel(id="c").wants(notice(NoticeKind.REMINDER, Severity.WARNING))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("channels:\n  - id: a\n", ":2: expected either webhook or apprise"),
        ("channels:\n  - {id: a, apprise: x, webhook: http://h, secret: 0123456789abcdef}\n", "either"),
        ("channels:\n  - {id: a, webhook: http://h}\n", "secret is missing"),
        ("channels:\n  - {id: a, webhook: ftp://h, secret: 0123456789abcdef}\n", "expected a URL"),
        ("channels:\n  - {id: a, webhook: http://h, secret: short}\n", "at least 16 bytes"),
        ("channels:\n  - {id: a, webhook: http://h, secret: whsec_??}\n", "base64"),
        ("channels:\n  - {id: a, apprise: x, secret: 0123456789abcdef}\n", "only a webhook has one"),
        ("channels:\n  - {id: a, apprise: 'x://${GONE}'}\n", "the environment has no GONE"),
        ("channels:\n  - {id: a, apprise: x}\n  - {id: a, apprise: x}\n", "declared twice"),
        ("channels:\n  - {id: a, apprise: x, language: fr}\n", "one of en, zh, both"),
        ("channels:\n  - {id: a, apprise: x, tell: [everything]}\n", "expected one of activated"),
        ("channels:\n  - {id: a, apprise: x, color: red}\n", "unknown key 'color'"),
        ("link: x\n", "channels is missing"),
        ("- a\n", "expected a mapping"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in mistakes(tmp_path, text)


def test_a_mistake_shows_no_secret(tmp_path: Path) -> None:
    text = "channels:\n  - {id: a, webhook: '${BOT}', secret: '${BOT}'}\n"

    assert "s3cr3t" not in mistakes(tmp_path, text)


def test_a_policy_says_what_differs(tmp_path: Path) -> None:
    policy = load_alarm_policy(
        written(
            tmp_path,
            "shelving: {operator: 8h, remind_before: 5m}\nchattering: {activations: 5}\n"
            "flood: {begins_above: 20, ends_below: 10}\ntargets: {per_day: 288}\nstale_after: 12h\n",
        )
    )

    assert policy.shelving.limit("operator", life_safety=False) == timedelta(hours=8)
    assert policy.shelving.limit("engineer", life_safety=False) == timedelta(days=7)
    assert (policy.chatter.activations, policy.flood.begins_above, policy.targets.per_day) == (5, 20, 288)
    assert policy.stale_after == timedelta(hours=12)


def test_an_empty_policy_is_the_usual_one(tmp_path: Path) -> None:
    assert load_alarm_policy(written(tmp_path, "{}\n")) == AlarmPolicy()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flood: {begins_above: 5, ends_below: 9}\n", "ends_below must be"),
        ("chattering: {activations: 1}\n", "at least 2"),
        ("shelving: {viewer: 1h}\n", "unknown key 'viewer'"),
        ("targets: {per_day: -1}\n", "not negative"),
        ("[]\n", "expected a mapping"),
    ],
)
def test_mistakes_of_a_policy_are_named(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(FilesInvalid, match=expected):
        load_alarm_policy(written(tmp_path, text))
