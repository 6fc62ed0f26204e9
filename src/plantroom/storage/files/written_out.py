"""Rules for each point of a kind, written out: one for each class and point."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from plantroom.domain.rule import Rule
from plantroom.domain.site import Point, PointKind, ValueType
from plantroom.domain.text import Text
from plantroom.storage.files.conditions import Variants
from plantroom.storage.files.each import ANY_CLASS, Each
from plantroom.storage.files.problems import Place
from plantroom.storage.files.rules import WrittenRule

_WORD: Final = re.compile(r"(?<![\w.'\"])(x|online|working)(?![\w.(])")
_INTERVALS: Final = re.compile(r"(\d+)\s+intervals\b")
_POINT: Final = "{point}"
_QUICK: Final = timedelta(minutes=1)
_ENOUGH: Final = 12
"""Points that are looked at to tell whether an asset is online."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What the words of such a rule stand for, on one point."""

    point: str
    online: str
    working: str
    interval: timedelta

    def put_into(self, written: tuple[Place, str] | None) -> tuple[Place, str] | None:
        """Return an expression with the words replaced."""
        if written is None:
            return None
        place, text = written
        stands = {"x": self.point, "online": f"({self.online})", "working": f"({self.working})"}
        text = _WORD.sub(lambda word: stands[word[1]], text)
        return place, _INTERVALS.sub(
            lambda count: f"{int(count[1]) * self.interval.total_seconds():g}s", text
        )


def written_out(rule: WrittenRule, variants: Variants) -> Iterator[WrittenRule]:
    """Yield the rules that `rule` stands for: itself, unless it is for several classes or points."""
    if rule.having:
        yield from _of_classes(rule, variants)
        return
    if rule.each is None:
        yield rule
        return
    for asset_class in _classes(rule, rule.each, variants):
        online = _online(asset_class, variants)
        for point in variants.points_of(asset_class):
            if rule.each.watches(asset_class, point):
                words = _Words(
                    point=point.name,
                    online=online,
                    working=rule.each.working.get(asset_class, "true"),
                    interval=variants.slowest(asset_class, point),
                )
                yield _on_point(rule, asset_class, point, words)


def _of_classes(rule: WrittenRule, variants: Variants) -> Iterator[WrittenRule]:
    for name in variants.present():
        if any(point.name == rule.having for point in variants.points_of(name)):
            yield replace(rule, asset_class=name, make=partial(_made_for, rule, name), having="")


def _made_for(rule: WrittenRule, asset_class: str, **said: Any) -> Rule:
    return replace(rule.make(**said), asset_class=asset_class)


def _classes(rule: WrittenRule, each: Each, variants: Variants) -> tuple[str, ...]:
    if rule.asset_class != ANY_CLASS:
        return (rule.asset_class,)
    return tuple(name for name in variants.present() if not each.working or name in each.working)


def _online(asset_class: str, variants: Variants) -> str:
    """Return a condition that is true while something of the asset is known, and unknown else."""
    quick = [
        point
        for point in variants.points_of(asset_class)
        if point.value_type is ValueType.NUMBER
        and point.kind is not PointKind.DERIVED
        and variants.slowest(asset_class, point) <= _QUICK
    ]
    return " or ".join(f"{each.name} == {each.name}" for each in quick[:_ENOUGH]) or "true"


def _on_point(rule: WrittenRule, asset_class: str, point: Point, words: _Words) -> WrittenRule:
    name = f"{rule.id}.{point.name}"

    def make(**said: Any) -> Rule:
        made = rule.make(**said)
        return replace(
            made,
            id=name,
            asset_class=asset_class,
            group=f"{made.group}.{point.name}",
            title=Text(
                en=made.title.en.replace(_POINT, point.label.in_language("en") or point.name),
                zh=made.title.zh.replace(_POINT, point.label.in_language("zh") or point.name),
            ),
        )

    return replace(
        rule,
        id=name,
        asset_class=asset_class,
        when=words.put_into(rule.when) or rule.when,
        clear=words.put_into(rule.clear),
        suppress=words.put_into(rule.suppress),
        make=make,
        each=None,
    )
