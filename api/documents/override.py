"""What people change about rules, as documents."""

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, FiniteFloat, StringConstraints, model_validator

from plantroom.api.documents.common import In, Out, TimeIn, TimeOut, time_or_none
from plantroom.api.documents.set_aside import YEAR_MINUTES, Reason
from plantroom.api.problems import bad_value
from plantroom.api.ruling.effect import Effects
from plantroom.domain.override import Override, mistake_in
from plantroom.domain.quantity import Quantity
from plantroom.domain.report import from_rfc3339, to_rfc3339

Written = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class OverrideDocument(Out):
    """What people have changed about a rule on an asset or a site, who and why."""

    site: str
    asset: str | None
    """null: every asset of the site."""
    rule: str
    enabled: bool | None
    """null: as it would without."""
    params: dict[str, str]
    reason: str
    who: str
    at: TimeOut
    until: TimeOut | None
    """When it ends by itself."""
    mistake: str | None
    """Why it does not fit the files any more, and counts for nothing."""

    @classmethod
    def of(cls, each: Override, mistake: str | None = None) -> "OverrideDocument":
        """Return the document of `each`."""
        return cls(
            site=each.site,
            asset=each.asset or None,
            rule=each.rule,
            enabled=each.enabled,
            params={name: quantity.exact for name, quantity in each.params.items()},
            reason=each.reason,
            who=each.who,
            at=to_rfc3339(each.at),
            until=time_or_none(each.until),
            mistake=mistake,
        )


class Overrides(Out):
    """All that people have changed, by site, asset and rule."""

    items: list[OverrideDocument]

    @classmethod
    def of(cls, overrides: Sequence[Override], effects: Effects) -> "Overrides":
        """Return the document of `overrides`."""
        mistakes = [mistake_in(each, effects.installation) for each in overrides]
        pairs = zip(overrides, mistakes, strict=True)
        return cls(items=[OverrideDocument.of(each, mistake) for each, mistake in pairs])


class Rulings(Out):
    """What a pipeline must know beside its files."""

    overrides: list[OverrideDocument]
    reload_asked: TimeOut | None
    """When somebody last asked for the files to be read again."""


class OverrideIn(In):
    """What to change about a rule, why, and until when, if not for good."""

    enabled: bool | None = None
    params: Annotated[dict[Written, FiniteFloat | Written], Field(default_factory=dict)]
    """Numbers, with or without a unit: `4.5` or `4.5 mm/s`."""
    reason: Reason
    until: TimeIn | None = None
    minutes: Annotated[FiniteFloat | None, Field(gt=0, le=YEAR_MINUTES)] = None

    @model_validator(mode="after")
    def _changes_something(self) -> "OverrideIn":
        if self.enabled is None and not self.params:
            raise ValueError("enabled or params must be given")
        if self.until is not None and self.minutes is not None:
            raise ValueError("either until or minutes may be given, not both")
        return self

    def end(self, now: int) -> int | None:
        """Return until when (ms), asked for at `now`; None: for good."""
        if self.until is not None:
            return from_rfc3339(self.until)
        return None if self.minutes is None else now + round(self.minutes * 60_000)


def quantity_of(name: str, written: float | str) -> Quantity:
    """Return what is written for the parameter `name`.

    Raises:
        Problem: it is no finite number with a unit.
    """
    try:
        quantity = Quantity.parse(written) if isinstance(written, str) else Quantity(written)
    except ValueError as error:
        raise bad_value(f"params.{name}", str(error)) from error
    if not math.isfinite(quantity.value):
        raise bad_value(f"params.{name}", f"expected a number that is not so large, got {written}")
    return quantity
