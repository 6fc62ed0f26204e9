"""ISA-18.2's figures in SQL, with the same numbers as the console's page of alarm performance."""

from collections.abc import Mapping
from typing import Final

from plantroom.dashboards.queries import Records
from plantroom.dashboards.record_queries import NOW, SITES, rows
from plantroom.domain.alarm_performance import DAY_MS, HOUR_MS, TEN_MINUTES_MS, TOP
from plantroom.domain.alarm_policy import AlarmPolicy, milliseconds
from plantroom.domain.text import Text

LABELS: Final[Mapping[str, Text]] = {
    "per_day": Text(en="Alarms per day, mean", zh="日均报警数"),
    "per_hour": Text(en="Alarms per hour, mean", zh="每小时平均报警数"),
    "per_10_minutes": Text(en="Alarms per 10 minutes, mean", zh="每 10 分钟平均报警数"),
    "most_in_10_minutes": Text(en="Most in any 10 minutes", zh="任意 10 分钟最多报警数"),
    "busy_hours_percent": Text(en="Hours with more than {limit} alarms", zh="超过 {limit} 条报警的小时占比"),
    "busy_10_minutes_percent": Text(
        en="10-minute periods with more than {limit}", zh="超过 {limit} 条的 10 分钟占比"
    ),
    "flood_percent": Text(en="Time in flood", zh="报警泛滥时间占比"),
    "top_ten_percent": Text(en="Share of the ten most frequent", zh="前十报警占比"),
    "chattering": Text(en="Chattering alarms", zh="频繁抖动报警"),
    "fleeting": Text(en="Fleeting alarms", zh="瞬时报警"),
    "stale": Text(en="Stale alarms on the worst day", zh="最差一天的长期未消报警"),
    "low_percent": Text(en="Low priority", zh="低优先级占比"),
    "medium_percent": Text(en="Medium priority", zh="中优先级占比"),
    "high_percent": Text(en="High priority", zh="高优先级占比"),
}

MEASURE: Final = Text(en="Measure", zh="指标")
VALUE: Final = Text(en="Value", zh="数值")
TARGET: Final = Text(en="Target", zh="目标")
MET: Final = Text(en="Met", zh="达标")

# Whatever touches the period: `shown` to people, `inside` if it began in it; as the console reads it.
HEARD: Final = (
    "span AS (SELECT ${__from}::bigint AS start, ${__to}::bigint AS stop), "
    "heard AS (SELECT p.activated_at AS begins, "
    f"COALESCE(p.ended_at, GREATEST(LEAST(span.stop, {NOW}::bigint), p.activated_at)) AS ends, "
    "p.ended_at IS NOT NULL AS ended, p.aside = '' AS shown, p.activated_at >= span.start AS inside, "
    "a.severity, p.site, p.asset, p.rule, a.title_en, a.title_zh "
    "FROM activations p JOIN alarms a ON a.id = p.alarm_id, span "
    f"WHERE p.activated_at < span.stop AND p.aside IN ('', 'chattering', 'grouped') AND p.{SITES} "
    "AND (p.activated_at >= span.start OR p.ended_at IS NULL OR p.ended_at > span.start)), "
    "seen AS (SELECT * FROM heard WHERE shown AND inside)"
)
"""Common table expressions: `span`, `heard`, `seen`."""


def performance(policy: AlarmPolicy) -> Records:
    """Return the table of the chosen time: measure, value, target, whether it is met."""
    lines = _lines(policy)
    union = " UNION ALL ".join(
        f"SELECT {place} AS place, '<{name}>' AS label, ({value})::float8 AS value, "
        f"{target:g}::float8 AS target, '{relation}' AS relation"
        for place, (name, value, relation, target) in enumerate(lines)
    )
    met = "CASE relation WHEN '<' THEN value < target WHEN '<=' THEN value <= target ELSE value >= target END"
    sql = (
        f"WITH {HEARD}, {_FLOODS.format(**_flood_limits(policy))}, lines AS ({union}) "
        'SELECT label AS "<measure>", value AS "<value>", relation || \' \' || target AS "<target>", '
        f'CASE WHEN value IS NULL THEN NULL WHEN {met} THEN 1 ELSE 0 END AS "<met>" FROM lines ORDER BY place'
    )
    return rows(sql, measure=MEASURE, value=VALUE, target=TARGET, met=MET, **_labels(policy))


def _labels(policy: AlarmPolicy) -> dict[str, Text]:
    limits = {
        "busy_hours_percent": policy.targets.busy_hour,
        "busy_10_minutes_percent": policy.targets.busy_10_minutes,
    }
    return {
        name: Text(
            en=text.en.format(limit=limits.get(name, "")), zh=text.zh.format(limit=limits.get(name, ""))
        )
        for name, text in LABELS.items()
    }


def _lines(policy: AlarmPolicy) -> tuple[tuple[str, str, str, float], ...]:
    """Return name, SQL of the value, relation and target of each measure."""
    targets, slack = policy.targets, policy.targets.priority_tolerance
    return (
        ("per_day", _rate(DAY_MS), "<=", targets.per_day),
        ("per_hour", _rate(HOUR_MS), "<=", targets.per_hour),
        ("per_10_minutes", _rate(TEN_MINUTES_MS), "<=", targets.per_10_minutes),
        ("most_in_10_minutes", _MOST, "<=", targets.most_in_10_minutes),
        ("busy_hours_percent", _busy(HOUR_MS, targets.busy_hour), "<=", targets.busy_hours_percent),
        (
            "busy_10_minutes_percent",
            _busy(TEN_MINUTES_MS, targets.busy_10_minutes),
            "<=",
            targets.busy_10_minutes_percent,
        ),
        ("flood_percent", _FLOOD_SHARE, "<=", targets.flood_percent),
        ("top_ten_percent", _TOP_SHARE, "<=", targets.top_ten_percent),
        ("chattering", _chattering(policy), "<=", targets.chattering),
        ("fleeting", _fleeting(policy), "<=", targets.fleeting),
        ("stale", _stale(policy), "<", targets.stale),
        ("low_percent", _share("'info', 'warning'"), ">=", targets.low_percent - slack),
        ("medium_percent", _share("'major'"), "<=", targets.medium_percent + slack),
        ("high_percent", _share("'critical'"), "<=", targets.high_percent + slack),
    )


def _rate(width: int) -> str:
    return f"SELECT count(*) * {width}.0 / (SELECT stop - start FROM span) FROM seen"


_MOST: Final = (
    "SELECT COALESCE(max(together), 0) FROM (SELECT count(*) OVER (ORDER BY begins "
    f"RANGE BETWEEN CURRENT ROW AND {TEN_MINUTES_MS - 1} FOLLOWING) AS together FROM seen) counted"
)


def _busy(width: int, limit: float) -> str:
    return (
        f"SELECT 100.0 * count(*) / (SELECT GREATEST(1, ceil((stop - start) / {width}.0)) FROM span) "
        "FROM (SELECT 1 FROM seen, span GROUP BY (seen.begins - span.start) / "
        f"{width} HAVING count(*) > {limit:g}) busy"
    )


# A flood begins when more than so many came within the window, and ends when fewer did: the last of the two
# that was so decides in between.
_FLOODS: Final = (
    "steps AS (SELECT begins AS at, 1 AS step FROM seen UNION ALL SELECT begins + {window}, -1 FROM seen), "
    "counts AS (SELECT at, row_number() OVER ordered AS place, sum(step) OVER ordered AS together FROM steps "
    "WINDOW ordered AS (ORDER BY at, step ROWS UNBOUNDED PRECEDING)), "
    "signs AS (SELECT at, place, "
    "CASE WHEN together > {above} THEN 1 WHEN together < {below} THEN 0 END AS sign FROM counts), "
    "kept AS (SELECT at, place, sign, count(sign) OVER (ORDER BY place) AS part FROM signs), "
    "standing AS (SELECT at, max(sign) OVER (PARTITION BY part) AS flood, "
    "lead(at) OVER (ORDER BY place) AS until FROM kept)"
)
_FLOOD_SHARE: Final = (
    "SELECT 100.0 * COALESCE(sum(LEAST(COALESCE(until, span.stop), span.stop) - GREATEST(at, span.start)) "
    "FILTER (WHERE flood = 1 AND at < span.stop), 0) / max(span.stop - span.start) "
    "FROM span LEFT JOIN standing ON true"
)


def _flood_limits(policy: AlarmPolicy) -> dict[str, int]:
    return {
        "window": milliseconds(policy.flood.window),
        "above": policy.flood.begins_above,
        "below": policy.flood.ends_below,
    }


_TOP_SHARE: Final = (
    "SELECT 100.0 * sum(number) / NULLIF((SELECT count(*) FROM seen), 0) FROM (SELECT count(*) AS number "
    f"FROM seen GROUP BY site, asset, rule ORDER BY 1 DESC LIMIT {TOP}) most"
)


def _chattering(policy: AlarmPolicy) -> str:
    back, within = policy.chatter.activations - 1, milliseconds(policy.chatter.within)
    return (
        "SELECT count(DISTINCT (site, asset, rule)) FROM (SELECT site, asset, rule, begins - lag(begins, "
        f"{back}) OVER (PARTITION BY site, asset, rule ORDER BY begins) AS gap FROM heard WHERE inside) gaps "
        f"WHERE gap < {within}"
    )


def _fleeting(policy: AlarmPolicy) -> str:
    return f"SELECT count(*) FROM seen WHERE ended AND ends - begins < {milliseconds(policy.fleeting_within)}"


def _stale(policy: AlarmPolicy) -> str:
    after = milliseconds(policy.stale_after)
    return (
        "SELECT COALESCE(max(number), 0) FROM (SELECT count(*) AS number FROM (SELECT "
        f"GREATEST(begins + {after}, span.start) - span.start AS first, LEAST(ends, span.stop) - span.start "
        "AS last FROM heard, span WHERE shown) stale, "
        f"generate_series(first / {DAY_MS}, (last - 1) / {DAY_MS}) AS day "
        "WHERE first < last GROUP BY day) days"
    )


def _share(severities: str) -> str:
    return (
        f"SELECT 100.0 * count(*) FILTER (WHERE severity IN ({severities})) / NULLIF(count(*), 0) FROM seen"
    )
