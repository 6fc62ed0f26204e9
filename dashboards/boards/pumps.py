"""Pumps, tanks, sumps and water meters."""

from collections.abc import Iterator

from plantroom.dashboards.annotations import alarm_periods
from plantroom.dashboards.bilingual import said
from plantroom.dashboards.board import Board
from plantroom.dashboards.layout import Section
from plantroom.dashboards.panel import Panel
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.readings import Readings
from plantroom.dashboards.scale import Scale
from plantroom.dashboards.variables import LAST, MAX, MIN, SITE, TIER, assets_of


def board(plant: Plant) -> Board:
    """Return the dashboard of everything that moves and holds water."""
    pumps, tanks, sumps, meters = (
        Readings(plant=plant, asset_class=name) for name in ("pump", "water_tank", "sump", "water_meter")
    )
    return Board(
        name="pumps",
        title=said("Pumps and water", "水泵与给排水"),
        description=said(
            "Do the pumps run as they should, and is there water?", "水泵运行是否正常？供水是否充足？"
        ),
        sections=[
            Section(title=said("Pumps", "水泵"), panels=list(_pumps(pumps))),
            Section(title=said("Water tanks", "水箱"), panels=list(_tanks(tanks))),
            Section(title=said("Sumps", "集水坑"), panels=list(_sumps(sumps))),
            Section(title=said("Water meters", "水表"), panels=list(_meters(meters))),
        ],
        variables=[
            SITE,
            assets_of("pump", "water_tank", "sump", "water_meter"),
            TIER,
            LAST,
            MAX,
            MIN,
        ],
        alarms=alarm_periods(),
    )


def _pumps(pumps: Readings) -> Iterator[Panel]:
    yield pumps.states(
        "running", said("Which pumps run, and since when?", "哪些水泵在运行？何时启动？"), width=12
    )
    yield pumps.states("fault", said("Has a motor's protection tripped?", "电机保护是否动作？"), width=12)
    yield pumps.trend(
        "vibration",
        said("Do bearings or alignment get worse?", "轴承或对中是否恶化？"),
        read="highest",
        width=8,
    )
    yield pumps.trend(
        "bearing_temp", said("Does a bearing run hot?", "轴承是否过热？"), read="highest", width=8
    )
    yield pumps.trend("motor_temp", said("Does a motor run hot?", "电机是否过热？"), read="highest", width=8)
    yield pumps.trend("flow", said("Does each pump deliver what it should?", "流量是否正常？"), width=8)
    yield pumps.trend(
        "pressure", said("Is the pressure behind the pumps held?", "出口压力是否稳定？"), width=8
    )
    yield pumps.trend(
        "suction_pressure",
        said("Is there enough water before the pumps, or do they cavitate?", "入口压力是否充足？是否汽蚀？"),
        read="lowest",
        width=8,
    )
    yield pumps.trend("power", said("What does each pump take?", "各泵耗电功率？"), width=8)
    yield pumps.computed(
        'mean("flow") * (mean("pressure") - mean("suction_pressure")) / 36 / mean("power") * 100',
        said(
            "Does pump and motor together get worse? Water power by electric power.",
            "泵组效率是否下降？水功率与电功率之比。",
        ),
        title=said("Efficiency of pump and motor", "泵组效率"),
        unit="%",
        scale=Scale(low=0, high=100),
        width=8,
    )
    yield pumps.trend(
        "strainer_pressure", said("Which strainer must be cleaned?", "哪个过滤器需清洗？"), width=8
    )


def _tanks(tanks: Readings) -> Iterator[Panel]:
    yield tanks.trend("level", said("Is there water for today?", "水量是否充足？"), read="lowest", width=8)
    yield tanks.trends(
        {"inlet_flow": said("in", "进水"), "outlet_flow": said("out", "出水")},
        said("Does as much come in as goes out?", "进出水是否平衡？"),
        title=said("Flow in and out", "进出水流量"),
        width=8,
    )
    yield tanks.state_rows(
        ("high_level", "low_level", "overflow", "cover_open"),
        said("Which switch has acted, and is the cover shut?", "哪个液位开关动作？盖板是否关闭？"),
        title=said("Level switches and cover", "液位开关与盖板"),
        width=8,
    )
    yield tanks.trend(
        "residual_chlorine", said("Is the water disinfected?", "余氯是否达标？"), read="lowest", width=6
    )
    yield tanks.trend("turbidity", said("Is the water clear?", "浊度是否达标？"), read="highest", width=6)
    yield tanks.trend("ph", said("Is the water neutral?", "酸碱度是否达标？"), width=6)
    yield tanks.trend(
        "water_temp",
        said("Does the water get warm, where legionella grow?", "水温是否偏高？易滋生军团菌。"),
        width=6,
    )


def _sumps(sumps: Readings) -> Iterator[Panel]:
    yield sumps.trend("level", said("Does water rise?", "液位是否上升？"), read="highest", width=8)
    yield sumps.state_rows(
        ("pump_1_running", "pump_2_running"),
        said("Do both pumps take their turn?", "两台泵是否轮换运行？"),
        title=said("Drainage pumps", "排水泵"),
        width=8,
    )
    yield sumps.state_rows(
        ("high_level", "overflow_level", "pump_1_fault", "pump_2_fault"),
        said("Is water too high, or a pump out of order?", "液位是否过高？泵是否故障？"),
        title=said("High level and faults", "高液位与故障"),
        width=8,
    )


def _meters(meters: Readings) -> Iterator[Panel]:
    yield meters.trend(
        "flow",
        said("Does water run at night, when nobody uses any?", "夜间无人用水时是否仍有流量？"),
        width=8,
    )
    yield meters.trend(
        "pressure",
        said("Does the city deliver enough pressure?", "市政水压是否充足？"),
        read="lowest",
        width=8,
    )
    yield meters.counted(
        "volume",
        said("How much water is used, and when?", "何时用水多少？"),
        title=said("Water used per interval", "每时段用水量"),
        width=8,
    )
