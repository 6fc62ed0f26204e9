"""Advice on alarms in the product's two languages."""

from plantroom.api.web.voice import number
from plantroom.domain.alarm_advice import Advice, Cause
from plantroom.domain.text import Text
from plantroom.domain.units import unit_sign
from plantroom.storage.records.performance import Subject


def words_of(advice: Advice, subject: Subject, *, count: int, longest_ms: int) -> Text:
    """Return what to do about the alarm of `subject`, which was active `count` times."""
    hours = number(longest_ms / 3_600_000)
    if advice.cause is Cause.STALE:
        return Text(
            en=f"Active for {hours} h. If that is how the machine runs, change the limit; if it waits for "
            "parts, take the alarm out of service with its work order.",
            zh=f"已持续 {hours} 小时。如属正常工况，请调整限值；如在等待配件，请关联工单后停用该报警。",
        )
    if advice.cause is Cause.FREQUENT:
        return Text(
            en=f"Real each time, {count} times, up to {hours} h: mend the cause with one work order, "
            "or change the limit if nobody has to act.",
            zh=f"每次均真实，共 {count} 次，最长 {hours} 小时：请用一张工单根治；如无需处置，请调整限值。",
        )
    return _delays(advice, subject, count=count)


def _delays(advice: Advice, subject: Subject, *, count: int) -> Text:
    en, zh = [], []
    if advice.deadband is not None and advice.noise is not None:
        band = f"{advice.deadband:g} {unit_sign(subject.unit)}".strip()
        noise = f"{advice.noise:.2g} {unit_sign(subject.unit)}".strip()
        en.append(f"`clear:` {band} beyond the limit (noise of {subject.point}: {noise} RMS)")
        zh.append(f"`clear:` 设在限值之外 {band}（{subject.point} 噪声有效值 {noise}）")
    if advice.delay_s is not None:
        en.append(f"`for: {advice.delay_s}s`")
        zh.append(f"`for: {advice.delay_s}s`")
    if advice.keep_s is not None:
        en.append(f"`keep: {advice.keep_s}s`")
        zh.append(f"`keep: {advice.keep_s}s`")
    left = advice.remaining if advice.remaining is not None else count
    chatters = advice.cause is Cause.CHATTERING
    return Text(
        en=f"{'Comes and goes' if chatters else 'Over before anybody can act'}: set {', '.join(en)}. "
        f"The delays alone would have left {left} of {count} activations.",
        zh=f"{'频繁抖动' if chatters else '来不及处置即恢复'}：建议设置 {'、'.join(zh)}。"
        f"仅延时即可将 {count} 次激活减至 {left} 次。",
    )
