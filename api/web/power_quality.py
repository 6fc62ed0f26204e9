"""The page of a week's power quality."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from plantroom.api.power_quality import nominal_of, read_means
from plantroom.api.problems import not_found
from plantroom.api.routes.power_quality import week_of
from plantroom.api.web.door import door
from plantroom.api.web.reader import Reader, VisitorOf
from plantroom.api.web.render import render
from plantroom.api.web.voice import number
from plantroom.domain.power_quality import (
    LIMITS,
    PHASES,
    POINTS,
    TEN_MINUTES_MS,
    Criterion,
    Means,
    Week,
    judge,
)
from plantroom.domain.site import Asset

WIDTH: Final = 1008
HEIGHT: Final = 120
MARGIN: Final = 1.3
"""How far beyond the limits a picture reaches, in limits."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The course of one point over the week, in the coordinates of the drawing."""

    lines: Sequence[str]
    """Points of polylines, broken where means are missing."""
    limits: Sequence[float]
    """Heights of the limits."""


@router.get("/power-quality")
def show_power_quality(
    request: Request,
    reader: VisitorOf,
    asset: Annotated[str | None, Query(max_length=64)] = None,
    week: Annotated[str | None, Query(max_length=16)] = None,
) -> Response:
    """Show whether a week of an asset's supply complied."""
    return door(request) if reader is None else _page(reader, asset, week)


def _page(reader: Reader, asset_id: str | None, written: str | None) -> Response:
    services, table = reader.services, reader.services.installation.table
    measured = [each for each in table.assets if _measures(each)]
    asked = [each for each in measured if asset_id in (None, each.id)]
    title = reader.voice.word("power_quality")
    if not asked and asset_id is not None:
        raise not_found(f"power quality of {asset_id}")
    shown: dict[str, Any] = {"chosen": None, "quality": None, "pictures": {}}
    if asked:
        chosen = asked[0]
        zone = table.site_of[table.asset_number[chosen.id]].timezone
        week = week_of(written, zone, now=services.clock())
        means = read_means(services.store, chosen, week)
        nominal_v = nominal_of(chosen)
        monday = datetime.fromtimestamp(week.start / 1000, zone).date()
        shown = {
            "chosen": chosen,
            "quality": judge(week, means, nominal_v=nominal_v),
            "pictures": {each.point: picture(each, week, nominal_v=nominal_v) for each in means},
            "before": Week.of(monday - timedelta(days=7), zone),
            "after": Week.of(monday + timedelta(days=7), zone),
            "at": lambda ms: f"{datetime.fromtimestamp(ms / 1000, zone):%a %m-%d %H:%M}",
        }
    return render(
        "power_quality.html",
        title=title,
        measured=measured,
        number=number,
        size=(WIDTH, HEIGHT),
        **shown,
        **reader.base(),
    )


def _measures(asset: Asset) -> bool:
    names = {point.name for point in asset.points}
    return asset.asset_class != "generator" and names >= set(PHASES)


def picture(means: Means, week: Week, *, nominal_v: float) -> Picture:
    """Return the drawing of a week, the limits at the same height for all points of a criterion."""
    criterion = POINTS[means.point]
    limit = LIMITS[criterion]
    is_voltage = criterion is Criterion.VOLTAGE
    off = 100 * (means.mean / nominal_v - 1) if is_voltage else means.mean
    top, bottom = MARGIN * limit, -MARGIN * limit if is_voltage else 0.0
    x = (means.ts - week.start) / (week.end - week.start) * WIDTH
    y = HEIGHT * (top - np.clip(off, bottom, top)) / (top - bottom)
    breaks = np.flatnonzero(np.diff(means.ts) > TEN_MINUTES_MS) + 1
    lines = [
        " ".join(f"{left:.1f},{down:.1f}" for left, down in zip(part_x, part_y, strict=True))
        for part_x, part_y in zip(np.split(x, breaks), np.split(y, breaks), strict=True)
        if len(part_x)
    ]
    marks = (limit, 0.0, -limit) if is_voltage else (limit,)
    return Picture(lines=lines, limits=[HEIGHT * (top - mark) / (top - bottom) for mark in marks])
