"""The whole site on one screen."""

from collections.abc import Iterator

from plantroom.dashboards.annotations import alarm_periods
from plantroom.dashboards.bilingual import said
from plantroom.dashboards.board import Board
from plantroom.dashboards.layout import Section
from plantroom.dashboards.limits import Limit
from plantroom.dashboards.links import both, to_alarm, uid
from plantroom.dashboards.names import names_in
from plantroom.dashboards.panel import DataLink, Panel
from plantroom.dashboards.panels import Stat, Table, TimeSeries
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.queries import OF_SITE, Records
from plantroom.dashboards.readings import BRIDGED, Readings
from plantroom.dashboards.record_queries import (
    NOW,
    RANK,
    SEVERITIES,
    SITES,
    STATE,
    asset_of_row,
    column,
    hidden,
    in_words,
    order_of_row,
    rows,
)
from plantroom.dashboards.scale import Scale
from plantroom.dashboards.variables import LAST, MIN, SITE, TIER
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text

_ACTIVE = f"{STATE} IN ('active_unacked', 'active_acked') AND {SITES}"
_SEVERITY, _ASSET, _SINCE, _ORDER = (
    said("Severity", "级别"),
    said("Asset", "设备"),
    said("Since", "开始"),
    said("Work order", "工单"),
)


def board(plant: Plant) -> Board:
    """Return the dashboard that hangs on the wall."""
    return Board(
        name="overview",
        title=said("Site overview", "项目总览"),
        description=said("Is everything all right, and if not, where?", "一切是否正常？问题在哪里？"),
        sections=[
            Section(panels=[*_alarms(), *_orders(), _open_alarms(plant)]),
            Section(title=said("Systems", "各系统"), panels=list(_systems(plant))),
        ],
        variables=[SITE, TIER, LAST, MIN],
        alarms=alarm_periods("a.site ~ '^${site:regex}$'"),
        span="24h",
        refresh="1m",
    )


def _from(severity: Severity) -> Limit:
    """Return the limit of one: a single alarm colours the number."""
    return Limit(
        point="", value=0.5, above=True, at_rest=False, severity=severity, title=said("", ""), rule=""
    )


def _count(sql: str) -> list[Records]:
    return [Records(sql=both(sql))]


def _alarms() -> Iterator[Panel]:
    for severity in reversed(Severity):
        yield Stat(
            title=SEVERITIES[severity.value].text,
            question=said("How many alarms of this severity are active?", "该级别有多少报警激活？"),
            queries=_count(
                f"SELECT count(*) AS n FROM alarms a WHERE {_ACTIVE} AND severity = '{severity.value}'"
            ),
            scale=Scale(limits=[_from(severity)]),
            links=[_to("alarms", said("Alarms", "报警"))],
            filled=True,
            width=3,
        )
    yield Stat(
        title=said("Unacknowledged", "未确认"),
        question=said("How many alarms has nobody acknowledged?", "有多少报警未确认？"),
        queries=_count(
            f"SELECT count(*) AS n FROM alarms a WHERE {STATE} IN ('active_unacked', 'cleared_unacked') "
            f"AND {SITES}"
        ),
        scale=Scale(limits=[_from(Severity.WARNING)]),
        links=[_to("alarms", said("Alarms", "报警"))],
        width=4,
    )


def _orders() -> Iterator[Panel]:
    open_orders = f"status NOT IN ('completed', 'verified', 'closed', 'cancelled') AND {SITES}"
    yield Stat(
        title=said("Open work orders", "未完工工单"),
        question=said("How much is there to do?", "有多少工作待办？"),
        queries=_count(f"SELECT count(*) AS n FROM work_orders WHERE {open_orders}"),
        links=[_to("work-orders", said("Work orders", "工单"))],
        width=4,
    )
    yield Stat(
        title=said("Overdue", "超时"),
        question=said("How many orders are past their time limit?", "有多少工单超过时限？"),
        queries=_count(f"SELECT count(*) AS n FROM work_orders WHERE {open_orders} AND due_at < {NOW}"),
        scale=Scale(limits=[_from(Severity.MAJOR)]),
        links=[_to("work-orders", said("Work orders", "工单"))],
        filled=True,
        width=4,
    )


def _open_alarms(plant: Plant) -> Table:
    return Table(
        title=said("Active alarms", "激活的报警"),
        question=said(
            "What is wrong now, the gravest first? A click leads to the alarm.",
            "当前有哪些问题？按级别排列，点击查看。",
        ),
        queries=[
            rows(
                'SELECT severity AS "<severity>", asset AS "<asset>", title_<language> AS "<alarm>", '
                'active_since AS "<since>", \'WO-\' || work_order AS "<order>", id '
                f"FROM alarms a WHERE {_ACTIVE} ORDER BY {RANK} DESC, active_since DESC LIMIT 50",
                severity=_SEVERITY,
                asset=_ASSET,
                alarm=said("Alarm", "报警"),
                since=_SINCE,
                order=_ORDER,
            )
        ],
        overrides=[
            in_words(_SEVERITY, SEVERITIES, 100),
            names_in(_ASSET, plant),
            column(_SINCE, unit="dateTimeFromNow", width=150),
            column(_ORDER, width=110),
            hidden(said("id", "id")),
        ],
        links=[to_alarm(), asset_of_row(_ASSET), order_of_row(_ORDER)],
        no_value=said("no active alarm", "当前无报警"),
        height=9,
    )


def _systems(plant: Plant) -> Iterator[Panel]:
    def of(name: str) -> Readings:
        return Readings(plant=plant, asset_class=name, where=OF_SITE)

    yield TimeSeries(
        title=said("Power of the site", "全站用电功率"),
        question=said("How much power does the site take?", "全站用电功率多少？"),
        queries=[of("transformer").summed('mean("power")')],
        unit="kW",
        holds=BRIDGED,
        alone=True,
        width=8,
        links=[_to("power", said("Power", "供配电"))],
    )
    yield of("chiller").trend(
        "chw_supply_temp", said("Is there cold water for the air conditioning?", "冷冻水是否充足？"), width=8
    )
    yield of("vav_box").trend("zone_temp", said("Are the rooms comfortable?", "室内是否舒适？"), width=8)
    yield of("elevator").states(
        "mode",
        said("Which elevators are in service?", "哪些电梯在服务？"),
        title=said("Elevators", "电梯"),
        width=8,
    )
    yield of("pump").states(
        "running", said("Which pumps run?", "哪些水泵在运行？"), title=said("Pumps", "水泵"), width=8
    )
    yield of("fire_panel").state_rows(
        ("alarm", "supervisory", "trouble", "disabled"),
        said("Is there a fire alarm, supervisory signal or trouble?", "是否有火警、监管或故障？"),
        title=said("Fire", "消防"),
        width=8,
    )
    yield of("water_tank").trend(
        "level",
        said("Is there water for today?", "水量是否充足？"),
        read="lowest",
        title=said("Water tanks", "水箱液位"),
        width=8,
    )
    yield of("ups").states(
        "mode", said("Is the UPS on mains?", "不间断电源是否在线？"), title=said("UPS", "不间断电源"), width=8
    )
    yield of("gateway").trend(
        "link_quality", said("Do all readings reach us?", "数据链路是否可靠？"), read="lowest", width=8
    )


def _to(name: str, title: Text) -> DataLink:
    return DataLink(
        title=title, url=both(f"/d/{uid(name, '{language}')}?${{__url_time_range}}&${{site:queryparam}}")
    )
