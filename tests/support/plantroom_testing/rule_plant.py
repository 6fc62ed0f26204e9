"""A small plant for the rules engine: its points, its rules, and batches of messages from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

import numpy as np

from plantroom.domain.alarm import Transition
from plantroom.domain.expression.parser import parse
from plantroom.domain.expression.tree import Expression
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Rule
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.domain.site import Asset, Point, Site, ValueType
from plantroom.rules.engine import Engine

POINTS = (
    Point(name="temp", unit="degC", every=timedelta(seconds=10)),
    Point(name="supply", unit="degC", every=timedelta(seconds=15)),
    Point(name="running", value_type=ValueType.BOOLEAN, every=timedelta(seconds=10)),
    Point(name="unwatched"),
)
PUMP = {"P-1": "pump"}


@dataclass(frozen=True)
class Message:
    """What an asset said at `ts` (s); a value may come with its quality."""

    asset: str
    ts: float
    values: Mapping[str, float | tuple[float, Quality]]
    arrived: float | None = None
    """s; None: when it was measured."""


@lru_cache(maxsize=1000)
def parsed(text: str, points: tuple[Point, ...]) -> Expression:
    return parse(text, points={point.name: point for point in points})


def rule(
    when: str,
    *,
    name: str = "r",
    clear: str | None = None,
    hold: float = 0,
    keep: float = 0,
    asset_class: str = "pump",
    points: tuple[Point, ...] = POINTS,
) -> Rule:
    return Rule(
        id=name,
        asset_class=asset_class,
        when=parsed(when, points),
        clear=parsed(clear, points) if clear else None,
        hold=timedelta(seconds=hold),
        keep=timedelta(seconds=keep),
    )


def site(name: str = "riverside", assets: Mapping[str, str] = PUMP, points: Sequence[Point] = POINTS) -> Site:
    return Site(
        id=name,
        assets=tuple(
            Asset(id=asset, asset_class=kind, points=tuple(points)) for asset, kind in assets.items()
        ),
    )


def installation(*rules: Rule, sites: Sequence[Site] = (site(),)) -> Installation:
    return Installation(
        table=PointTable(sites=tuple(sites)), classes={}, rules={one.id: tuple(rules) for one in sites}
    )


def batch(table: PointTable, messages: Sequence[Message]) -> SampleBatch:
    rows = [
        (
            table.number[message.asset, point],
            round(message.ts * 1000),
            *(value if isinstance(value, tuple) else (value, Quality.GOOD)),
            round((message.ts if message.arrived is None else message.arrived) * 1000),
            number,
        )
        for number, message in enumerate(messages)
        for point, value in message.values.items()
    ]
    point, ts, value, quality, arrived, ordinal = zip(*rows, strict=True) if rows else [()] * 6
    return SampleBatch(
        point=np.array(point, np.int32),
        ts=np.array(ts, np.int64),
        value=np.array(value, np.float64),
        quality=np.array(quality, np.uint8),
        arrived=np.array(arrived, np.int64),
        message=np.array(ordinal, np.int32),
    )


def told(transitions: Sequence[Transition]) -> list[tuple[str, float]]:
    """Return what happened and when, in s."""
    return [(one.kind.value, one.at / 1000) for one in transitions]


@dataclass
class Watched:
    """An engine with one pump, `P-1`, spoken to in seconds."""

    rules: Sequence[Rule]
    points: tuple[Point, ...] = POINTS
    plant: Installation = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.plant = installation(*self.rules, sites=[site(points=self.points)])
        self.engine = Engine(self.plant)

    def says(self, ts: float, **values: float | tuple[float, Quality]) -> list[tuple[str, float]]:
        return told(self.report(Message("P-1", ts, values)))

    def report(self, *messages: Message) -> list[Transition]:
        return self.engine.observe(batch(self.plant.table, messages), 0)

    def tick(self, now: float) -> list[tuple[str, float]]:
        return told(self.engine.observe(SampleBatch.empty(), round(now * 1000)))
