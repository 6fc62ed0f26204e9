"""Work orders: what is to be done, how old it is, and how well repair goes."""

from typing import Final

from plantroom.dashboards.board import Board
from plantroom.dashboards.colours import APART
from plantroom.dashboards.layout import Section
from plantroom.dashboards.limits import Limit
from plantroom.dashboards.panel import Override, Panel
from plantroom.dashboards.panels import Bars, Stat, Table, TimeSeries
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.record_queries import (
    IN_RANGE,
    NOW,
    PRIORITIES,
    SITES,
    STATUSES,
    asset_of_row,
    column,
    in_words,
    order_of_row,
    rows,
    series,
)
from plantroom.dashboards.scale import Scale
from plantroom.dashboards.variables import SITE
from plantroom.dashboards.words import Word
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text

_ORDER: Final = Text(en="Work order", zh="工单")
_ASSET: Final = Text(en="Asset", zh="设备")
_TITLE: Final = Text(en="Title", zh="标题")
_PRIORITY: Final = Text(en="Priority", zh="优先级")
_STATUS: Final = Text(en="Status", zh="状态")
_ASSIGNEE: Final = Text(en="Assigned to", zh="维修人员")
_AGE: Final = Text(en="Age", zh="已开")
_LATE: Final = Text(en="Overdue by", zh="超时")
_DUE: Final = Text(en="Due", zh="时限")
_NUMBER: Final = Text(en="Orders", zh="工单数")
_REPEATS: Final = Text(en="Repeats", zh="重复次数")
_GROUP: Final = Text(en="Fault", zh="故障")
_LAST: Final = Text(en="Last opened", zh="最近受理")
_REPAIR: Final = Text(en="MTTR", zh="平均修复时间")
_OPEN_NOW: Final = Text(en="Open", zh="未完成")
_OLD: Final = Text(en="Age of open orders", zh="工单积压时长")
_WORDS: Final = {
    "order": _ORDER, "asset": _ASSET, "title": _TITLE, "priority": _PRIORITY, "status": _STATUS,
    "assignee": _ASSIGNEE, "age": _AGE, "late": _LATE, "due": _DUE, "number": _NUMBER, "repeats": _REPEATS,
    "group": _GROUP, "last": _LAST, "repair": _REPAIR, "open": _OPEN_NOW,
}  # fmt: skip

_OPEN: Final = "status NOT IN ('closed', 'cancelled')"
_TO_DO: Final = "status IN ('new', 'assigned', 'in_progress')"
"""Still to be repaired: what is completed only waits for inspection."""
_DONE: Final = f"completed_at {IN_RANGE} AND status <> 'cancelled'"
_RANK: Final = "CASE priority WHEN 'urgent' THEN 3 WHEN 'high' THEN 2 WHEN 'normal' THEN 1 ELSE 0 END"
_AGES: Final = (
    ("1", 1, Text(en="under a day", zh="不足 1 天")),
    ("2", 3, Text(en="1 to 3 days", zh="1 至 3 天")),
    ("3", 7, Text(en="3 to 7 days", zh="3 至 7 天")),
    ("4", None, Text(en="over a week", zh="7 天以上")),
)


def board(plant: Plant) -> Board:
    """Return the dashboard of work orders."""
    zone = str(plant.installation.table.sites[0].timezone)
    return Board(
        name="work-orders",
        title=Text(en="Work orders and maintenance", zh="工单与维修"),
        description=Text(
            en="What is to be done, what is late, and how well does repair go?",
            zh="有哪些待办？哪些超时？维修成效如何？",
        ),
        sections=[
            Section(
                title=Text(en="Open", zh="未完成工单"),
                panels=[*_counts(), _by_status(), _by_age(), _table()],
            ),
            Section(
                title=Text(en="Performance in the chosen time", zh="所选时段维修绩效"),
                panels=[*_figures(), _flow(zone), _by_asset(), _repeats()],
            ),
        ],
        variables=[SITE],
        span="30d",
        refresh="1m",
    )


def _counts() -> list[Panel]:
    return [
        _stat(
            _OPEN_NOW, Text(en="How many orders are not closed?", zh="有多少工单未归档？"), "count(*)", _OPEN
        ),
        _stat(
            Text(en="Overdue", zh="超时"),
            Text(en="How many are past their due time?", zh="有多少工单已过时限？"),
            "count(*)",
            f"{_TO_DO} AND due_at < {NOW}",
            worry=Severity.MAJOR,
        ),
        _stat(
            Text(en="Not assigned", zh="未派单"),
            Text(en="How many has nobody been given?", zh="有多少工单尚未派单？"),
            "count(*)",
            "status = 'new'",
            worry=Severity.WARNING,
        ),
        _stat(
            Text(en="Urgent", zh="急修"),
            Text(en="How many urgent ones are still to be repaired?", zh="有多少急修工单未修复？"),
            "count(*)",
            f"{_TO_DO} AND priority = 'urgent'",
            worry=Severity.CRITICAL,
        ),
        _stat(
            Text(en="To be inspected", zh="待验收"),
            Text(en="How many are repaired and wait for inspection?", zh="有多少工单完工待验？"),
            "count(*)",
            "status = 'completed'",
        ),
        _stat(
            Text(en="Oldest", zh="最早工单"),
            Text(en="For how long has the oldest open order waited?", zh="最早的未完成工单已等待多久？"),
            f"max({NOW} - created_at)",
            _OPEN,
            unit="dtdurationms",
        ),
    ]


def _figures() -> list[Panel]:
    """Return how well repair went, of the orders completed in the chosen time."""
    return [
        _stat(
            Text(en="Completed", zh="完工数"),
            Text(en="How many orders were repaired?", zh="修复了多少工单？"),
            "count(*)",
            _DONE,
        ),
        _stat(
            Text(en="MTTR", zh="平均修复时间"),
            Text(en="How long from the order to its completion, on average?", zh="从受理到完工平均用时？"),
            "avg(completed_at - created_at)",
            _DONE,
            unit="dtdurationms",
        ),
        _stat(
            Text(en="Response time", zh="响应时间"),
            Text(
                en="How long from the order to the start of work, on average?",
                zh="从受理到开始处理平均用时？",
            ),
            "avg(started_at - created_at)",
            f"{_DONE} AND started_at IS NOT NULL",
            unit="dtdurationms",
        ),
        _stat(
            Text(en="Time to acknowledge", zh="确认用时"),
            Text(
                en="How long from an alarm to its acknowledgement, on average?", zh="从报警到确认平均用时？"
            ),
            "avg(acknowledged_at - activated_at)",
            f"acknowledged_at {IN_RANGE} AND acknowledged_at >= activated_at AND severity <> 'info'",
            table="alarms",
            unit="dtdurationms",
        ),
        _stat(
            Text(en="In time", zh="维修及时率"),
            Text(en="What share was repaired before it was due?", zh="按时修复的比例？"),
            "100.0 * count(*) FILTER (WHERE completed_at <= due_at) / NULLIF(count(*), 0)",
            f"{_DONE} AND due_at IS NOT NULL",
            unit="percent",
        ),
        _stat(
            Text(en="Right first time", zh="一次合格率"),
            Text(en="What share was never taken up again?", zh="无需返工的比例？"),
            "100.0 * count(*) FILTER (WHERE reopened = 0) / NULLIF(count(*), 0)",
            _DONE,
            unit="percent",
        ),
    ]


def _stat(
    title: Text,
    question: Text,
    select: str,
    where: str,
    *,
    worry: Severity | None = None,
    unit: str = "",
    table: str = "work_orders",
) -> Panel:
    limits = () if worry is None else (_from_one(worry, title),)
    return Stat(
        title=title,
        question=question,
        queries=[
            rows(
                f'SELECT ({select})::float8 AS "<title>" FROM {table} WHERE {SITES} AND {where}', title=title
            )
        ],
        scale=Scale(limits=limits),
        decimals=0 if unit in ("", "percent") else 1,
        overrides=[Override(pattern=Text(en="/.*/"), properties=[("unit", unit)])] if unit else [],
        filled=worry is not None,
        no_value=Text(en="none", zh="无"),
    )


def _from_one(severity: Severity, title: Text) -> Limit:
    return Limit(point="", value=0.5, above=True, at_rest=False, severity=severity, title=title, rule="")


def _by_status() -> Panel:
    counts = ", ".join(
        f"count(*) FILTER (WHERE priority = '{value}') AS \"<{value}>\"" for value in PRIORITIES
    )
    statuses = {value: word for value, word in STATUSES.items() if value not in ("closed", "cancelled")}
    cases = " ".join(f"WHEN '{value}' THEN '<{value}_>'" for value in statuses)
    order = " ".join(f"WHEN '{value}' THEN {place}" for place, value in enumerate(statuses))
    return Bars(
        title=Text(en="Open by status and priority", zh="按状态与优先级"),
        question=Text(
            en="Where do orders wait, and how urgent are they?", zh="工单积压在哪个环节？紧急程度如何？"
        ),
        queries=[
            rows(
                f'SELECT CASE status {cases} END AS "<status>", {counts} FROM work_orders '
                f"WHERE {SITES} AND {_OPEN} GROUP BY status ORDER BY CASE status {order} END",
                status=_STATUS,
                **{value: word.text for value, word in PRIORITIES.items()},
                **{f"{value}_": word.text for value, word in statuses.items()},
            )
        ],
        stacked=True,
        decimals=0,
        colours=_coloured(PRIORITIES),
        no_value=Text(en="no open order", zh="无未完成工单"),
        width=12,
    )


def _coloured(words: dict[str, Word] | object) -> dict[str, str]:
    """Return the colours of words by their name in either language."""
    assert isinstance(words, dict)
    return {name: word.colour for word in words.values() for name in (word.text.en, word.text.zh)}


def _by_age() -> Panel:
    age = f"({NOW} - created_at) / 86400000"
    bounds = " ".join(f"WHEN {age} < {days} THEN '{key}'" for key, days, _ in _AGES if days)
    names = " ".join(f"WHEN '{key}' THEN '<age_{key}>'" for key, _, _ in _AGES)
    return Bars(
        title=_OLD,
        question=Text(en="Is old work left lying?", zh="是否有长期积压的工单？"),
        queries=[
            rows(
                f"WITH aged AS (SELECT CASE {bounds} ELSE '4' END AS age FROM work_orders "
                f'WHERE {SITES} AND {_OPEN}) SELECT CASE age {names} END AS "<age>", '
                'count(*) AS "<number>" FROM aged GROUP BY age ORDER BY aged.age',
                **{f"age_{key}": text for key, _, text in _AGES},
                **_WORDS,
            )
        ],
        decimals=0,
        colours={_NUMBER.en: APART[0], _NUMBER.zh: APART[0]},
        no_value=Text(en="no open order", zh="无未完成工单"),
        width=12,
    )


def _table() -> Panel:
    return Table(
        title=Text(en="Open orders", zh="未完成工单"),
        question=Text(
            en="What is to be done next? A click leads to the order in the console.",
            zh="接下来做什么？点击进入控制台工单。",
        ),
        queries=[
            rows(
                'SELECT \'WO-\' || number AS "<order>", priority AS "<priority>", status AS "<status>", '
                'asset AS "<asset>", title_<language> AS "<title>", '
                "COALESCE(assignee, '') AS \"<assignee>\", "
                f'{NOW} - created_at AS "<age>", due_at AS "<due>", '
                f'CASE WHEN {_TO_DO} AND due_at < {NOW} THEN {NOW} - due_at END AS "<late>" FROM work_orders '
                f"WHERE {SITES} AND {_OPEN} ORDER BY {_RANK} DESC, due_at NULLS LAST, created_at LIMIT 500",
                **_WORDS,
            )
        ],
        overrides=[
            in_words(_PRIORITY, PRIORITIES, 90),
            in_words(_STATUS, STATUSES, 110),
            column(_ORDER, width=100),
            column(_ASSET, width=120),
            column(_AGE, unit="dtdurationms", decimals=0, width=150),
            column(_DUE, unit="dateTimeAsIso", width=170),
            column(_LATE, unit="dtdurationms", decimals=0, width=150),
        ],
        links=[order_of_row(_ORDER), asset_of_row(_ASSET)],
        no_value=Text(en="no open order", zh="无未完成工单"),
        height=10,
    )


def _flow(zone: str) -> Panel:
    def daily(time: str, name: Text) -> str:
        day = f"date_trunc('day', to_timestamp({time} / 1000.0) AT TIME ZONE '{zone}') AT TIME ZONE '{zone}'"
        del name
        return (
            f'SELECT {day} AS time, count(*) AS "<name>" FROM work_orders '
            f"WHERE {time} {IN_RANGE} AND {SITES} GROUP BY 1 ORDER BY 1"
        )

    opened, closed = Text(en="Opened", zh="受理"), Text(en="Completed", zh="完工")
    return TimeSeries(
        title=Text(en="Opened and completed by day", zh="每日受理与完工"),
        question=Text(en="Does repair keep up?", zh="维修能否跟上？"),
        queries=[
            series(daily("created_at", opened), name=opened),
            series(daily("completed_at", closed), name=closed),
        ],
        series=(),
        bars=True,
        decimals=0,
        legend=("sum",),
        width=24,
        height=7,
    )


def _by_asset() -> Panel:
    return Table(
        title=Text(en="By machine", zh="按设备"),
        question=Text(en="Which machines cost most work?", zh="哪些设备维修最多？"),
        queries=[
            rows(
                'SELECT asset AS "<asset>", count(*) AS "<number>", '
                f'count(*) FILTER (WHERE {_OPEN}) AS "<open>", '
                "(avg(completed_at - created_at) FILTER (WHERE status <> 'cancelled'))::float8 "
                'AS "<repair>", '
                'max(created_at) AS "<last>" FROM work_orders '
                f"WHERE created_at {IN_RANGE} AND {SITES} GROUP BY asset ORDER BY 2 DESC, 1 LIMIT 50",
                **_WORDS,
            )
        ],
        overrides=[
            column(_REPAIR, unit="dtdurationms", decimals=1),
            column(_LAST, unit="dateTimeAsIso", width=170),
        ],
        links=[asset_of_row(_ASSET)],
        width=12,
    )


def _repeats() -> Panel:
    return Table(
        title=Text(en="Faults that came again", zh="重复故障"),
        question=Text(en="Where did repair not cure the cause?", zh="哪些故障维修后再次发生？"),
        queries=[
            rows(
                'SELECT asset AS "<asset>", max(title_<language>) AS "<group>", '
                'count(*) - 1 + sum(reopened) AS "<repeats>", max(created_at) AS "<last>" FROM work_orders '
                f"WHERE created_at {IN_RANGE} AND {SITES} AND grp IS NOT NULL GROUP BY asset, grp "
                "HAVING count(*) - 1 + sum(reopened) > 0 ORDER BY 3 DESC, 1, 2 LIMIT 50",
                **_WORDS,
            )
        ],
        overrides=[column(_LAST, unit="dateTimeAsIso", width=170), column(_REPEATS, width=90)],
        links=[asset_of_row(_ASSET)],
        no_value=Text(en="no fault came again", zh="无重复故障"),
        width=12,
    )
