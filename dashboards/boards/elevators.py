"""Elevators and escalators."""

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
    """Return the dashboard of everything that carries people."""
    elevators = Readings(plant=plant, asset_class="elevator")
    escalators = Readings(plant=plant, asset_class="escalator")
    return Board(
        name="elevators",
        title=said("Elevators and escalators", "电梯与自动扶梯"),
        description=said(
            "Is everybody carried safely, and which machine is getting worse?",
            "运行是否安全？哪台设备在恶化？",
        ),
        sections=[
            Section(title=said("Elevators now", "电梯当前状态"), panels=list(_elevators_now(elevators))),
            Section(title=said("Doors and levelling", "门与平层"), panels=list(_doors(elevators))),
            Section(title=said("Machine and car", "曳引机与轿厢"), panels=list(_machines(elevators))),
            Section(title=said("Escalators", "自动扶梯"), panels=list(_escalators(escalators))),
        ],
        variables=[SITE, assets_of("elevator", "escalator"), TIER, LAST, MAX],
        alarms=alarm_periods(),
    )


def _elevators_now(elevators: Readings) -> Iterator[Panel]:
    yield elevators.states(
        "mode",
        said("Which elevators are in service, and since when?", "哪些电梯在正常服务？何时起？"),
        width=8,
    )
    yield elevators.state_rows(
        ("entrapment", "fault", "emergency_call"),
        said("Is anybody trapped, calling, or an elevator out of order?", "是否有人被困、呼叫或电梯故障？"),
        title=said("Entrapment, call, fault", "困人、应急通话、故障"),
        width=8,
    )
    yield elevators.state_rows(
        ("safety_circuit", "supply"),
        said(
            "Is the safety circuit closed, and where does the power come from?",
            "安全回路是否接通？由何电源供电？",
        ),
        title=said("Safety circuit and supply", "安全回路与供电"),
        width=8,
    )
    yield elevators.states(
        "motion", said("Do they move when they are called?", "有呼叫时是否运行？"), width=12
    )
    yield elevators.counted(
        "trips",
        said("How much are they used, and is the load shared?", "使用强度如何？负载是否均衡？"),
        title=said("Trips per interval", "每时段运行次数"),
        width=12,
    )


def _doors(elevators: Readings) -> Iterator[Panel]:
    yield elevators.trend(
        "door_close_time",
        said("Do doors get slower? The door operator wears.", "关门是否变慢？门机磨损。"),
        width=8,
    )
    yield elevators.counted(
        "door_reversals",
        said(
            "How often must a door re-open? Obstruction or a bad light curtain.",
            "门重开多少次？受阻或光幕故障。",
        ),
        title=said("Door reversals per interval", "每时段关门返回次数"),
        width=8,
    )
    yield elevators.trend(
        "levelling_error",
        said("Do the cars stop level with the landing?", "轿厢平层是否准确？"),
        title=said("Levelling error", "平层误差"),
        width=8,
    )


def _machines(elevators: Readings) -> Iterator[Panel]:
    yield elevators.trend(
        "brake_distance",
        said("Does a brake slip further than it did?", "制动滑移是否增大？"),
        read="highest",
        width=8,
    )
    yield elevators.trend(
        "motor_temp",
        said("Does a machine run hot?", "曳引机是否过热？"),
        read="highest",
        width=8,
    )
    yield elevators.trend(
        "machine_room_temp",
        said("Is the machine room ventilated?", "机房通风是否正常？"),
        read="highest",
        width=8,
    )
    yield elevators.trend(
        "car_vibration",
        said("Do guides or ropes get worse?", "导轨或钢丝绳是否恶化？"),
        read="highest",
        width=8,
    )
    yield elevators.trend(
        "brake_temp",
        said("Does a brake drag and get warm?", "制动器是否拖滞发热？"),
        read="highest",
        width=8,
    )
    yield elevators.trend(
        "test_call_age",
        said("Is the emergency call tested as often as it must be?", "应急通话是否按期测试？"),
        width=8,
    )


def _escalators(escalators: Readings) -> Iterator[Panel]:
    yield escalators.states("mode", said("Which escalators are in service?", "哪些扶梯在服务？"), width=8)
    yield escalators.states("motion", said("Which way do they run?", "运行方向？"), width=8)
    yield escalators.state_rows(
        ("fault", "emergency_stop", "safety_circuit", "comb_plate", "step_missing", "handrail_entry"),
        said("Which safety device has stopped one?", "哪个安全装置动作？"),
        title=said("Safety devices", "安全装置"),
        width=8,
    )
    yield escalators.trends(
        {
            "speed": said("steps", "梯级"),
            "handrail_speed_left": said("left handrail", "左扶手带"),
            "handrail_speed_right": said("right handrail", "右扶手带"),
        },
        said("Do the handrails keep pace with the steps?", "扶手带与梯级是否同步？"),
        title=said("Speed of steps and handrails", "梯级与扶手带速度"),
        width=8,
    )
    yield escalators.trend(
        "brake_distance", said("Does the brake stop it in time?", "制动距离是否合格？"), width=8
    )
    yield escalators.trend(
        "chain_elongation", said("When must the chain be renewed?", "链条何时更换？"), width=8
    )
    yield escalators.trend(
        "gearbox_temp", said("Does the gear run hot?", "减速箱是否过热？"), read="highest", width=8
    )
    yield escalators.trend(
        "vibration", said("Does the drive get worse?", "驱动装置是否恶化？"), read="highest", width=8
    )
    yield escalators.counted(
        "passengers",
        said("How many people does it carry?", "运送人数多少？"),
        title=said("Passengers per interval", "每时段乘客数"),
        width=8,
    )
