"""Transitions as the documents that `PUT /api/v1/alarms` takes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.rule import Dependence, Severity, WorkOrderTemplate
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority


def to_rfc3339(ms: int) -> str:
    """Return a time (ms since the epoch) as RFC 3339 text in UTC with milliseconds."""
    whole = datetime.fromtimestamp(ms // 1000, tz=UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def from_rfc3339(text: str) -> int:
    """Return RFC 3339 text as ms since the epoch.

    Raises:
        ValueError: it is no RFC 3339 time with an offset.
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"time has no offset from UTC: {text!r}")
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def to_document(transition: Transition) -> dict[str, Any]:
    """Return `transition` as a JSON-able document."""
    text = transition.text
    order = text.work_order
    return {
        "site": transition.site,
        "asset": transition.asset,
        "rule": transition.rule,
        "kind": transition.kind.value,
        "at": to_rfc3339(transition.at),
        "activated_at": to_rfc3339(transition.activated_at),
        "value": transition.value,
        "point": transition.point,
        "unit": transition.unit,
        "reason": transition.reason,
        "severity": text.severity.value,
        "group": text.group,
        "title": {"en": text.title.en, "zh": text.title.zh},
        "work_order": {"priority": order.priority.value, "skill": order.skill} if order else None,
        "re_alarm_s": text.re_alarm.total_seconds(),
        "reopen_within_s": text.reopen_within.total_seconds(),
        "latch": text.latch,
        "life_safety": text.life_safety,
        "inhibits": [dependence.value for dependence in text.inhibits],
        "suppressed": transition.suppressed,
        "cause": transition.cause,
    }


def from_document(document: Mapping[str, Any]) -> Transition:
    """Return the transition that `to_document` made `document` of.

    Raises:
        KeyError: a field is missing.
        ValueError: a field has a value that it cannot have.
    """
    order = document["work_order"]
    return Transition(
        site=document["site"],
        asset=document["asset"],
        rule=document["rule"],
        kind=TransitionKind(document["kind"]),
        at=from_rfc3339(document["at"]),
        activated_at=from_rfc3339(document["activated_at"]),
        value=document["value"],
        point=document["point"],
        unit=document["unit"],
        reason=document["reason"],
        suppressed=document.get("suppressed", False),
        cause=document.get("cause", ""),
        text=AlarmText(
            severity=Severity(document["severity"]),
            group=document["group"],
            title=Text(en=document["title"]["en"], zh=document["title"]["zh"]),
            work_order=WorkOrderTemplate(priority=Priority(order["priority"]), skill=order["skill"])
            if order
            else None,
            re_alarm=timedelta(seconds=document["re_alarm_s"]),
            reopen_within=timedelta(seconds=document["reopen_within_s"]),
            latch=document.get("latch", False),
            life_safety=document.get("life_safety"),
            inhibits=tuple(Dependence(each) for each in document.get("inhibits", ())),
        ),
    )
