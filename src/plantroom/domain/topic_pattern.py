"""Patterns of MQTT topics whose levels can be captured: `gw/+/modbus/{asset}`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plantroom.domain import topics

ANY: Final = "+"
REST: Final = "#"

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OWN: Final = tuple(topics.PREFIX.split("/"))
_LONGEST: Final = 65_535
"""Bytes that a topic can have in MQTT."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a pattern: literal where it captures nothing and is no wildcard."""

    text: str
    capture: str = ""
    before: str = ""
    """What stands before the capture within the level."""
    after: str = ""

    @property
    def is_open(self) -> bool:
        """Whether more than one text can stand here."""
        return bool(self.capture) or self.text == ANY

    def takes(self, part: str) -> bool:
        """Return whether `part` of a topic may stand here."""
        if self.text == ANY:
            return True
        if not self.capture:
            return part == self.text
        fits = part.startswith(self.before) and part.endswith(self.after)
        return fits and len(part) > len(self.before) + len(self.after)


@dataclass(frozen=True, slots=True)
class TopicPattern:
    """A parsed pattern; `#` stands for any number of last levels."""

    text: str
    levels: tuple[Level, ...]
    """All but a last `#`."""
    has_rest: bool

    @classmethod
    def parse(cls, text: str) -> "TopicPattern":
        """Return the pattern that `text` writes.

        Raises:
            ValueError: it writes none, or one that takes our own topics.
        """
        if not text or "\0" in text or len(text.encode()) > _LONGEST:
            raise ValueError(f"expected a topic such as gw/+/modbus/{{asset}}, got {text!r}")
        if text.startswith("$share/"):
            raise ValueError("expected a topic, got a shared subscription")
        parts = text.split("/")
        has_rest = parts[-1] == REST
        levels = tuple(_level(part) for part in (parts[:-1] if has_rest else parts))
        names = [level.capture for level in levels if level.capture]
        if len(set(names)) < len(names):
            raise ValueError(f"expected every capture once, got {text!r}")
        pattern = cls(text, levels, has_rest)
        if pattern.may_begin(_OWN):
            raise ValueError(f"expected a topic of others: {text!r} takes topics of {topics.PREFIX}/#")
        return pattern

    @property
    def captures(self) -> tuple[str, ...]:
        """The names that it captures."""
        return tuple(level.capture for level in self.levels if level.capture)

    @property
    def filter(self) -> str:
        """What to subscribe to; it may take more than the pattern does."""
        parts = [ANY if level.is_open else level.text for level in self.levels]
        return "/".join([*parts, REST] if self.has_rest else parts)

    def match(self, topic: str) -> Mapping[str, str] | None:
        """Return what `topic` has at the captures, None if the pattern does not take it."""
        parts = topic.split("/")
        if self._misfit(parts) is not None:
            return None
        return {level.capture: _captured(level, part) for level, part in self._pairs(parts) if level.capture}

    def why_not(self, topic: str) -> str:
        """Return why it does not take `topic`, "" if it does."""
        return self._misfit(topic.split("/")) or ""

    def may_begin(self, parts: Sequence[str]) -> bool:
        """Return whether a topic that begins with the levels `parts` and has more can be taken."""
        if len(self.levels) <= len(parts) and not self.has_rest:
            return False
        return all(level.takes(part) for level, part in self._pairs(parts))

    def _pairs(self, parts: Sequence[str]) -> list[tuple[Level, str]]:
        return list(zip(self.levels, parts, strict=False))

    def _misfit(self, parts: Sequence[str]) -> str | None:
        for number, (level, part) in enumerate(self._pairs(parts), start=1):
            if not level.takes(part) or (number == 1 and level.text == ANY and part.startswith("$")):
                return f"level {number} of the topic is {part!r}, not {level.text!r}"
        if len(parts) == len(self.levels) or (self.has_rest and len(parts) > len(self.levels)):
            return None
        more = " or more" if self.has_rest else ""
        return f"the topic has {len(parts)} levels, not {len(self.levels)}{more}"


def _level(part: str) -> Level:
    if part == ANY:
        return Level(part)
    if ANY in part or REST in part:
        raise ValueError(f"expected + to be a whole level and # the last one, got {part!r}")
    if "{" not in part and "}" not in part:
        return Level(part)
    before, _, rest = part.partition("{")
    name, closed, after = rest.partition("}")
    if not closed or _NAME.fullmatch(name) is None or "{" in after or "}" in after or "}" in before:
        raise ValueError(f"expected at most one capture such as {{asset}} in a level, got {part!r}")
    return Level(part, name, before, after)


def _captured(level: Level, part: str) -> str:
    return part[len(level.before) : len(part) - len(level.after)]


def broadest(filters: Sequence[str]) -> tuple[str, ...]:
    """Return `filters` without those that another takes whole: a broker may send twice what two take."""
    distinct = tuple(dict.fromkeys(filters))
    return tuple(
        each for each in distinct if not any(other != each and _covers(other, each) for other in distinct)
    )


def _covers(wide: str, narrow: str) -> bool:
    broad, slim = wide.split("/"), narrow.split("/")
    for number, part in enumerate(broad):
        if part == REST:
            return True
        if number >= len(slim) or slim[number] == REST or part not in (ANY, slim[number]):
            return False
    return len(broad) == len(slim)
