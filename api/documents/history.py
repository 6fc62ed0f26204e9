"""History that is written into the time-series store, as documents."""

from typing import Annotated, Final

from pydantic import Field, FiniteFloat, model_validator

from plantroom.api.documents.common import In, Out, ShortText

AT_ONCE: Final = 100_000
"""Most samples of one request."""


class SeriesIn(In):
    """Samples of one point, as columns of one length."""

    asset: ShortText
    point: ShortText
    ts: list[str]
    """RFC 3339 with any offset."""
    value: list[FiniteFloat | None]
    """In the point's unit; false and true are 0 and 1, a state its position; null: no usable value."""
    quality: list[str] | None = None
    """Left out: historical, or range or not_a_number where the value says so."""

    @model_validator(mode="after")
    def _have_one_length(self) -> "SeriesIn":
        if len({len(self.ts), len(self.value), len(self.quality or self.ts)}) != 1:
            raise ValueError("ts, value and quality must have one length")
        return self


class HistoryIn(In):
    """Samples of the past."""

    series: Annotated[list[SeriesIn], Field(min_length=1, max_length=AT_ONCE)]

    @model_validator(mode="after")
    def _are_not_too_many(self) -> "HistoryIn":
        if sum(len(each.ts) for each in self.series) > AT_ONCE:
            raise ValueError(f"at most {AT_ONCE} samples at once")
        return self


class RejectedDocument(Out):
    """Samples that are not stored, whatever is done."""

    series: int
    """Position in the request."""
    rows: list[int]
    """Positions in the columns, ascending."""
    reason: str


class HistoryDocument(Out):
    """What came of history that was sent."""

    stored: int
    rejected: list[RejectedDocument]
