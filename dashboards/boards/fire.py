"""Fire: panels, pumps, sprinkler lines. Watched only; the panel remains the legal alarm."""

from collections.abc import Iterator

from plantroom.dashboards.annotations import alarm_periods
from plantroom.dashboards.bilingual import said
from plantroom.dashboards.board import Board
from plantroom.dashboards.layout import Section
from plantroom.dashboards.panel import Panel
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.readings import Readings
from plantroom.dashboards.variables import LAST, MAX, MIN, SITE, TIER, assets_of


def board(plant: Plant) -> Board:
    """Return the dashboard of everything that finds and fights fire."""
    panels, pumps, lines = (
        Readings(plant=plant, asset_class=name) for name in ("fire_panel", "fire_pump", "sprinkler_line")
    )
    return Board(
        name="fire",
        title=said("Fire", "消防"),
        description=said(
            "Is there a fire, and would everything work if there were? The panel remains the legal alarm.",
            "是否有火警？消防设施是否随时可用？法定报警以火灾报警控制器为准。",
        ),
        sections=[
            Section(title=said("Fire alarm control panel", "火灾报警控制器"), panels=list(_panel(panels))),
            Section(title=said("Fire pumps", "消防泵"), panels=list(_pumps(pumps))),
            Section(title=said("Sprinkler lines", "喷淋管路"), panels=list(_lines(lines))),
        ],
        variables=[SITE, assets_of("fire_panel", "fire_pump", "sprinkler_line"), TIER, LAST, MAX, MIN],
        alarms=alarm_periods(),
        refresh="10s",
    )


def _panel(panels: Readings) -> Iterator[Panel]:
    yield panels.now("alarm", said("Is there a fire alarm now?", "当前是否有火警？"), width=6)
    yield panels.now("supervisory", said("Is a supervisory signal up?", "是否有监管信号？"), width=6)
    yield panels.now("trouble", said("Is there trouble?", "是否有故障？"), width=6)
    yield panels.now("disabled", said("Is anything disabled?", "是否有屏蔽？"), width=6)
    yield panels.state_rows(
        ("alarm", "supervisory", "trouble", "disabled", "test_mode", "silenced"),
        said(
            "What came first: alarm, supervisory, trouble? Three classes, never merged.",
            "火警、监管、故障何时发生？三类不合并。",
        ),
        title=said("Alarm, supervisory, trouble", "火警、监管、故障"),
        width=12,
    )
    yield panels.state_rows(
        ("linkage_mode", "linkage_started", "linkage_feedback", "supply", "mains_fault", "loop_fault"),
        said("Would linkage act, and is the panel supplied?", "联动是否处于自动？供电是否正常？"),
        title=said("Linkage, supply and loops", "联动、供电与回路"),
        width=12,
    )
    yield panels.trends(
        {
            "alarms": said("alarms", "火警"),
            "supervisories": said("supervisory", "监管"),
            "troubles": said("troubles", "故障"),
            "disablements": said("disabled", "屏蔽"),
        },
        said("How many points report, of which kind?", "各类报告点数？"),
        title=said("Points reporting", "报告点数"),
        width=8,
    )
    yield panels.trend(
        "battery_voltage", said("Would the battery last?", "备用电源是否可靠？"), read="lowest", width=8
    )
    yield panels.trend(
        "contamination_max", said("Must detectors be cleaned?", "探测器是否需清洗？"), read="highest", width=8
    )


def _pumps(pumps: Readings) -> Iterator[Panel]:
    yield pumps.states("mode", said("Would they start by themselves?", "是否处于自动？"), width=8)
    yield pumps.states("running", said("Do they run?", "是否运行？"), width=8)
    yield pumps.state_rows(
        ("demand", "start_failed", "fault", "power_available", "phase_reversed"),
        said("Is one called for, and could it answer?", "是否有启动要求？能否响应？"),
        title=said("Readiness", "待命状态"),
        width=8,
    )
    yield pumps.trend(
        "pressure", said("Is the line under pressure?", "管网压力是否保持？"), read="lowest", width=8
    )
    yield pumps.trend(
        "reserve_level", said("Is the fire water there?", "消防水池水位是否充足？"), read="lowest", width=8
    )
    yield pumps.trend("test_age", said("Is each tested every week?", "是否按周试运行？"), width=8)


def _lines(lines: Readings) -> Iterator[Panel]:
    yield lines.state_rows(
        ("flow_alarm", "alarm_valve", "tamper", "trouble", "valve_open"),
        said("Does water flow, and are all valves open?", "是否出水？阀门是否全开？"),
        title=said("Flow, valves, tamper", "水流、阀门与防拆"),
        width=12,
    )
    yield lines.trend("pressure", said("Does a line leak?", "管路是否泄漏？"), read="lowest", width=6)
    yield lines.trend("pipe_temp", said("May a pipe freeze?", "管道是否可能冻结？"), read="lowest", width=6)
