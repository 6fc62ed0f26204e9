"""Alarms: what stands now, what came, and how well the alarm system serves people."""

from typing import Final

from plantroom.dashboards.alarm_performance import HEARD, MEASURE, MET, TARGET, VALUE, performance
from plantroom.dashboards.board import Board
from plantroom.dashboards.colours import NORMAL, SEVERITY
from plantroom.dashboards.layout import Section
from plantroom.dashboards.limits import Limit
from plantroom.dashboards.links import to_alarm
from plantroom.dashboards.panel import Override, Panel
from plantroom.dashboards.panels import Stat, Table, TimeSeries
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.queries import Query
from plantroom.dashboards.record_queries import (
    IN_RANGE,
    NOW,
    RANK,
    SEVERITIES,
    SITES,
    STATE,
    STATES,
    asset_of_row,
    column,
    hidden,
    in_words,
    named_values,
    order_of_row,
    rows,
    series,
)
from plantroom.dashboards.scale import Scale
from plantroom.dashboards.variables import SITE
from plantroom.dashboards.words import Word
from plantroom.domain.alarm_policy import AlarmPolicy
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text

_SEVERITY: Final = Text(en="Severity", zh="级别")
_STATE: Final = Text(en="State", zh="状态")
_ASSET: Final = Text(en="Asset", zh="设备")
_TITLE: Final = Text(en="Alarm", zh="报警")
_SINCE: Final = Text(en="Active since", zh="激活时间")
_AGE: Final = Text(en="For", zh="持续")
_READING: Final = Text(en="Value", zh="数值")
_BY: Final = Text(en="Acknowledged by", zh="确认人")
_ORDER: Final = Text(en="Work order", zh="工单")
_CLEARED: Final = Text(en="Cleared", zh="恢复时间")
_COUNT: Final = Text(en="Times", zh="次数")
_SHARE: Final = Text(en="Share", zh="占比")
_REASON: Final = Text(en="Reason", zh="原因")
_UNTIL: Final = Text(en="Until", zh="截止")
_WHO: Final = Text(en="Who", zh="操作人")
_KIND: Final = Text(en="Set aside as", zh="方式")
_NUMBER: Final = Text(en="Alarms", zh="报警数")
_WORDS: Final = {
    "severity": _SEVERITY, "state": _STATE, "asset": _ASSET, "alarm": _TITLE, "since": _SINCE, "age": _AGE,
    "reading": _READING, "by": _BY, "order": _ORDER, "cleared": _CLEARED, "times": _COUNT, "share": _SHARE,
    "reason": _REASON, "until": _UNTIL, "who": _WHO, "kind": _KIND, "number": _NUMBER,
}  # fmt: skip
_KINDS: Final = {
    "shelved": Word(Text(en="Shelved", zh="搁置"), NORMAL),
    "out_of_service": Word(Text(en="Out of service", zh="停用"), NORMAL),
    "maintenance": Word(Text(en="Maintenance", zh="维护"), NORMAL),
    "test": Word(Text(en="Test", zh="测试"), NORMAL),
}
_VALUE: Final = (
    "CASE WHEN a.value IS NULL THEN '' ELSE round(a.value::numeric, 2) || ' ' "
    "|| replace(replace(a.unit, 'degC', '°C'), 'm3', 'm³') END"
)
_OPEN: Final = f"a.closed_at IS NULL AND a.{SITES}"


def board(plant: Plant) -> Board:
    """Return the dashboard of alarms."""
    del plant
    return Board(
        name="alarms",
        title=Text(en="Alarms", zh="报警"),
        description=Text(
            en="What needs somebody now, what came, and does the alarm system serve people?",
            zh="哪些报警需要立即处理？发生过什么？报警系统是否有效？",
        ),
        sections=[
            Section(panels=[*_standing(), _live()]),
            Section(
                title=Text(en="What came", zh="报警历史"), panels=[_flow(), _most_frequent(), _history()]
            ),
            Section(
                title=Text(en="Performance (ISA-18.2)", zh="报警系统绩效（ISA-18.2）"),
                panels=[_performance(), _set_aside()],
            ),
        ],
        variables=[SITE],
        span="7d",
    )


def _count(
    title: Text, question: Text, where: str, *, severity: Severity | None = None, width: int = 4
) -> Panel:
    limits = [] if severity is None else [_from_one(severity, title)]
    return Stat(
        title=title,
        question=question,
        queries=[rows(f'SELECT count(*) AS "<number>" FROM alarms a WHERE {_OPEN} AND {where}', **_WORDS)],
        scale=Scale(limits=limits),
        decimals=0,
        filled=True,
        width=width,
    )


def _from_one(severity: Severity, title: Text) -> Limit:
    return Limit(point="", value=0.5, above=True, at_rest=False, severity=severity, title=title, rule="")


def _standing() -> list[Panel]:
    """Return how many alarms stand, by severity, and what waits for people."""
    of = {
        severity: _count(
            SEVERITIES[severity.value].text,
            Text(
                en=f"How many alarms of severity {severity.value} are active?",
                zh=f"当前有多少条{SEVERITIES[severity.value].text.zh}报警？",
            ),
            f"a.severity = '{severity.value}' AND {STATE} IN ('active_unacked', 'active_acked')",
            severity=severity,
        )
        for severity in sorted(Severity, key=lambda each: -each.rank)
    }
    waiting = _count(
        Text(en="Unacknowledged", zh="未确认"),
        Text(en="How many alarms has nobody looked at yet?", zh="有多少报警尚无人确认？"),
        f"{STATE} IN ('active_unacked', 'cleared_unacked')",
        severity=Severity.MAJOR,
    )
    aside = _count(
        Text(en="Set aside", zh="搁置、抑制与停用"),
        Text(en="How many alarms are hidden from the list?", zh="有多少报警未显示在列表中？"),
        f"{STATE} IN ('shelved', 'suppressed', 'out_of_service')",
    )
    return [*of.values(), waiting, aside]


def _table_words() -> list[Override]:
    return [
        in_words(_SEVERITY, SEVERITIES, 90),
        in_words(_STATE, STATES, 190),
        column(_SINCE, unit="dateTimeAsIso", width=170),
        column(_CLEARED, unit="dateTimeAsIso", width=170),
        column(_AGE, unit="dtdurationms", decimals=0, width=140),
        column(_ASSET, width=120),
        column(_ORDER, width=100),
        hidden(Text(en="id", zh="id")),
    ]


def _live() -> Panel:
    return Table(
        title=Text(en="Open alarms", zh="当前报警"),
        question=Text(
            en="What stands now, the gravest first? A click leads to the console.",
            zh="当前有哪些报警（最严重的在前）？点击可进入控制台中的报警、设备或工单。",
        ),
        queries=[
            rows(
                f'SELECT a.severity AS "<severity>", {STATE} AS "<state>", a.asset AS "<asset>", '
                f'a.title_<language> AS "<alarm>", {_VALUE} AS "<reading>", a.active_since AS "<since>", '
                f'{NOW} - a.active_since AS "<age>", COALESCE(a.acknowledged_by, \'\') AS "<by>", '
                "'WO-' || a.work_order AS \"<order>\", a.id AS id "
                f"FROM alarms a WHERE {_OPEN} ORDER BY {RANK} DESC, a.active_since DESC LIMIT 500",
                **_WORDS,
            )
        ],
        overrides=_table_words(),
        links=[to_alarm(), asset_of_row(_ASSET), order_of_row(_ORDER)],
        no_value=Text(en="no open alarm", zh="当前无报警"),
        height=12,
    )


def _flow() -> Panel:
    buckets = "(p.activated_at / (GREATEST($__interval_ms, 600000)) * GREATEST($__interval_ms, 600000))"
    queries: list[Query] = [
        series(
            f'SELECT {buckets} / 1000 AS time, count(*) AS "<name>" FROM activations p '
            f"JOIN alarms a ON a.id = p.alarm_id WHERE p.activated_at {IN_RANGE} AND p.aside = '' "
            f"AND p.{SITES} AND a.severity = '{value}' GROUP BY 1 ORDER BY 1",
            name=word.text,
        )
        for value, word in SEVERITIES.items()
    ]
    return TimeSeries(
        title=Text(en="Alarms as they came", zh="报警发生趋势"),
        question=Text(en="When did alarms come, and how grave were they?", zh="报警何时发生？严重程度如何？"),
        queries=queries,
        bars=True,
        stacked=True,
        decimals=0,
        legend=("sum",),
        overrides=[
            Override(
                pattern=Text(en=f"/^{word.text.en}$/", zh=f"/^{word.text.zh}$/"),
                properties=[("color", {"mode": "fixed", "fixedColor": word.colour})],
            )
            for word in SEVERITIES.values()
        ],
        width=14,
    )


def _most_frequent() -> Panel:
    return Table(
        title=Text(en="The ten most frequent", zh="最频繁的十个报警"),
        question=Text(en="Which alarms make most of the load?", zh="哪些报警最频繁？"),
        queries=[
            rows(
                f'WITH {HEARD} SELECT asset AS "<asset>", max(title_<language>) AS "<alarm>", '
                'count(*) AS "<times>", 100.0 * count(*) / (SELECT count(*) FROM seen) AS "<share>" '
                "FROM seen GROUP BY site, asset, rule ORDER BY 3 DESC, 1, 2 LIMIT 10",
                **_WORDS,
            )
        ],
        overrides=[
            column(_SHARE, unit="percent", decimals=1, width=80),
            column(_COUNT, width=70),
            column(_ASSET, width=110),
        ],
        links=[asset_of_row(_ASSET)],
        width=10,
    )


def _history() -> Panel:
    return Table(
        title=Text(en="All alarms of the time", zh="报警记录"),
        question=Text(
            en="What came in the chosen time, and when was it over?",
            zh="所选时段内发生了哪些报警？何时恢复？",
        ),
        queries=[
            rows(
                f'SELECT a.severity AS "<severity>", p.activated_at AS "<since>", p.ended_at AS "<cleared>", '
                f'COALESCE(p.ended_at, {NOW}) - p.activated_at AS "<age>", p.asset AS "<asset>", '
                'a.title_<language> AS "<alarm>", COALESCE(a.acknowledged_by, \'\') AS "<by>", '
                "'WO-' || a.work_order AS \"<order>\", a.id AS id FROM activations p "
                f"JOIN alarms a ON a.id = p.alarm_id WHERE p.activated_at {IN_RANGE} AND p.{SITES} "
                "ORDER BY p.activated_at DESC LIMIT 1000",
                **_WORDS,
            )
        ],
        overrides=_table_words(),
        links=[to_alarm(), asset_of_row(_ASSET), order_of_row(_ORDER)],
        height=10,
    )


def _performance() -> Panel:
    yes_no = {
        "1": Word(Text(en="Yes", zh="是"), NORMAL),
        "0": Word(Text(en="No", zh="否"), SEVERITY[Severity.WARNING]),
    }
    return Table(
        title=Text(en="Figures of the chosen time", zh="所选时段绩效指标"),
        question=Text(
            en="Can the people on duty act on all that they are told? The same figures as in the console.",
            zh="值班人员能否处理所有报警？与控制台“报警绩效”页数值一致。",
        ),
        queries=[performance(AlarmPolicy())],
        overrides=[
            column(VALUE, decimals=1, width=110),
            column(TARGET, width=110),
            column(MEASURE, width=330),
            Override(
                pattern=Text(en=f"/^{MET.en}$/", zh=f"/^{MET.zh}$/"),
                properties=[
                    ("mappings", named_values(yes_no)),
                    ("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
                ],
            ),
        ],
        width=14,
        height=16,
    )


def _set_aside() -> Panel:
    return Table(
        title=Text(en="Set aside by people", zh="人工搁置、停用与维护"),
        question=Text(
            en="What is hidden, by whom, why and until when?", zh="哪些被搁置？何人、为何、至何时？"
        ),
        queries=[
            rows(
                'SELECT kind AS "<kind>", asset AS "<asset>", rule AS "<alarm>", who AS "<who>", '
                'reason AS "<reason>", until AS "<until>" FROM set_asides '
                f"WHERE {SITES} AND (until IS NULL OR until > {NOW}) ORDER BY until",
                **_WORDS,
            )
        ],
        overrides=[in_words(_KIND, _KINDS, 120), column(_UNTIL, unit="dateTimeAsIso")],
        no_value=Text(en="nothing is set aside", zh="无搁置"),
        width=10,
        height=16,
    )
