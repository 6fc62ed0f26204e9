"""Numbers and spans of time as engineers write them."""

import re
from dataclasses import dataclass
from typing import Final, Self

from plantroom.domain.units import conversion

_WRITTEN: Final = re.compile(
    r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)\s*((?:[^\W\d_]|[%‰°℃])\S*)?\s*"
)
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+) ?(ms|min|s|m|h|d)")
_MILLISECONDS: Final = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, with its unit if one was written."""

    value: float
    unit: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `5` or `4.5 mm/s` writes.

        Raises:
            ValueError: it writes none.
        """
        matched = _WRITTEN.fullmatch(text)
        if matched is None:
            raise ValueError(f"expected a number such as 5 or 4.5 mm/s, got {text!r}")
        return cls(float(matched[1]), matched[2] or None)

    def number_in(self, unit: str | None) -> float:
        """Return the number in `unit`; a quantity or unit that is not given goes with any.

        Raises:
            ValueError: the unit of the quantity is another quantity's.
        """
        if self.unit is None or unit is None:
            return self.value
        scale = conversion(of=self.unit, to=unit)
        if scale is None:
            raise ValueError(f"expected a number in {unit or 'no unit'}, got {self}")
        return self.value * scale[0] + scale[1]

    @property
    def exact(self) -> str:
        """What reads back as the very same quantity."""
        number = repr(self.value).removesuffix(".0")
        return f"{number} {self.unit}" if self.unit else number

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}" if self.unit else f"{self.value:g}"


def milliseconds(text: str) -> int | None:
    """Return the span that `30s`, `30 min` or `1h30m` writes, ms; None: it writes none."""
    total, end = 0.0, 0
    while part := _PART.match(text, end):
        total, end = total + float(part[1]) * _MILLISECONDS[part[2]], part.end()
    return round(total) if end and end == len(text) else None
