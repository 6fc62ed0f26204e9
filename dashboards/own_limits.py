"""Limits that differ between machines of a class, as lines of their own in the chart of one machine."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from plantroom.dashboards.colours import NORMAL, SEVERITY
from plantroom.dashboards.limits import Limit
from plantroom.dashboards.panel import Override, fixed
from plantroom.dashboards.queries import WHERE, Influx, over_time
from plantroom.domain.text import Text

MOST_VALUES = 8
"""Of one rule: beyond, a chart would ask more for its limits than for its readings."""


def drawn(limits: Sequence[Limit]) -> tuple[Limit, ...]:
    """Return those of `limits` that are few enough to be drawn."""
    by_rule = groupby(sorted(limits, key=_rule), key=_rule)
    groups = (tuple(group) for _, group in by_rule)
    return tuple(limit for group in groups if len(group) <= MOST_VALUES for limit in group)


def _rule(limit: Limit) -> tuple[str, str, bool]:
    return (limit.point, limit.rule, limit.above)


def limit_lines(limits: Sequence[Limit], *, of: str) -> Iterator[Influx]:
    """Yield a level line for each limit, where the chosen machine is one that has it."""
    for limit in limits:
        machines = "|".join(sorted(limit.assets))
        yield over_time(
            f'mean("{limit.point}") * 0 + {limit.value:g}',
            of=of,
            where=f'{WHERE} AND "asset" =~ /^({machines})$/',
            fill="none",
            alias=limit.title,
        )


def in_severity(limits: Sequence[Limit]) -> list[Override]:
    """Return that these lines are dashed and in the colours of their severities."""
    return [
        Override(
            pattern=Text(en=_exactly(title.en), zh=_exactly(title.zh)),
            properties=[
                ("color", fixed(SEVERITY[severity])),
                ("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
                ("custom.lineWidth", 1),
            ],
        )
        for title, severity in dict.fromkeys((limit.title, limit.severity) for limit in limits)
    ]


def in_grey(name: Text) -> Override:
    """Return that the reading itself is grey."""
    return Override(
        pattern=Text(en=_exactly(name.en), zh=_exactly(name.zh)), properties=[("color", fixed(NORMAL))]
    )


def _exactly(name: str) -> str:
    plain = "".join(f"\\{letter}" if letter in "()[].+*?/" else letter for letter in name)
    return f"/^{plain}$/"
