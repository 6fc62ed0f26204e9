"""One machine of a class: every point that the class has."""

from collections.abc import Sequence

from plantroom.dashboards.annotations import alarm_periods
from plantroom.dashboards.bilingual import said
from plantroom.dashboards.board import Board
from plantroom.dashboards.layout import Section
from plantroom.dashboards.limits import Limit
from plantroom.dashboards.links import board_of, to_console
from plantroom.dashboards.own_limits import drawn, in_grey, in_severity, limit_lines
from plantroom.dashboards.panel import Override
from plantroom.dashboards.panels import StateTimeline, TimeSeries
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.queries import mean, over_time, state
from plantroom.dashboards.readings import FINEST, holds, in_words, with_limits
from plantroom.dashboards.scale import Scale
from plantroom.dashboards.variables import LAST, SITE, TIER, assets_of
from plantroom.dashboards.words import words_of
from plantroom.domain.site import AssetClass, Point, PointKind
from plantroom.domain.text import Text

_PHASES = ("_l1", "_l2", "_l3")
_AIMS = ("_setpoint", "_command")


def board(plant: Plant, asset_class: AssetClass) -> Board:
    """Return the dashboard of one machine of `asset_class`, chosen by the reader."""
    label = asset_class.label
    states = [point for point in asset_class.points if words_of(point)]
    counters = [point for point in asset_class.points if point.kind is PointKind.COUNTER]
    readings = [point for point in asset_class.points if point not in states and point not in counters]
    sections = [
        Section(title=said("States", "状态"), panels=[_states(asset_class.name, states)] if states else []),
        Section(
            title=said("Readings", "读数"),
            panels=[_reading(plant, asset_class.name, group) for group in _groups(readings)],
        ),
        Section(
            title=said("Counters", "累计量"), panels=[_counter(asset_class.name, each) for each in counters]
        ),
    ]
    return Board(
        name=board_of(asset_class.name),
        title=Text(en=f"{label.en}: one machine", zh=f"{label.zh}：单台设备"),
        description=Text(
            en=f"What is this {label.en.lower()} doing, and where does it stand against its limits?",
            zh=f"这台{label.zh}运行如何？距限值多远？",
        ),
        sections=[section for section in sections if section.panels],
        variables=[SITE, assets_of(asset_class.name, several=False), TIER, LAST],
        alarms=alarm_periods(),
        tags=["asset"],
    )


def _states(asset_class: str, points: Sequence[Point]) -> StateTimeline:
    return StateTimeline(
        title=said("States", "状态"),
        question=said(
            "What state was it in, and what changed when something went wrong?",
            "处于何种状态？异常时发生了什么变化？",
        ),
        queries=[state(point.name, of=asset_class, alias=point.label) for point in points],
        overrides=[in_words(point) for point in points],
        every=max(FINEST, *(point.every for point in points)),
        holds=holds(*points),
        links=[to_console()],
        width=24,
        height=3 + len(points),
    )


def _groups(points: Sequence[Point]) -> list[tuple[Point, ...]]:
    """Return what belongs into one chart: the three phases of a quantity, a reading and what it aims at."""
    groups: dict[str, list[Point]] = {}
    for point in points:
        reading = _reading_of(point, points) or point
        groups.setdefault(reading.name.removesuffix(_phase(reading)), []).append(point)
    return [tuple(sorted(group, key=_aims)) for group in groups.values()]


def _phase(point: Point) -> str:
    return next((each for each in _PHASES if point.name.endswith(each)), "")


def _aims(point: Point) -> bool:
    return point.name.endswith(_AIMS)


def _reading_of(aim: Point, points: Sequence[Point]) -> Point | None:
    """Return the reading that a set-point or command is for; None: it is neither, or for none."""
    ending = next((each for each in _AIMS if aim.name.endswith(each)), None)
    if ending is None:
        return None
    stem = aim.name.removesuffix(ending)
    fitting = (each for each in points if each.name.startswith(stem) and each.unit == aim.unit)
    return next((each for each in fitting if not _aims(each)), None)


def _title(points: tuple[Point, ...]) -> Text:
    label = points[0].label
    if not _phase(points[0]):
        return label
    return Text(en=label.en.removesuffix("L1").rstrip(" ,"), zh=label.zh.removesuffix("L1").rstrip(" ，"))


def _reading(plant: Plant, asset_class: str, points: tuple[Point, ...]) -> TimeSeries:
    names = [point.name for point in points]
    shared = plant.limits.shared(asset_class, *names)
    own = drawn(plant.limits.own(asset_class, *names))
    first = points[0]
    return TimeSeries(
        title=_title(points),
        question=with_limits(_question(points), [*shared, *own], first.unit),
        queries=[
            *(mean(point.name, of=asset_class, alias=point.label) for point in points),
            *(limit_lines(own, of=asset_class)),
        ],
        unit=first.unit,
        scale=Scale(limits=shared),
        alone=True,
        series=[point.label for point in points] if len(points) > 1 else (),
        overrides=[*_quiet(points, own), *in_severity(own)],
        every=max(FINEST, *(point.every for point in points)),
        holds=holds(*points),
        links=[to_console()],
        width=8,
        height=7,
    )


def _question(points: tuple[Point, ...]) -> Text:
    label = points[0].label
    if any(map(_aims, points)):
        return said(f"Is it as it is told to be? {label.en}", f"是否达到设定？{label.zh}")
    if _phase(points[0]):
        return said(f"Are the three phases alike? {label.en}", f"三相是否一致？{label.zh}")
    return said(
        f"Which way does it go, and how far is it from its limits? {label.en}",
        f"走势如何？距限值多远？{label.zh}",
    )


def _quiet(points: tuple[Point, ...], own: tuple[Limit, ...]) -> list[Override]:
    """Return that a single reading among its limits is grey, so that the limits alone have colours."""
    if len(points) > 1 or not own:
        return []
    return [in_grey(points[0].label)]


def _counter(asset_class: str, point: Point) -> TimeSeries:
    return TimeSeries(
        title=point.label,
        question=said("By how much did it grow in each interval?", "每时段增加多少？"),
        queries=[
            over_time(
                f'non_negative_difference(last("{point.name}$last"))',
                of=asset_class,
                fill="none",
                alias=point.label,
            )
        ],
        unit=point.unit,
        alone=True,
        bars=True,
        every=max(point.every, 60 * FINEST),
        links=[to_console()],
        width=8,
        height=6,
    )
