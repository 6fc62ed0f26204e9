"""A pump whose models were trained on healthy days, and what was recorded of it since."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plantroom.domain.installation import Installation
from plantroom.domain.model import ANOMALY, Gate, ModelPlan
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.models.bundle import Bundle, Fitted, to_kept
from plantroom.models.frame import Frame
from plantroom.models.history import Readings, frame_of
from plantroom.models.kinds import new_detector
from plantroom.storage.models.manifest import Training
from plantroom.storage.models.registry import Registry
from plantroom.storage.series.port import TimeSeriesStore
from plantroom_testing.files import loaded

MINUTE = 60_000
DAY = 1440 * MINUTE
HEALTHY_DAYS = 6
SITE = """
site: riverside
name: {en: Riverside Plaza, zh: 江滨广场}
timezone: Asia/Shanghai
packs: [pump, models]
models:
  pump:
    gates: [{point: running, low: 0.5}]
    settle: 10 min
    models:
      - {id: whole, kind: pca, points: [flow, current, vibration]}
      - {id: current, kind: expected, target: current, points: [current, flow]}
      - {id: wear, kind: life, points: [vibration], limit: 7.1}
assets:
  - {id: P-101, class: pump, name: {en: Chilled water pump 1, zh: 1号冷冻水泵}}
  - {id: P-102, class: pump, name: {en: Chilled water pump 2, zh: 2号冷冻水泵}}
"""


def installation(folder: Path) -> Installation:
    """Return a site with two pumps, whose models are those of `SITE`."""
    return loaded(folder, SITE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pump:
    """What was recorded of a pump, a reading a minute up to `end` (ms), some days after it was healthy."""

    end: int
    days: float = 1.0
    """Since it was last known to be healthy."""
    current_share: float = 0.0
    """By how much the current is too high since."""
    wear: float = 0.0
    """By how much the vibration rises a day since, mm/s."""

    @property
    def healthy_until(self) -> int:
        """When its models ended to learn."""
        return self.end - round(self.days * DAY)

    @property
    def columns(self) -> dict[str, npt.NDArray[np.float64]]:
        """Readings by point."""
        ts = self.ts
        random = np.random.default_rng(7)
        days = np.maximum(0, (ts - self.healthy_until) / DAY)
        flow = 80 + 25 * np.sin(2 * np.pi * ts / DAY) + random.normal(0, 1, len(ts))
        current = (10 + 0.2 * flow) * (1 + self.current_share * (days > 0)) + random.normal(0, 0.2, len(ts))
        vibration = 1.5 + self.wear * days + random.normal(0, 0.1, len(ts))
        return {"running": np.ones(len(ts)), "flow": flow, "current": current, "vibration": vibration}

    @property
    def ts(self) -> npt.NDArray[np.int64]:
        """When it was read."""
        count = round((HEALTHY_DAYS + self.days) * 1440)
        first = (self.end // MINUTE - count) * MINUTE + 50_000
        return first + np.arange(count, dtype=np.int64) * MINUTE

    def samples(self, table: PointTable, asset: str) -> SampleBatch:
        """Return all readings, in the order of their time."""
        columns = {name: value for name, value in self.columns.items() if (asset, name) in table.number}
        numbers = np.array([table.number[asset, name] for name in columns], np.int32)
        ts = np.repeat(self.ts, len(columns))
        return SampleBatch(
            point=np.tile(numbers, len(self.ts)),
            ts=ts,
            value=np.column_stack(list(columns.values())).reshape(-1),
            quality=np.zeros(len(ts), np.uint8),
            arrived=ts,
            message=np.repeat(np.arange(len(self.ts), dtype=np.int32), len(columns)),
        )


def trained(table: PointTable, asset: str, pump: Pump, *, limit: float = 2.0) -> Bundle:
    """Return the models of an asset, which learnt while the pump was healthy."""
    plan = table.assets[table.asset_number[asset]].models
    assert plan is not None
    frame = _healthy(table, asset, pump, plan)
    return Bundle(
        asset=asset,
        version=1,
        gates=plan.gates,
        settle=plan.settle,
        models=tuple(
            Fitted(id=each.id, detector=new_detector(each).fit(frame.columns(each.points)), limit=limit)
            for each in plan.detectors
        ),
    )


def _healthy(table: PointTable, asset: str, pump: Pump, plan: ModelPlan) -> Frame:
    frame = _frame(table, asset, pump, plan.gates, plan.settle)
    return frame.rows(frame.ts < pump.healthy_until)


def _frame(table: PointTable, asset: str, pump: Pump, gates: tuple[Gate, ...], settle: timedelta) -> Frame:
    quality = np.zeros(len(pump.ts), np.uint8)
    columns = pump.columns
    readings = {
        (asset, name): Readings(ts=pump.ts, value=value, quality=quality) for name, value in columns.items()
    }
    return frame_of(table, asset, points=tuple(columns), gates=gates, settle=settle, readings=readings)


def kept(registry: Registry, bundle: Bundle, pump: Pump) -> None:
    """Put `bundle` to work in `registry`."""
    document, arrays = to_kept(bundle)
    registry.add(
        Training(
            asset=bundle.asset,
            asset_class="pump",
            plan="test",
            start=int(pump.ts[0]),
            end=pump.healthy_until,
            rows=HEALTHY_DAYS * 1440,
            trained_at=pump.healthy_until,
            limits={each.id: each.limit for each in bundle.models},
        ),
        document,
        arrays,
        activate=True,
    )


def stored(store: TimeSeriesStore, table: PointTable, bundle: Bundle, pump: Pump) -> None:
    """Put into `store` what was read and what the models derive of it."""
    store.write(pump.samples(table, bundle.asset))
    frame = _frame(table, bundle.asset, pump, bundle.gates, bundle.settle)
    derived: dict[str, npt.NDArray[np.float64]] = {ANOMALY: np.full(len(frame), np.nan)}
    for fitted in bundle.models:
        scores = fitted.detector.score(frame)
        derived[ANOMALY] = np.fmax(derived[ANOMALY], scores.raw / fitted.limit)
        derived |= scores.derived
    for name, value in derived.items():
        _write(store, table.number[bundle.asset, name], frame.ts, value)


def _write(
    store: TimeSeriesStore, point: int, ts: npt.NDArray[np.int64], value: npt.NDArray[np.float64]
) -> None:
    told = np.isfinite(value)
    ts = ts[told]
    store.write(
        SampleBatch(
            point=np.full(len(ts), point, np.int32),
            ts=ts,
            value=value[told],
            quality=np.zeros(len(ts), np.uint8),
            arrived=ts,
            message=np.arange(len(ts), dtype=np.int32),
        )
    )
