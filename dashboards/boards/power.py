"""Power: transformers, distribution panels, generator, UPS."""

from collections.abc import Iterator

from plantroom.dashboards.annotations import alarm_periods
from plantroom.dashboards.bilingual import said
from plantroom.dashboards.board import Board
from plantroom.dashboards.layout import Section
from plantroom.dashboards.panel import Panel
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.readings import Readings
from plantroom.dashboards.variables import LAST, MAX, MIN, SITE, TIER, assets_of
from plantroom.domain.text import Text

_PHASES = ("l1", "l2", "l3")


def board(plant: Plant) -> Board:
    """Return the dashboard of everything that brings electricity."""
    transformers, boards, generators, supplies = (
        Readings(plant=plant, asset_class=name)
        for name in ("transformer", "distribution_panel", "generator", "ups")
    )
    return Board(
        name="power",
        title=said("Power", "供配电"),
        description=said(
            "Is there power, is it good, and does anything run hot?", "供电是否正常？电能质量如何？有无过热？"
        ),
        sections=[
            Section(title=said("Transformers", "变压器"), panels=list(_transformers(transformers))),
            Section(title=said("Distribution panels", "配电柜"), panels=list(_panels(boards))),
            Section(title=said("Generators", "发电机"), panels=list(_generators(generators))),
            Section(
                title=said("Uninterruptible power supplies", "不间断电源"), panels=list(_supplies(supplies))
            ),
        ],
        variables=[
            SITE,
            assets_of("transformer", "distribution_panel", "generator", "ups"),
            TIER,
            LAST,
            MAX,
            MIN,
        ],
        alarms=alarm_periods(),
    )


def _by_phase(prefix: str) -> dict[str, Text]:
    return {f"{prefix}_{phase}": said(phase.upper(), phase.upper()) for phase in _PHASES}


def _transformers(transformers: Readings) -> Iterator[Panel]:
    yield transformers.trend(
        "load", said("Is there room for more load?", "负载余量如何？"), read="highest", width=8
    )
    yield transformers.trends(
        _by_phase("winding_temp"),
        said("Do the windings run hot?", "绕组是否过热？"),
        title=said("Winding temperatures", "绕组温度"),
        width=8,
    )
    yield transformers.state_rows(
        ("energized", "fan_running", "fan_fault", "temp_alarm", "temp_trip", "door_open"),
        said("Is it on, cooled and shut?", "是否带电、冷却正常、柜门关闭？"),
        title=said("Supply, fans and protection", "供电、风机与保护"),
        width=8,
    )
    yield transformers.trends(
        _by_phase("voltage"),
        said("Is the mains voltage within its limits?", "电压是否在限值内？"),
        title=said("Voltages", "三相电压"),
        width=8,
    )
    yield transformers.trends(
        _by_phase("current"),
        said("Do the phases share the load?", "三相电流是否均衡？"),
        title=said("Currents", "三相电流"),
        width=8,
    )
    yield transformers.trend("frequency", said("Is the mains stable?", "电网频率是否稳定？"), width=8)


def _panels(boards: Readings) -> Iterator[Panel]:
    yield boards.states(
        "breaker_closed", said("Which breaker is open or has tripped?", "哪个断路器断开或跳闸？"), width=12
    )
    yield boards.trend("power", said("Where does the power go?", "用电去向？"), width=12)
    yield boards.trend("joint_temp", said("Is a joint loose?", "接头是否松动发热？"), read="highest", width=8)
    yield boards.trend(
        "residual_current", said("Does current leak to earth?", "是否有漏电？"), read="highest", width=8
    )
    yield boards.trend("power_factor", said("Do the capacitors work?", "无功补偿是否正常？"), width=8)
    yield boards.trend(
        "voltage_unbalance", said("Are the voltages equal?", "三相电压是否平衡？"), read="highest", width=6
    )
    yield boards.trend(
        "current_unbalance", said("Are the phases loaded alike?", "三相负荷是否平衡？"), width=6
    )
    yield boards.trend(
        "thd_voltage", said("Is the voltage clean?", "电压谐波是否超标？"), read="highest", width=6
    )
    yield boards.trend(
        "neutral_current",
        said("Is the neutral overloaded by harmonics?", "零线是否因谐波过载？"),
        read="highest",
        width=6,
    )


def _generators(generators: Readings) -> Iterator[Panel]:
    yield generators.states("mode", said("Would it start by itself?", "是否处于自动？"), width=8, height=6)
    yield generators.state_rows(
        ("running", "supplies", "start_failed", "fault"),
        said("Does it run, and does it carry load?", "是否运行并带载？"),
        title=said("Running and faults", "运行与故障"),
        width=8,
        height=6,
    )
    yield generators.trend("power", said("How much does it carry?", "带载多少？"), width=8, height=6)
    yield generators.trend(
        "fuel_level", said("For how long is there fuel?", "燃油可用多久？"), read="lowest", width=6
    )
    yield generators.trend(
        "battery_voltage", said("Would the battery start it?", "启动电池是否正常？"), read="lowest", width=6
    )
    yield generators.trend(
        "coolant_temp", said("Is it kept warm, and not too hot?", "冷却液温度是否正常？"), width=6
    )
    yield generators.trend("test_age", said("Is it tested every week?", "是否按周试机？"), width=6)


def _supplies(supplies: Readings) -> Iterator[Panel]:
    yield supplies.states("mode", said("Is it on mains, battery or bypass?", "在线、电池还是旁路？"), width=8)
    yield supplies.trend(
        "load", said("Is there room for more load?", "负载余量如何？"), read="highest", width=8
    )
    yield supplies.trend(
        "battery_runtime", said("How long would the battery last?", "电池可用多久？"), read="lowest", width=8
    )
    yield supplies.trend(
        "battery_charge", said("Is the battery charged?", "电池是否充满？"), read="lowest", width=8
    )
    yield supplies.trend(
        "battery_temp", said("Does the battery age by heat?", "电池是否过热老化？"), read="highest", width=8
    )
    yield supplies.trend(
        "battery_resistance",
        said("Must the battery be renewed?", "电池是否需更换？"),
        read="highest",
        width=8,
    )
