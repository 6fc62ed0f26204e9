from pathlib import Path

import numpy as np
import pytest

from plantroom.cli.models_minutes import MINUTE, readings_of
from plantroom.domain.model import Gate
from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality
from plantroom.models.frame import Frame
from plantroom.models.history import Readings, frame_of
from plantroom.models.outline import outline_of
from plantroom.storage.series.arrays import bucketed
from plantroom.storage.series.port import Series
from plantroom_testing.files import loaded

GATES = (Gate(point="running", low=0.5),)
POINTS = ("flow", "current", "running")
SITE = """
site: s
models: {pump: {settle: 10 min}}
assets: [{id: P-1, class: pump}]
"""


@pytest.fixture
def table(tmp_path: Path) -> PointTable:
    return loaded(tmp_path, SITE).table


def recorded(minutes: int = 600) -> dict[str, Series]:
    """Return readings every ten seconds of a pump that stops for a while, once only for some seconds."""
    ts = np.arange(minutes * 6, dtype=np.int64) * 10_000
    random = np.random.default_rng(1)
    running = np.ones(len(ts))
    running[600:900], running[2002:2004] = 0, 0
    flow = 80 + random.normal(0, 3, len(ts))
    flow[3000:3060] = np.nan
    quality = np.full(len(ts), Quality.GOOD, np.uint8)
    values = {"flow": flow, "current": 20 + random.normal(0, 1, len(ts)), "running": running}
    return {name: Series(ts=ts, value=value, quality=quality) for name, value in values.items()}


def frame(table: PointTable, readings: dict[str, Readings]) -> Frame:
    by_key = {("P-1", name): each for name, each in readings.items()}
    settle = table.assets[0].models.settle  # type: ignore[union-attr]
    return frame_of(table, "P-1", points=POINTS, gates=GATES, settle=settle, readings=by_key)


def test_minutes_make_the_rows_that_the_readings_themselves_make(table: PointTable) -> None:
    series = recorded()
    settle = table.assets[0].models.settle  # type: ignore[union-attr]
    outline = outline_of(table, table.assets[0], points=POINTS, gates=GATES, settle=settle)
    minutes = {
        column.name: readings_of(bucketed(series[column.name], every=MINUTE, limit=10_000), column)
        for column in outline.columns
    }

    raw = frame(
        table,
        {name: Readings(ts=each.ts, value=each.value, quality=each.quality) for name, each in series.items()},
    )
    made = frame(table, minutes)

    assert made.ts.tolist() == raw.ts.tolist()
    assert made.live.tolist() == raw.live.tolist()
    assert 0 < np.count_nonzero(~made.live) < 200
    np.testing.assert_allclose(made.values, raw.values, rtol=1e-9)
