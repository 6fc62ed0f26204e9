"""A week's power quality as documents."""

from plantroom.api.documents.common import Out, TimeOut
from plantroom.domain.power_quality import SHARE, Criterion, Quality, Verdict
from plantroom.domain.report import to_rfc3339


class VerdictDocument(Out):
    """What a point's 10-minute means say of one criterion."""

    point: str
    criterion: Criterion
    limit: float
    """%."""
    coverage: float
    """Share of the week, 0 to 1, that is known, interruptions not counted."""
    within: float | None
    """Share of the means, 0 to 1, within the limit."""
    percentile_95: float | None
    """What 95 % of the means stay below, %: of voltages the deviation from the nominal one."""
    worst: float | None
    """The mean furthest off, in the point's unit."""
    worst_at: TimeOut | None
    met: bool | None
    """null: too little of the week is known to tell."""

    @classmethod
    def of(cls, verdict: Verdict) -> "VerdictDocument":
        """Return the document of a verdict."""
        return cls(
            point=verdict.point,
            criterion=verdict.criterion,
            limit=verdict.limit,
            coverage=round(verdict.coverage, 4),
            within=_rounded(verdict.within),
            percentile_95=_rounded(verdict.percentile_95),
            worst=_rounded(verdict.worst),
            worst_at=None if verdict.worst_at is None else to_rfc3339(verdict.worst_at),
            met=verdict.met,
        )


class PowerQualityDocument(Out):
    """Whether a week of an asset's supply complied with EN 50160."""

    asset: str
    week: str
    start: TimeOut
    end: TimeOut
    timezone: str
    standard: str = "EN 50160"
    share: float = SHARE
    """Of the 10-minute means that must be within the limit."""
    nominal_v: float
    interrupted: int
    """Periods of 10 minutes with an interruption: they count for no criterion."""
    met: bool | None
    verdicts: list[VerdictDocument]

    @classmethod
    def of(cls, quality: Quality, *, asset: str, timezone: str) -> "PowerQualityDocument":
        """Return the document of a week."""
        return cls(
            asset=asset,
            week=str(quality.week),
            start=to_rfc3339(quality.week.start),
            end=to_rfc3339(quality.week.end),
            timezone=timezone,
            nominal_v=quality.nominal_v,
            interrupted=quality.interrupted,
            met=quality.met,
            verdicts=[VerdictDocument.of(each) for each in quality.verdicts],
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
