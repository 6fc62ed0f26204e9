"""What a model may learn from: minutes of a machine that runs and that nobody and no rule calls abnormal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np

from plantroom.domain.model import Gate
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset, Site
from plantroom.domain.text import Text
from plantroom.models.frame import Frame, Mask

LEAST: Final = timedelta(days=3)
"""Healthy running time to learn from: a working day, a free one and one to check on."""
BEFORE: Final = timedelta(days=1)
"""Left out before an alarm or order: what was found then had begun before."""
AFTER: Final = timedelta(hours=1)
"""Left out after it: the machine comes back from repair."""
LATEST: Final = timedelta(days=1)
"""A machine that has worn by now is judged by the vibration of its last day."""
_MOSTLY: Final = 0.5
_ZONE_PARAMS: Final = ("limit", "limit_large", "limit_2", "limit_2_large", "large")


class Refused(Exception):
    """An asset's models are not trained; the text says why, for people."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A time in which something was wrong with an asset, ms since the epoch."""

    start: int
    end: int | None
    """None: it is not over."""
    what: Text
    """The alarm or order, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """From which vibration on a machine of its class is worn."""

    point: str
    limit: float
    """Border of zones B and C."""
    danger: float
    """Border of zones C and D."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthy:
    """What is left to learn from."""

    frame: Frame
    """All rows; only those that may be learnt from are live."""
    notes: tuple[Text, ...]
    """What was left out, and why."""


def healthy_rows(
    frame: Frame,
    *,
    gates: Sequence[Gate],
    incidents: Sequence[Incident] = (),
    zone: Zone | None = None,
    least: timedelta = LEAST,
) -> Healthy:
    """Return the rows of an asset that its models may learn from; `frame` has the gates' columns as well.

    Raises:
        Refused: there is too little of them; with the reason that weighs most.
    """
    _refuse_no_rows(frame, gates, least)
    notes: list[Text] = []
    live = frame.live.copy()
    for incident in incidents:
        inside = _within(frame, incident) & live
        if inside.any():
            live &= ~inside
            notes.append(_left_out(incident, _days(inside, frame)))
    if zone is not None:
        live = _out_of_zone(frame, live, zone, notes)
    if _days(live, frame) < least / timedelta(days=1):
        raise Refused(_too_little_left(frame, live, notes, least))
    return Healthy(frame=replace(frame, live=live), notes=tuple(notes))


def vibration_zone(rules: Sequence[Rule], asset: Asset, site: Site) -> Zone | None:
    """Return where the zones begin for `asset` by the rules that watch its vibration; None: it is not known.

    Source: ISO 10816-7, category by `rated.vibration_category`, size by `rated.power_kw`.
    """
    category, power = asset.rated.get("vibration_category"), asset.rated.get("power_kw")
    if category not in (1, 2) or power is None:
        return None
    limits = []
    for rule in rules:
        if rule.asset_class == asset.asset_class and {name for name, _ in rule.params}.issuperset(
            _ZONE_PARAMS
        ):
            params: Mapping[str, float] = rule.params_of(asset, site)
            name = "limit" if category == 1 else "limit_2"
            limits.append(params[f"{name}_large" if power > params["large"] else name])
    return Zone(point="vibration", limit=min(limits), danger=max(limits)) if limits else None


def _refuse_no_rows(frame: Frame, gates: Sequence[Gate], least: timedelta) -> None:
    """Refuse an asset that was never heard of, hardly recorded, or mostly off."""
    needed = least / timedelta(days=1)
    recorded = len(frame) * frame.every / 86_400_000
    running = _days(frame.live, frame)
    if recorded < needed:
        raise Refused(
            Text(
                en=f"{_en(recorded)} of readings, at least {_en(needed)} are needed",
                zh=f"仅有{_zh(recorded)}的读数，至少需要{_zh(needed)}",
            )
        )
    _refuse_unknown_gates(frame, gates)
    if running < needed:
        named = ", ".join(gate.point for gate in gates)
        raise Refused(
            Text(
                en=f"mostly off: it ran ({named}) and had settled for {_en(running)} of {_en(recorded)}, "
                f"at least {_en(needed)} are needed",
                zh=f"多数时间停机：{_zh(recorded)}中稳定运行（{named}）仅{_zh(running)}，至少需要{_zh(needed)}",
            )
        )


def _refuse_unknown_gates(frame: Frame, gates: Sequence[Gate]) -> None:
    for gate in gates:
        if np.isnan(frame.columns((gate.point,)).values).all():
            raise Refused(
                Text(
                    en=f"{gate.point} was never told, so nobody knows when its readings say anything",
                    zh=f"从未收到{gate.point}，无法判断读数何时有效",
                )
            )


def _within(frame: Frame, incident: Incident) -> Mask:
    start = incident.start - BEFORE // timedelta(milliseconds=1)
    after = frame.ts > start
    if incident.end is None:
        return after
    return after & (frame.ts - frame.every < incident.end + AFTER // timedelta(milliseconds=1))


def _out_of_zone(frame: Frame, live: Mask, zone: Zone, notes: list[Text]) -> Mask:
    """Return `live` without the hours in which the machine vibrated as one in zone C or D.

    Raises:
        Refused: it still does.
    """
    vibration = frame.columns((zone.point,)).values[:, 0]
    judged = np.flatnonzero(live & np.isfinite(vibration))
    if not len(judged):
        return live
    hour = (frame.ts[judged] - frame.every) // 3_600_000
    first = np.flatnonzero(np.diff(hour, prepend=-1))
    size = np.diff(first, append=len(judged))
    mean = np.add.reduceat(vibration[judged], first) / size
    worn = np.repeat(mean > zone.limit, size)
    lately = frame.ts[judged] > frame.ts[judged][-1] - LATEST // timedelta(milliseconds=1)
    if worn[lately].mean() > _MOSTLY:
        value = float(np.median(vibration[judged][lately]))
        raise Refused(
            Text(
                en=f"in vibration zone C or D: {value:.1f} mm/s on its last day, C begins at {zone.limit:g}",
                zh=f"振动处于C区或D区：最近一天{value:.1f} mm/s，C区界限为{zone.limit:g} mm/s",
            )
        )
    if worn.any():
        days = worn.sum() * frame.every / 86_400_000
        notes.append(
            Text(
                en=f"{_en(days)} in vibration zone C or D left out",
                zh=f"剔除振动处于C区或D区的{_zh(days)}",
            )
        )
    rest = live.copy()
    rest[judged[worn]] = False
    return rest


def _left_out(incident: Incident, days: float) -> Text:
    return Text(
        en=f"{_en(days)} about {incident.what.en} left out",
        zh=f"剔除{incident.what.in_language('zh')}前后的{_zh(days)}",
    )


def _too_little_left(frame: Frame, live: Mask, notes: Sequence[Text], least: timedelta) -> Text:
    needed, left = least / timedelta(days=1), _days(live, frame)
    return Text(
        en=f"{_en(left)} of healthy running time are left, at least {_en(needed)} are needed: "
        + "; ".join(note.en for note in notes),
        zh=f"健康运行时间仅剩{_zh(left)}，至少需要{_zh(needed)}：" + "；".join(note.zh for note in notes),
    )


def _days(chosen: Mask, frame: Frame) -> float:
    return float(np.count_nonzero(chosen)) * frame.every / 86_400_000


def _en(days: float) -> str:
    return f"{days:.1f} days" if days >= 1 else f"{24 * days:.1f} hours"


def _zh(days: float) -> str:
    return f"{days:.1f}天" if days >= 1 else f"{24 * days:.1f}小时"
