"""Notices as people read them, and as programs do."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from plantroom.api.web.voice import Voice, number
from plantroom.domain.channel import Channel, Channels
from plantroom.domain.installation import Installation
from plantroom.domain.notice import Notice, NoticeKind
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule import Rule, Severity
from plantroom.domain.units import unit_sign

_NAMED: Final = 20
"""A digest names so many alarms, the gravest first; the page has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent to one channel."""

    id: str
    """The same in each attempt."""
    severity: Severity
    title: str
    body: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes messages about one installation."""

    installation: Installation
    channels: Channels
    rule_of: Callable[[str, str], Rule | None] | None = None
    """Finds a rule by its site and id where rules change meanwhile; None: in `installation`."""

    def message(self, channel: Channel, notices: Sequence[Notice], *, message_id: str) -> Message:
        """Return what to send to `channel` about `notices`: several become a digest."""
        languages = ("en", "zh") if channel.language == "both" else (channel.language,)
        voices = [Voice(language=language) for language in languages]
        titles, bodies = [], []
        for voice in voices:
            title, lines = self._one(voice, notices[0]) if len(notices) == 1 else self._digest(voice, notices)
            titles.append(title)
            bodies.append("\n".join(lines))
        link = [self.channels.link] if self.channels.link else []
        return Message(
            id=message_id,
            severity=max((notice.severity for notice in notices), key=lambda severity: severity.rank),
            title=" / ".join(dict.fromkeys(titles)),
            body="\n\n".join([*dict.fromkeys(bodies), *link]),
            document=self._document(notices),
        )

    def _one(self, voice: Voice, notice: Notice) -> tuple[str, list[str]]:
        if notice.kind is NoticeKind.FLOOD:
            word = "flood_over" if notice.over else "flood_begun"
            return voice.word(word), [voice.word("flood_count", count=notice.count)]
        if notice.kind is NoticeKind.TEST:
            return voice.word("notice_test"), [voice.word("notice_test_long")]
        return self._line(voice, notice), self._facts(voice, notice)

    def _line(self, voice: Voice, notice: Notice) -> str:
        severity = voice.member("severity", notice.severity)
        title = voice.text(notice.title, otherwise=notice.rule)
        new = notice.kind is NoticeKind.ACTIVATED
        what = "" if new else voice.member("notice", notice.kind)
        return f"[{severity}] {what}{title} · {self._name(voice, notice.asset)}"

    def _facts(self, voice: Voice, notice: Notice) -> list[str]:
        facts = [f"{notice.site} · {notice.asset}"]
        if notice.value is not None:
            facts.append(f"{notice.point}: {number(notice.value)} {unit_sign(notice.unit)}".rstrip())
        for word, time in (
            ("since", notice.active_since),
            ("cleared", notice.cleared_at),
            ("until", notice.until),
        ):
            if time is not None:
                facts.append(f"{voice.word(word)} {self._time(notice, time)}")
        if notice.work_order is not None:
            facts.append(f"WO-{notice.work_order}")
        return [*facts, *self._first_action(voice, notice)]

    def _first_action(self, voice: Voice, notice: Notice) -> list[str]:
        rule = (self.rule_of or self.installation.rule)(notice.site, notice.rule)
        if notice.kind is NoticeKind.CLEARED or rule is None or not rule.actions:
            return []
        return [voice.word("first_action", action=voice.text(rule.actions[0]))]

    def _digest(self, voice: Voice, notices: Sequence[Notice]) -> tuple[str, list[str]]:
        gravest = sorted(notices, key=lambda notice: -notice.severity.rank)
        lines = [self._one(voice, notice)[0] for notice in gravest[:_NAMED]]
        if len(notices) > _NAMED:
            lines.append(voice.word("digest_more", count=len(notices) - _NAMED))
        return voice.word("digest", count=len(notices)), lines

    def _name(self, voice: Voice, asset: str) -> str:
        table = self.installation.table
        known = table.asset_number.get(asset)
        return asset if known is None else voice.text(table.assets[known].name, otherwise=asset)

    def _time(self, notice: Notice, ms: int) -> str:
        sites = {site.id: site for site in self.installation.table.sites}
        if notice.site not in sites:
            return to_rfc3339(ms)
        zone = sites[notice.site].timezone
        return datetime.fromtimestamp(ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S %Z")

    def _document(self, notices: Sequence[Notice]) -> dict[str, Any]:
        last = to_rfc3339(notices[-1].at)
        if len(notices) == 1:
            notice = notices[0]
            return {"type": f"alarm.{notice.kind.value}", "timestamp": last, "data": _data(notice)}
        counts = Counter(notice.severity.value for notice in notices)
        data = {"count": len(notices), "by_severity": counts, "items": [_data(notice) for notice in notices]}
        return {"type": "alarm.digest", "timestamp": last, "data": data}


def _data(notice: Notice) -> dict[str, Any]:
    """Return a notice as programs read it."""
    if notice.kind is NoticeKind.FLOOD:
        return {"kind": "flood", "at": to_rfc3339(notice.at), "count": notice.count, "over": notice.over}
    if notice.kind is NoticeKind.TEST:
        return {"kind": "test", "at": to_rfc3339(notice.at)}
    times = {"active_since": notice.active_since, "cleared_at": notice.cleared_at, "until": notice.until}
    return {
        "kind": notice.kind.value,
        "at": to_rfc3339(notice.at),
        "alarm": notice.alarm,
        "site": notice.site,
        "asset": notice.asset,
        "rule": notice.rule,
        "severity": notice.severity.value,
        "title": {"en": notice.title.en, "zh": notice.title.zh},
        "value": notice.value,
        "point": notice.point,
        "unit": notice.unit,
        "life_safety": notice.life_safety,
        "work_order": None if notice.work_order is None else f"WO-{notice.work_order}",
        **{name: None if time is None else to_rfc3339(time) for name, time in times.items()},
    }
