"""How the page says things: words, times and numbers in the reader's language."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from plantroom.api.web.texts import WORDS
from plantroom.domain.site import Point, ValueType

LANGUAGES: Final = ("en", "zh")


class InTwoLanguages(Protocol):
    """What is said in English and Chinese."""

    @property
    def en(self) -> str:
        """In English."""

    @property
    def zh(self) -> str:
        """In Chinese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Speaks to one reader."""

    language: str

    def word(self, name: str, **values: object) -> str:
        """Return the page's own words of that name, with `values` put in."""
        text = WORDS[name].in_language(self.language)
        return text.format(**values) if values else text

    def member(self, kind: str, member: Enum) -> str:
        """Return the word for a member of an enum: of a severity, a state, a status."""
        return self.word(f"{kind}.{member.value}")

    def text(self, text: InTwoLanguages, *, otherwise: str = "") -> str:
        """Return `text` in the reader's language, or in the other one, or `otherwise`."""
        first, second = (text.zh, text.en) if self.language == "zh" else (text.en, text.zh)
        return first or second or otherwise

    def states(self, point: Point) -> tuple[str, ...]:
        """Return the words for a point's values 0, 1, ...; empty: it is a number."""
        if point.value_type is ValueType.BOOLEAN:
            return self.word("off"), self.word("on")
        return point.states

    def value(self, value: float | None, point: Point | None = None) -> str:
        """Return a value as people read it, without its unit."""
        if value is None or not math.isfinite(value):
            return "–"
        states = self.states(point) if point else ()
        if not states:
            return number(value)
        return states[int(value)] if 0 <= value < len(states) else "–"


def number(value: float) -> str:
    """Return `value` to about three significant digits; the page's script rounds in the same way."""
    size = abs(value)
    if size >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def choose_language(*, wanted: str | None, accepted: str) -> str:
    """Return the language the reader chose, or the first that their browser accepts (`Accept-Language`)."""
    if wanted in LANGUAGES:
        return str(wanted)
    return next((language for language in _by_preference(accepted) if language in LANGUAGES), LANGUAGES[0])


def _by_preference(accepted: str) -> Iterable[str]:
    weighted = [_weighted(part) for part in accepted.split(",")]
    return [language for _, language in sorted(weighted, key=lambda pair: -pair[0])]


def _weighted(part: str) -> tuple[float, str]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return float(weight or 1), tag[:2].lower()
    except ValueError:
        return 0.0, tag[:2].lower()
