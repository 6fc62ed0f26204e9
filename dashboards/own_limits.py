"""Limits that differ between machines of a class, as level lines in the charts of those that have them."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from plantroom.dashboards.colours import NORMAL, SEVERITY
from plantroom.dashboards.limits import Limit
from plantroom.dashboards.panel import Override, fixed, plain
from plantroom.dashboards.queries import WHERE, Influx
from plantroom.domain.text import Text

MOST_VALUES = 8
"""Of one rule, in the chart of one machine: beyond, it would ask more for limits than for readings."""
FEW_VALUES = 2
"""In the chart of all machines: beyond, nobody could tell which line is whose."""


def drawn(limits: Sequence[Limit], *, most: int = MOST_VALUES) -> tuple[Limit, ...]:
    """Return those of `limits` that are few enough to be drawn; what three phases share is drawn once."""
    once = {(limit.rule, limit.above, limit.value, limit.assets): limit for limit in reversed(limits)}
    groups = groupby(sorted(once.values(), key=_place), key=lambda limit: (limit.rule, limit.above))
    kept = (tuple(group) for _, group in groups)
    return tuple(limit for group in kept if len(group) <= most for limit in group)


def _place(limit: Limit) -> tuple[str, bool, float, str]:
    return (limit.rule, limit.above, limit.value, limit.point)


def limit_lines(limits: Sequence[Limit], *, of: str, where: str = WHERE) -> Iterator[Influx]:
    """Yield a level line for each limit, where a chosen machine is one that has it."""
    for limit in limits:
        machines = "|".join(sorted(limit.assets))
        yield Influx(
            influxql=(
                f'SELECT mean("{limit.point}") * 0 + {limit.value:g} FROM "$tier"."{of}" '
                f'WHERE {where} AND "asset" =~ /^({machines})$/ GROUP BY time($__interval) fill(none)'
            ),
            alias=_named(limit),
        )


def in_severity(limits: Sequence[Limit]) -> list[Override]:
    """Return that these lines are dashed and in the colours of their severities."""
    return [
        Override(
            pattern=exactly(_named(limit)),
            properties=[
                ("color", fixed(SEVERITY[limit.severity])),
                ("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
                ("custom.lineWidth", 1),
            ],
        )
        for limit in limits
    ]


def _named(limit: Limit) -> Text:
    sign = ">" if limit.above else "<"
    en, zh = (f"{limit.title.in_language(each)} {sign} {limit.value:g}" for each in ("en", "zh"))
    return Text(en=en, zh=zh)


def in_grey(name: Text) -> Override:
    """Return that the reading itself is grey."""
    return Override(pattern=exactly(name), properties=[("color", fixed(NORMAL))])


def exactly(name: Text, *, before: str = "^") -> Text:
    """Return the regular expression, in slashes, that finds the series of that name."""
    en, zh = (f"/{before}{plain(each)}$/" for each in (name.en, name.zh))
    return Text(en=en, zh=zh)
