"""What models found, in sentences that an engineer can check, in English and Chinese."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plantroom.domain.text import Text
from plantroom.domain.units import difference_unit, unit_sign
from plantroom.models.detector import Contribution
from plantroom.models.figures import Calendar, decimals_for, number, percent

LEAST_SHARE: Final = 0.1
"""What contributes less is not worth a word."""
MOST_POINTS: Final = 3
_MOST_INPUTS: Final = 3
_NO_RATIO: Final = frozenset({"degC", "degF", "%"})
"""Units in which a percentage of the value means nothing."""
_MOST_PERCENT: Final = 3.0
"""Beyond that a difference in units says more."""
_TOGETHER: Final = frozenset({"pca", "t2_q", "mahalanobis", "isolation_forest"})
"""Kinds that look at what several points do together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What people call a point."""

    label: Text
    unit: str = ""
    states: tuple[Text, ...] = ()
    """Words for its values 0, 1, ...; empty: it is a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """How far a point is from what a model expected."""

    difference: float
    """In `unit`; NaN: nothing particular was expected, or it is a state."""
    unit: str
    share: float | None
    """Of the expected value; None: that would mean nothing."""
    text: Text
    """Such as "current 18 % above expected (34.2 A instead of 29.0 A)"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one model says of now."""

    kind: str
    contributions: tuple[Contribution, ...]
    inputs: tuple[str, ...] = ()
    """Points by which it explains its target, for kinds that have one."""
    since: int | None = None
    """ms since the epoch; None: not known."""
    learnt: tuple[int, int]
    """From when to when it learnt, ms since the epoch."""


def deviation(contribution: Contribution, named: Named, *, condition: Text | None = None) -> Deviation:
    """Say how far a point is from what was expected of it, under `condition` where that is told."""
    value, expected = contribution.value, contribution.expected
    difference = math.nan if named.states else value - expected
    share = _share(value, expected, named.unit)
    if named.states:
        text = _state(contribution, named)
    elif not math.isfinite(difference) or _same(value, expected):
        text = _unusual(named, reading(value, named.unit))
    else:
        text = _off(contribution, named, share=share, condition=condition or Text())
    return Deviation(difference=difference, unit=difference_unit(named.unit), share=share, text=text)


def told(finding: Finding, names: Mapping[str, Named], calendar: Calendar) -> Text:
    """Say what a model found: which points, by how much, since when, compared with what.

    `names` has every point of `finding`. Empty if nothing contributed.
    """
    worth = [each for each in finding.contributions if each.share >= LEAST_SHARE][:MOST_POINTS]
    chosen = worth or list(finding.contributions[:1])
    if not chosen:
        return Text()
    if finding.kind in _TOGETHER:
        return _together(finding, chosen, names, calendar)
    condition = _condition(finding, names)
    since = _since(finding, calendar)
    parts = [deviation(each, names[each.point], condition=condition).text for each in chosen]
    en, zh = "; ".join(part.en for part in parts), "；".join(part.zh for part in parts)
    return Text(
        en=capital(f"{en}{f' since {since.en}' if since else ''}"),
        zh=f"{zh}{f'，始于{since.zh}' if since else ''}",
    )


def normal(ratio: float | None) -> Text:
    """Say that nothing is found; `ratio` is the greatest score as a part of its limit."""
    if ratio is None:
        return Text(en="The models say nothing of now", zh="模型目前没有判断")
    share = percent(max(ratio, 0.0))
    return Text(
        en=f"As usual: the greatest deviation is {share} of its limit", zh=f"正常：最大偏差为限值的 {share}"
    )


def capital(text: str) -> str:
    """Return `text` as it begins a sentence."""
    return text[:1].upper() + text[1:]


def inside(label: str) -> str:
    """Return a label as it stands within a sentence; abbreviations stay as they are."""
    return label if len(label) > 1 and not label[1].islower() else label[:1].lower() + label[1:]


def reading(value: float, unit: str, decimals: int | None = None) -> str:
    """Return a value with its unit; empty if it is none."""
    if not math.isfinite(value):
        return ""
    return f"{number(value, decimals)} {unit_sign(unit)}".rstrip()


def _together(
    finding: Finding, chosen: Sequence[Contribution], names: Mapping[str, Named], calendar: Calendar
) -> Text:
    since, span = _since(finding, calendar), calendar.span(*finding.learnt)
    parts = []
    for each in chosen:
        text, share = deviation(each, names[each.point]).text, percent(each.share)
        parts.append(Text(en=f"{text.en}, {share} of the deviation", zh=f"{text.zh}，占偏差的 {share}"))
    en, zh = "; ".join(part.en for part in parts), "；".join(part.zh for part in parts)
    begin_en = f"since {since.en}, compared" if since else "compared"
    begin_zh = f"{since.zh}起，" if since else ""
    return Text(
        en=capital(f"{begin_en} with how the points moved together {span.en}: {en}"),
        zh=f"{begin_zh}与{span.zh}各测点的共同变化规律相比：{zh}",
    )


def _condition(finding: Finding, names: Mapping[str, Named]) -> Text:
    """Return under which conditions something else was expected."""
    if finding.kind == "seasonal":
        return Text(en="for this time of the week", zh="每周此时")
    labels = [names[each].label for each in finding.inputs]
    if not labels:
        return Text()
    shown, more = labels[:_MOST_INPUTS], len(labels) - _MOST_INPUTS
    en = [inside(each.in_language("en")) for each in shown]
    zh = [each.in_language("zh") for each in shown]
    if more > 0:
        en.append(f"{more} more")
    listed = en[0] if len(en) == 1 else f"{', '.join(en[:-1])} and {en[-1]}"
    return Text(en=f"for this {listed}", zh=f"当前{'、'.join(zh)}{'等' if more > 0 else ''}下")


def _since(finding: Finding, calendar: Calendar) -> Text | None:
    return None if finding.since is None else calendar.moment(finding.since)


def _off(contribution: Contribution, named: Named, *, share: float | None, condition: Text) -> Text:
    value, expected = contribution.value, contribution.expected
    decimals = decimals_for(value - expected)
    amount = _amount(abs(value - expected), named.unit, decimals)
    if share is not None:
        amount = Text(en=percent(share), zh=percent(share))
    read, should = (reading(each, named.unit, decimals) for each in (value, expected))
    side = Text(en="above", zh="高") if value > expected else Text(en="below", zh="低")
    when = Text(en=f" {condition.en}" if condition.en else "", zh=f"{condition.zh}的" if condition.zh else "")
    return Text(
        en=f"{_english(named)} {amount.en} {side.en} expected{when.en} ({read} instead of {should})",
        zh=f"{_chinese(named)}比{when.zh}预期值{side.zh} {amount.zh}（{read}，预期 {should}）",
    )


def _amount(difference: float, unit: str, decimals: int) -> Text:
    if unit == "%":
        shown = number(difference, decimals)
        return Text(en=f"{shown} percentage points", zh=f"{shown} 个百分点")
    shown = reading(difference, difference_unit(unit), decimals)
    return Text(en=shown, zh=shown)


def _state(contribution: Contribution, named: Named) -> Text:
    read, should = (_state_of(each, named.states) for each in (contribution.value, contribution.expected))
    if read is None:
        return _unusual(named, "")
    if should is None or should == read:
        return Text(
            en=f"{_english(named)} unusual ({read.en})",
            zh=f"{_chinese(named)}异常（{read.zh}）",
        )
    return Text(
        en=f"{_english(named)} {read.en} instead of {should.en}",
        zh=f"{_chinese(named)}为{read.zh}，预期{should.zh}",
    )


def _state_of(value: float, states: Sequence[Text]) -> Text | None:
    if not math.isfinite(value) or not 0 <= round(value) < len(states):
        return None
    return states[round(value)]


def _unusual(named: Named, read: str) -> Text:
    return Text(
        en=f"{_english(named)} unusual{f' ({read})' if read else ''}",
        zh=f"{_chinese(named)}异常{f'（{read}）' if read else ''}",
    )


def _english(named: Named) -> str:
    return inside(named.label.in_language("en"))


def _chinese(named: Named) -> str:
    return named.label.in_language("zh")


def _same(value: float, expected: float) -> bool:
    """Whether the difference is less than people could read."""
    return math.isclose(value, expected, rel_tol=1e-4, abs_tol=1e-4)


def _share(value: float, expected: float, unit: str) -> float | None:
    """Return the difference as a share of what was expected, where there is sense in that."""
    if unit in _NO_RATIO or not expected > 0 or not value >= 0:
        return None
    share = (value - expected) / expected
    return share if abs(share) <= _MOST_PERCENT else None
