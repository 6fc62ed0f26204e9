"""SQL on the records in both languages: what alarms and work orders are called, and how they stand."""

import re
from collections.abc import Mapping
from typing import Final

from plantroom.dashboards.colours import AT_REST, NORMAL, RUNNING, SEVERITY
from plantroom.dashboards.panel import Both, DataLink, Override
from plantroom.dashboards.queries import Records
from plantroom.dashboards.words import Word
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text

_NAME: Final = re.compile(r"<(\w+)>")
_GRAVE: Final = {each.value: colour for each, colour in SEVERITY.items()}

SEVERITIES: Final[Mapping[str, Word]] = {
    "critical": Word(Text(en="Critical", zh="紧急"), _GRAVE["critical"]),
    "major": Word(Text(en="Major", zh="重要"), _GRAVE["major"]),
    "warning": Word(Text(en="Warning", zh="预警"), _GRAVE["warning"]),
    "info": Word(Text(en="Info", zh="提示"), _GRAVE["info"]),
}
STATES: Final[Mapping[str, Word]] = {
    "active_unacked": Word(Text(en="Active, unacknowledged", zh="激活，未确认"), _GRAVE["major"]),
    "active_acked": Word(Text(en="Active, acknowledged", zh="激活，已确认"), _GRAVE["warning"]),
    "cleared_unacked": Word(Text(en="Cleared, unacknowledged", zh="已恢复，未确认"), _GRAVE["info"]),
    "shelved": Word(Text(en="Shelved", zh="搁置"), AT_REST),
    "suppressed": Word(Text(en="Suppressed", zh="抑制"), AT_REST),
    "out_of_service": Word(Text(en="Out of service", zh="停用"), AT_REST),
    "normal": Word(Text(en="Normal", zh="正常"), NORMAL),
}
PRIORITIES: Final[Mapping[str, Word]] = {
    "urgent": Word(Text(en="Urgent", zh="急修"), _GRAVE["critical"]),
    "high": Word(Text(en="High", zh="高"), _GRAVE["major"]),
    "normal": Word(Text(en="Normal", zh="普通"), NORMAL),
    "low": Word(Text(en="Low", zh="低"), AT_REST),
}
STATUSES: Final[Mapping[str, Word]] = {
    "new": Word(Text(en="New", zh="受理"), _GRAVE["info"]),
    "assigned": Word(Text(en="Assigned", zh="派单"), RUNNING),
    "in_progress": Word(Text(en="In progress", zh="处理中"), RUNNING),
    "completed": Word(Text(en="Completed", zh="完工待验"), NORMAL),
    "verified": Word(Text(en="Verified", zh="验收"), NORMAL),
    "closed": Word(Text(en="Closed", zh="归档"), AT_REST),
    "cancelled": Word(Text(en="Cancelled", zh="取消"), AT_REST),
}

NOW: Final = "(EXTRACT(EPOCH FROM now()) * 1000)"
"""ms since the epoch, as the records keep time."""
SITES: Final = "site ~ '^${site:regex}$'"
"""Of the chosen sites."""
IN_RANGE: Final = "BETWEEN ${__from} AND ${__to}"

_RANK: Final = "CASE {} " + " ".join(f"WHEN '{each.value}' THEN {each.rank}" for each in Severity) + " END"
RANK: Final = _RANK.format("severity")
"""The rank of an alarm's severity: the gravest is the greatest."""

_ASIDE: Final = (
    f"SELECT 1 FROM set_asides s WHERE s.kind = '{{}}' AND s.site = a.site AND s.asset IN ('', a.asset) "
    f"AND s.rule IN ('', a.rule) AND (s.life_safety OR NOT a.life_safety) "
    f"AND (s.until IS NULL OR s.until > {NOW})"
)
STATE: Final = (
    "CASE WHEN a.closed_at IS NOT NULL THEN 'normal' "
    f"WHEN EXISTS ({_ASIDE.format('out_of_service')}) THEN 'out_of_service' "
    f"WHEN EXISTS ({_ASIDE.format('shelved')}) THEN 'shelved' "
    f"WHEN a.suppressed OR EXISTS ({_ASIDE.format('maintenance')}) THEN 'suppressed' "
    "WHEN NOT a.active AND NOT a.latched THEN 'cleared_unacked' "
    "WHEN a.acknowledged THEN 'active_acked' ELSE 'active_unacked' END"
)
"""How the alarm `a` stands, as the console has it."""


def in_both(sql: str, **words: Text) -> Text:
    """Return `sql` with each `<name>` as `words` has it in each language; `<language>` is `en` or `zh`."""
    known = words | {"language": Text(en="en", zh="zh")}

    def written(language: str) -> str:
        return _NAME.sub(lambda found: known[found[1]].in_language(language), sql)

    return Text(en=written("en"), zh=written("zh"))


def rows(sql: str, **words: Text) -> Records:
    """Return a query whose columns are named by `words`."""
    return Records(sql=in_both(sql, **words))


def series(sql: str, **words: Text) -> Records:
    """Return a query of time series: a column `time`, texts that name a series, and its values."""
    return Records(sql=in_both(sql, **words), time_series=True)


def named_values(words: Mapping[str, Word]) -> Both:
    """Return Grafana's mapping of texts to words and colours."""
    en, zh = (_mapping(words, language) for language in ("en", "zh"))
    return Both(en=en, zh=zh)


def _mapping(words: Mapping[str, Word], language: str) -> list[object]:
    options = {
        value: {"text": word.text.in_language(language), "color": word.colour, "index": place}
        for place, (value, word) in enumerate(words.items())
    }
    return [{"type": "value", "options": options}]


def in_words(column: Text, words: Mapping[str, Word], width: int = 170) -> Override:
    """Return that a column's values are shown in words, on their colours."""
    return Override(
        pattern=_exactly(column),
        properties=[
            ("mappings", named_values(words)),
            ("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
            ("custom.width", width),
        ],
    )


def column(name: Text, *, unit: str = "", decimals: int | None = None, width: int | None = None) -> Override:
    """Return how a column is shown."""
    properties: list[tuple[str, object]] = [("unit", unit)] if unit else []
    properties += [("decimals", decimals)] if decimals is not None else []
    properties += [("custom.width", width)] if width is not None else []
    return Override(pattern=_exactly(name), properties=properties)


def hidden(name: Text) -> Override:
    """Return that a column is there for links only."""
    return Override(pattern=_exactly(name), properties=[("custom.hidden", True)])


def asset_of_row(name: Text) -> DataLink:
    """Return the way from a row to the console's page of the machine in the column `name`."""
    return DataLink(
        title=Text(en="Machine in the console", zh="控制台中的设备"), url=_with_column("assets", name)
    )


def order_of_row(name: Text) -> DataLink:
    """Return the way from a row to the console's page of the work order in the column `name`."""
    return DataLink(
        title=Text(en="Work order in the console", zh="控制台中的工单"), url=_with_column("work-orders", name)
    )


def _with_column(path: str, name: Text) -> Text:
    en, zh = (f'${{console}}/{path}/${{__data.fields["{each}"]}}' for each in (name.en, name.zh))
    return Text(en=en, zh=zh)


def _exactly(name: Text) -> Text:
    return Text(en=f"/^{re.escape(name.en)}$/", zh=f"/^{re.escape(name.zh)}$/")
