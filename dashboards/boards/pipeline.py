"""The pipeline's own health: whether what devices send arrives and is kept."""

from datetime import timedelta
from typing import Any, Final

from plantroom.dashboards.board import Board
from plantroom.dashboards.colours import NORMAL, SEVERITY, UNKNOWN
from plantroom.dashboards.layout import Section
from plantroom.dashboards.limits import Limit
from plantroom.dashboards.panel import Override, Panel
from plantroom.dashboards.panels import Stat, StateTimeline, Table, TimeSeries
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.queries import Influx, Query
from plantroom.dashboards.record_queries import IN_RANGE, NOW, asset_of_row, column, rows
from plantroom.dashboards.scale import Scale
from plantroom.dashboards.variables import Asked
from plantroom.dashboards.words import Word
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text

_FROM: Final = (
    'FROM "plantroom_pipeline" WHERE "pipeline" =~ /^${pipeline:regex}$/ AND $timeFilter '
    'GROUP BY time($__interval), "pipeline" fill(null)'
)
_EVERY: Final = timedelta(seconds=10)
_PIPELINE: Final = Asked(
    name="pipeline",
    query='SHOW TAG VALUES FROM "plantroom_pipeline" WITH KEY = "pipeline"',
    label=Text(en="Pipeline", zh="采集管道"),
)
_GOOD: Final = (
    Word(Text(en="No", zh="否"), SEVERITY[Severity.CRITICAL]),
    Word(Text(en="Yes", zh="是"), NORMAL),
)
_BAD: Final = (
    Word(Text(en="No", zh="否"), NORMAL),
    Word(Text(en="Yes", zh="是"), SEVERITY[Severity.MAJOR]),
)
_TOPIC: Final = Text(en="Topic", zh="主题")
_REASON: Final = Text(en="Reason", zh="原因")
_COUNT: Final = Text(en="Messages", zh="消息数")
_LAST: Final = Text(en="Last", zh="最近")
_ASSET: Final = Text(en="Asset", zh="设备")
_SINCE: Final = Text(en="Since", zh="起始")
_AGE: Final = Text(en="For", zh="持续")
_WHAT: Final = Text(en="What is wrong", zh="问题")
_WORDS: Final = {
    "topic": _TOPIC, "reason": _REASON, "count": _COUNT, "last": _LAST, "asset": _ASSET, "since": _SINCE,
    "age": _AGE, "what": _WHAT,
}  # fmt: skip


def board(plant: Plant) -> Board:
    """Return the dashboard of the pipeline."""
    del plant
    return Board(
        name="pipeline",
        title=Text(en="Pipeline health", zh="采集管道健康"),
        description=Text(
            en="Does what devices send arrive, is it kept, and which devices are silent?",
            zh="设备数据是否到达并入库？哪些设备无数据？",
        ),
        sections=[
            Section(panels=_standing()),
            Section(
                title=Text(en="Flow", zh="数据流"),
                panels=[_rates(), _trouble(), _lag(), _spool(), _states()],
            ),
            Section(
                title=Text(en="Devices", zh="设备"), panels=[_assets(), _silent(), _letters(), _unknown()]
            ),
        ],
        variables=[_PIPELINE],
        span="24h",
    )


def _last(field: str, alias: Text) -> Influx:
    return Influx(influxql=f'SELECT last("{field}") {_FROM}', alias=alias)


def _rate(field: str, alias: Text) -> Influx:
    """Return how much a count grows a second; at a restart, when it begins again at 0, nothing."""
    return Influx(
        influxql=f'SELECT non_negative_derivative(max("{field}"), 1s) {_FROM}',
        alias=alias,
    )


def _grown(field: str, alias: Text) -> Influx:
    """Return by how much a count grew in each interval."""
    return Influx(influxql=f'SELECT non_negative_difference(max("{field}")) {_FROM}', alias=alias)


def _limit(value: float, severity: Severity) -> Limit:
    return Limit(point="", value=value, above=True, at_rest=False, severity=severity, title=Text(), rule="")


def _standing() -> list[Panel]:
    """Return how the pipeline stands now."""
    yes_no = (
        (
            "ready",
            Text(en="Ready", zh="就绪"),
            Text(en="Are readings taken and kept?", zh="数据是否正常接收与保存？"),
            _GOOD,
        ),
        (
            "broker_connected",
            Text(en="Broker connected", zh="消息代理已连接"),
            Text(en="Is the pipeline connected to the broker?", zh="是否已连接消息代理？"),
            _GOOD,
        ),
        (
            "store_away",
            Text(en="Database away", zh="数据库不可用"),
            Text(
                en="Are readings kept on disk because the database is away?",
                zh="数据库是否不可用（数据暂存磁盘）？",
            ),
            _BAD,
        ),
    )
    stats: list[Panel] = [
        Stat(
            title=title,
            question=question,
            queries=[_last(field, title)],
            words=words,
            every=_EVERY,
            filled=True,
        )
        for field, title, question, words in yes_no
    ]
    return [
        *stats,
        Stat(
            title=Text(en="Samples a second", zh="每秒样本数"),
            question=Text(en="How much comes in?", zh="数据流量多大？"),
            queries=[_rate("samples", Text(en="Samples", zh="样本"))],
            decimals=1,
            every=_EVERY,
            sparkline=True,
        ),
        Stat(
            title=Text(en="Room used on disk", zh="暂存占用"),
            question=Text(
                en="How full is the journal? Full, it stops taking readings.",
                zh="暂存区占用多少？满则停止接收。",
            ),
            queries=[
                Influx(
                    influxql=f'SELECT last("spool_share") * 100 {_FROM}',
                    alias=Text(en="Journal", zh="暂存"),
                )
            ],
            unit="%",
            scale=Scale(limits=[_limit(50, Severity.WARNING), _limit(80, Severity.CRITICAL)]),
            every=_EVERY,
        ),
        Stat(
            title=Text(en="Database behind by", zh="入库延迟"),
            question=Text(
                en="How old are the readings the database has not got yet?", zh="未入库数据已等待多久？"
            ),
            queries=[_last("store_lag_s", Text(en="Lag", zh="延迟"))],
            unit="s",
            scale=Scale(limits=[_limit(60, Severity.WARNING), _limit(600, Severity.MAJOR)]),
            every=_EVERY,
        ),
    ]


def _lines(title: Text, question: Text, queries: list[Query], **options: Any) -> TimeSeries:
    return TimeSeries(title=title, question=question, queries=queries, **({"every": _EVERY} | options))


def _rates() -> Panel:
    return _lines(
        Text(en="Messages and samples a second", zh="每秒消息与样本数"),
        Text(en="Does the plant send as much as always?", zh="数据流量是否正常？"),
        [
            _rate("messages", Text(en="Messages", zh="消息")),
            _rate("samples", Text(en="Samples kept", zh="保存样本")),
            _rate("stored_samples", Text(en="Samples stored", zh="入库样本")),
        ],
        decimals=1,
    )


def _trouble() -> Panel:
    return _lines(
        Text(en="What is wrong with what comes", zh="异常数据"),
        Text(en="Do devices send what cannot be used?", zh="设备是否发送了无法使用的数据？"),
        [
            _grown("dead_letters", Text(en="Dead letters", zh="死信")),
            _grown("unknown_device_messages", Text(en="Unknown devices", zh="未知设备")),
            _grown("bad_samples", Text(en="Bad samples", zh="坏值")),
            _grown("late_samples", Text(en="Late samples", zh="迟到数据")),
            _grown("duplicates", Text(en="Duplicates", zh="重复数据")),
        ],
        decimals=0,
        bars=True,
        stacked=True,
        legend=("sum",),
        every=timedelta(minutes=10),
    )


def _lag() -> Panel:
    return _lines(
        Text(en="Behind by", zh="延迟"),
        Text(
            en="Does the database keep up, and the minutes and hours made of it?", zh="入库与降采样是否跟上？"
        ),
        [
            _last("store_lag_s", Text(en="Database", zh="入库")),
            _last("down_sampling_lag_s", Text(en="Minutes and hours", zh="降采样")),
        ],
        unit="s",
    )


def _spool() -> Panel:
    return _lines(
        Text(en="Waiting", zh="等待处理"),
        Text(
            en="What waits on disk for the database, and which alarm reports for the API?",
            zh="多少数据与报警等待送达？",
        ),
        [
            _last("waiting_records", Text(en="Batches for the database", zh="待入库批次")),
            _last("waiting_transitions", Text(en="Alarm reports for the API", zh="待送报警")),
        ],
        decimals=0,
    )


def _states() -> Panel:
    return StateTimeline(
        title=Text(en="Ready", zh="就绪"),
        question=Text(en="When did a pipeline not do its work?", zh="采集管道何时未正常工作？"),
        queries=[_last("ready", Text(en="$tag_pipeline", zh="$tag_pipeline"))],
        words=_GOOD,
        every=_EVERY,
        width=24,
        height=4,
    )


def _assets() -> Panel:
    kinds = (
        ("online", Text(en="Online", zh="在线"), NORMAL),
        ("stale", Text(en="Stale", zh="数据过期"), SEVERITY[Severity.WARNING]),
        ("offline", Text(en="Offline", zh="离线"), SEVERITY[Severity.MAJOR]),
        ("unknown", Text(en="Never heard", zh="从未上报"), UNKNOWN),
    )
    return _lines(
        Text(en="Devices by whether they are heard", zh="设备在线情况"),
        Text(en="How many devices are silent, and since when?", zh="多少设备无数据？何时开始？"),
        [_last(f"assets_{kind}", name) for kind, name, _ in kinds],
        decimals=0,
        every=timedelta(minutes=10),
        stacked=True,
        bars=True,
        legend=("lastNotNull",),
        overrides=[
            Override(
                pattern=Text(en=f"/^{name.en}$/", zh=f"/^{name.zh}$/"),
                properties=[("color", {"mode": "fixed", "fixedColor": colour})],
            )
            for _, name, colour in kinds
        ],
    )


def _silent() -> Panel:
    return Table(
        title=Text(en="Silent devices and wrong clocks", zh="离线设备与时钟错误"),
        question=Text(en="Which devices must somebody look after?", zh="哪些设备需要处理？"),
        queries=[
            rows(
                'SELECT asset AS "<asset>", title_<language> AS "<what>", active_since AS "<since>", '
                f'{NOW} - active_since AS "<age>" FROM alarms WHERE closed_at IS NULL AND active '
                "AND rule IN ('asset-offline', 'device-clock-wrong') ORDER BY active_since LIMIT 500",
                **_WORDS,
            )
        ],
        overrides=[
            column(_SINCE, unit="dateTimeAsIso", width=170),
            column(_AGE, unit="dtdurationms", decimals=0),
        ],
        links=[asset_of_row(_ASSET)],
        no_value=Text(en="all devices are heard", zh="所有设备在线"),
        width=12,
    )


def _letters() -> Panel:
    return Table(
        title=Text(en="Dead letters", zh="死信"),
        question=Text(en="What was sent that cannot be used, and why?", zh="哪些消息无法使用？原因？"),
        queries=[
            rows(
                'SELECT topic AS "<topic>", reason AS "<reason>", count AS "<count>", last AS "<last>" '
                f"FROM dead_letters WHERE last {IN_RANGE} ORDER BY last DESC LIMIT 200",
                **_WORDS,
            )
        ],
        overrides=[column(_LAST, unit="dateTimeAsIso", width=170), column(_COUNT, width=90)],
        no_value=Text(en="none", zh="无"),
        width=12,
    )


def _unknown() -> Panel:
    return Table(
        title=Text(en="Unknown devices", zh="未知设备"),
        question=Text(en="Who sends that no site file declares?", zh="哪些未登记的设备在上报？"),
        queries=[
            rows(
                'SELECT topic AS "<topic>", count AS "<count>", last AS "<last>" FROM unknown_devices '
                f"WHERE last {IN_RANGE} ORDER BY last DESC LIMIT 200",
                **_WORDS,
            )
        ],
        overrides=[column(_LAST, unit="dateTimeAsIso", width=170), column(_COUNT, width=90)],
        no_value=Text(en="none", zh="无"),
        width=12,
    )
