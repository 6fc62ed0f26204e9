"""Metrics become readings of an asset."""

import json
from collections.abc import Sequence
from typing import Any, Final

from plantroom.ingest.dead_letters import EXCERPT_BYTES, LetterKind, excerpt
from plantroom.ingest.decode import EARLIEST, LATEST, Reading
from plantroom.ingest.interpreted import Interpreted, Refusal
from plantroom.ingest.sparkplug.edge_node import Event, What
from plantroom.ingest.sparkplug.sources import Source, is_of_the_protocol
from plantroom.mqtt.sparkplug.payload import Metric

NO_HISTORY: Final = "is_historical: history needs a timestamp"
NO_TIME: Final = "timestamp: before the year 2000 or after 2099 (not milliseconds?)"
_NAME_BYTES: Final = 64


def read_metrics(source: Source, event: Event) -> Interpreted:
    """Return what the metrics of `event` say of the asset that `source` is.

    What a birth says is true when the birth is sent, however old the metric's own timestamp.
    """
    groups: dict[tuple[int | None, bool], dict[str, Any]] = {}
    refusals: dict[str, Refusal] = {}
    for metric in event.metrics:
        name = metric.name or ""
        point = source.point_of(name)
        if point is None:
            if source.reports_unknown and not is_of_the_protocol(name):
                _refuse(refusals, f'unknown metric "{excerpt(name, _NAME_BYTES)}"', metric)
            continue
        ts = _time(metric, event)
        if ts is not None and not EARLIEST <= ts < LATEST:
            _refuse(refusals, NO_TIME, metric)
        elif ts is None and metric.historical:
            _refuse(refusals, NO_HISTORY, metric)
        else:
            groups.setdefault((ts, metric.historical), {})[point.point] = point.read(metric.value)
    return Interpreted(
        readings=tuple(
            (source.asset, Reading(values=values, ts=ts, historical=historical))
            for (ts, historical), values in groups.items()
        ),
        refusals=tuple(refusals.values()),
    )


def shown(metrics: Sequence[Metric]) -> str:
    """Return the beginning of `metrics` for people to read."""
    few = metrics[: EXCERPT_BYTES // 8]
    return json.dumps({_called(metric): metric.value for metric in few}, ensure_ascii=False)


def _time(metric: Metric, event: Event) -> int | None:
    if event.what is What.BORN and not metric.historical and event.ts is not None:
        return event.ts
    return metric.ts or event.ts


def _refuse(refusals: dict[str, Refusal], reason: str, metric: Metric) -> None:
    refusals[reason] = Refusal(reason=reason, kind=LetterKind.VALUE, content=shown([metric]))


def _called(metric: Metric) -> str:
    return f"alias {metric.alias}" if metric.name is None else metric.name
