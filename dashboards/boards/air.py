"""The air side: air handling units, VAV boxes, fan-coil units."""

from collections.abc import Iterator

from plantroom.dashboards.annotations import alarm_periods
from plantroom.dashboards.bilingual import said
from plantroom.dashboards.board import Board
from plantroom.dashboards.layout import Section
from plantroom.dashboards.panel import Panel
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.readings import Readings
from plantroom.dashboards.variables import LAST, MAX, SITE, TIER, assets_of


def board(plant: Plant) -> Board:
    """Return the dashboard of everything that moves and conditions air."""
    units, boxes, coils = (
        Readings(plant=plant, asset_class=name) for name in ("ahu", "vav_box", "fan_coil_unit")
    )
    return Board(
        name="air",
        title=said("HVAC, air side", "空调末端"),
        description=said(
            "Are people comfortable, and is heating and cooling spent well?",
            "环境是否舒适？冷热量是否合理使用？",
        ),
        sections=[
            Section(title=said("Air handling units", "空气处理机组"), panels=list(_units(units))),
            Section(title=said("VAV boxes", "变风量末端"), panels=list(_boxes(boxes))),
            Section(title=said("Fan-coil units", "风机盘管"), panels=list(_coils(coils))),
        ],
        variables=[SITE, assets_of("ahu", "vav_box", "fan_coil_unit"), TIER, LAST, MAX],
        alarms=alarm_periods(),
        span="24h",
        refresh="1m",
    )


def _units(units: Readings) -> Iterator[Panel]:
    yield units.states(
        "running", said("Which units run, and since when?", "哪些机组在运行？何时启动？"), width=8
    )
    yield units.states(
        "occupied",
        said("Do they run when nobody is there? Compare with Running.", "无人时是否仍运行？与运行状态对照。"),
        title=said("Occupied by the schedule", "时间表占用"),
        width=8,
    )
    yield units.state_rows(
        ("fan_fault", "freeze_stat", "condensate_high"),
        said("Has a fan failed, a coil nearly frozen, a pan filled?", "风机故障、防冻动作或水盘满？"),
        title=said("Faults", "故障"),
        width=8,
    )
    yield units.trend(
        "supply_temp", said("Is the supply air what it should be?", "送风温度是否正常？"), width=8
    )
    yield units.computed(
        'mean("supply_temp") - mean("supply_setpoint")',
        said("Is the set-point held? Zero is best.", "是否达到设定值？以零为佳。"),
        title=said("Supply air off its set-point", "送风温度偏差"),
        unit="K",
        width=8,
    )
    yield units.trend("return_temp", said("What do the rooms send back?", "回风温度？"), width=8)
    yield units.trend(
        "mixed_temp", said("Does outdoor and return air mix as it should?", "混风是否正常？"), width=8
    )
    yield units.trend(
        "outdoor_temp",
        said("How warm is it outdoors, and do the sensors agree?", "室外温度？各传感器是否一致？"),
        width=8,
    )
    yield units.trend(
        "return_co2", said("Is there enough fresh air?", "新风是否充足？"), read="highest", width=8
    )
    yield units.trend("cooling_valve", said("How much cold do they take?", "冷量需求？"), width=6)
    yield units.trend(
        "heating_valve", said("Is there heating while another cools?", "是否同时加热与制冷？"), width=6
    )
    yield units.trend(
        "damper", said("Is outdoor air used where it cools for nothing?", "是否利用新风免费供冷？"), width=6
    )
    yield units.trend("fan_speed", said("How hard do the fans work?", "风机负荷？"), width=6)
    yield units.computed(
        'mean("duct_pressure") - mean("duct_pressure_setpoint")',
        said("Is the duct pressure held? Zero is best.", "风管静压是否稳定？以零为佳。"),
        title=said("Duct pressure off its set-point", "风管静压偏差"),
        unit="Pa",
        width=8,
    )
    yield units.trend("filter_pressure", said("Which filter must be changed?", "哪个过滤网需更换？"), width=8)
    yield units.trend("power", said("What does each fan take?", "各风机耗电功率？"), width=8)


def _boxes(boxes: Readings) -> Iterator[Panel]:
    yield boxes.trend("zone_temp", said("Are the zones comfortable?", "区域温度是否舒适？"), width=8)
    yield boxes.computed(
        'mean("zone_temp") - mean("zone_setpoint")',
        said("Which zone is off its set-point?", "哪个区域偏离设定？"),
        title=said("Zone off its set-point", "区域温度偏差"),
        unit="K",
        width=8,
    )
    yield boxes.trend(
        "zone_co2", said("Is there enough fresh air?", "新风是否充足？"), read="highest", width=8
    )
    yield boxes.computed(
        'mean("flow") - mean("flow_setpoint")',
        said("Does the box deliver what it is asked for?", "风量是否达到要求？"),
        title=said("Air flow off its set-point", "风量偏差"),
        unit="m3/h",
        width=8,
    )
    yield boxes.trend(
        "damper", said("Is a box starved, its damper wide open?", "风阀全开是否仍缺风？"), width=8
    )
    yield boxes.trend(
        "reheat_valve", said("Is air heated that was cooled before?", "是否再热已冷却的空气？"), width=8
    )


def _coils(coils: Readings) -> Iterator[Panel]:
    yield coils.trend("room_temp", said("Are the rooms comfortable?", "房间温度是否舒适？"), width=8)
    yield coils.computed(
        'mean("room_temp") - mean("room_setpoint")',
        said("Which room is off its set-point?", "哪个房间偏离设定？"),
        title=said("Room off its set-point", "室温偏差"),
        unit="K",
        width=8,
    )
    yield coils.states("fan", said("At which step do the fans run?", "风机档位？"), width=8)
    yield coils.states("mode", said("Heating or cooling?", "制冷还是制热？"), width=8)
    yield coils.trend("supply_temp", said("Does the coil cool and heat?", "盘管冷热是否正常？"), width=8)
    yield coils.state_rows(
        ("fault", "condensate_high"),
        said("Has one failed, or is a pan full?", "是否故障或水盘满？"),
        title=said("Faults", "故障"),
        width=8,
    )
