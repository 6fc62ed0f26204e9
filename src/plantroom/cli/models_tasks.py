"""What there is to learn for each asset, gathered one after the other: memory holds a few at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

import numpy.typing as npt

from plantroom.cli.models_minutes import MINUTE, Minutes
from plantroom.cli.models_trouble import Trouble
from plantroom.cli.models_worker import JudgedReadings, Task
from plantroom.domain.errors import ModelUnusable
from plantroom.domain.feedback import Verdict
from plantroom.domain.installation import Installation
from plantroom.domain.model import ModelPlan
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset, Site
from plantroom.domain.workdays import day_at
from plantroom.models.guardrails import LEAST, vibration_zone
from plantroom.models.outline import Outline, outline_of, source_of
from plantroom.models.threshold import FALSE_ALARMS_PER_MONTH
from plantroom.storage.models.registry import Registry

DAY: Final = 86_400_000
USUAL: Final = timedelta(days=30)
"""What models learn from: a month has every kind of day."""
LOOK_BACK: Final = timedelta(days=90)
"""How far back is looked where that is too little: as long as samples are kept by default."""
_JUDGED: Final = 20
"""So many of the last judged alarms are looked at again."""
_BEFORE_ALARM: Final = 6 * 3_600_000
_LONGEST_ALARM: Final = 24 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How is to be trained."""

    start: int | None = None
    """ms since the epoch; None: `days` before the end."""
    end: int | None = None
    """None: the newest reading."""
    days: timedelta = USUAL
    looks_back: bool = True
    """Whether it is tried from a longer time where that is too little."""
    least: timedelta = LEAST
    per_month: float = FALSE_ALARMS_PER_MONTH
    relearn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """Where what is to be learnt comes from."""

    installation: Installation
    minutes: Minutes
    trouble: Trouble
    registry: Registry
    now: int
    """ms since the epoch."""

    def tasks(self, assets: Iterable[Asset], wanted: Wanted) -> Iterator[Task]:
        """Yield what there is to learn for `assets`, all of which have models."""
        for asset in assets:
            assert asset.models is not None
            end = wanted.end or (self.minutes.newest(asset.id) or self.now) + MINUTE
            start = wanted.start or end - wanted.days // timedelta(milliseconds=1)
            yield self._task(asset, asset.models, wanted, start=start, end=end)

    def _task(self, asset: Asset, plan: ModelPlan, wanted: Wanted, *, start: int, end: int) -> Task:
        table = self.installation.table
        site = table.site_of[table.asset_number[asset.id]]
        plan = of_site(plan, site, end)
        zone = vibration_zone(self.installation.rules.get(site.id, ()), asset, site)
        looked_at = [point for detector in plan.detectors for point in detector.points]
        looked_at += [] if zone is None else [zone.point]
        outline = outline_of(table, asset, points=looked_at, gates=plan.gates, settle=plan.settle)
        verdicts = {each.alarm: each.verdict for each in self.registry.feedback(asset.id)}
        return Task(
            table=_around(table, asset, [*looked_at, *(gate.point for gate in plan.gates)]),
            asset=asset.id,
            plan=plan,
            readings=self.minutes.read(outline, start=start, end=end),
            incidents=self.trouble.incidents(asset.id, judged=verdicts),
            zone=zone,
            judged=tuple(self._judged(asset, outline)),
            present=self._present(asset),
            relearn=wanted.relearn,
            per_month=wanted.per_month,
            least=wanted.least,
        )

    def _judged(self, asset: Asset, outline: Outline) -> Iterator[JudgedReadings]:
        for each in self.registry.feedback(asset.id)[-_JUDGED:]:
            end = min(each.until or each.at + 3_600_000, each.at + _LONGEST_ALARM)
            yield JudgedReadings(
                readings=self.minutes.read(outline, start=each.at - _BEFORE_ALARM, end=end + MINUTE),
                start=each.at - 15 * MINUTE,
                end=end,
                is_real=each.verdict is Verdict.REAL_FAULT,
            )

    def _present(self, asset: Asset) -> tuple[Mapping[str, Any], Mapping[str, npt.NDArray[Any]]] | None:
        standing = self.registry.standings().get(asset.id)
        if standing is None or standing.active is None:
            return None
        try:
            kept = self.registry.kept(asset.id, standing.active)
        except ModelUnusable:
            return None
        return kept.document, kept.arrays


def of_site(plan: ModelPlan, site: Site, end: int) -> ModelPlan:
    """Return the plan with the site's clock and holidays for models that go by the week."""
    offset = datetime.fromtimestamp(end / 1000, UTC).astimezone(site.timezone).utcoffset() or timedelta()
    own: dict[str, float | str] = {
        "utc_offset": offset / timedelta(hours=1),
        "holidays": ",".join(_free_days(site, end // DAY)),
    }
    return replace(
        plan,
        detectors=tuple(
            replace(each, settings={**own, **each.settings}) if each.kind == "seasonal" else each
            for each in plan.detectors
        ),
    )


def _free_days(site: Site, today: int) -> tuple[str, ...]:
    return _holidays(str(site.timezone), site.holidays, today // 30) if site.holidays else ()


@cache
def _holidays(timezone: str, country: str, month: int) -> tuple[str, ...]:
    """Return the free days of the week, of three months before a month since the epoch to two years after."""
    from zoneinfo import ZoneInfo

    zone, found = ZoneInfo(timezone), []
    for day in range(30 * month - 90, 30 * month + 730):
        noon = datetime.combine(date.fromordinal(719_163 + day), datetime.min.time(), zone).replace(hour=12)
        said = day_at(round(noon.timestamp() * 1000), zone=zone, holidays=country)
        if not said.workday and said.weekday <= 5:
            found.append(noon.date().isoformat())
    return tuple(found)


def _around(table: PointTable, asset: Asset, points: Iterable[str]) -> PointTable:
    """Return the table of an asset and of those whose points its models look at."""
    site = table.site_of[table.asset_number[asset.id]]
    named = {source_of(asset, point)[0] for point in points} | {asset.id}
    assets = tuple(
        table.assets[table.asset_number[each]] for each in sorted(named) if each in table.asset_number
    )
    return PointTable((replace(site, assets=assets, mappings=(), sparkplug=None),))
