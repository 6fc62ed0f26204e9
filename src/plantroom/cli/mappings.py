"""`plantroom mappings`: tells what the mappings of a site file make of a payload."""

import json
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from plantroom.domain.points import PointTable
from plantroom.domain.report import to_rfc3339
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.domain.site import Point, ValueType
from plantroom.ingest.intake import Intake, Taken
from plantroom.mqtt.message import Received
from plantroom.storage.files import load_installation


@click.group()
def mappings() -> None:
    """Try the mappings of foreign payloads."""


@mappings.command(name="try")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--topic", required=True, help="Topic of the message.")
@click.option(
    "--payload", required=True, help="Its payload; @FILE reads it from a file, - from standard input."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def try_(file: Path, topic: str, payload: str, *, as_json: bool) -> None:
    """Show the points that would come of a message on the topic, or why none do.

    The exit status is 1 if none do, or if any value could not be used.
    """
    table = load_installation(sites=[file]).table
    taken = Intake(table).take([Received(topic, _payload(payload), int(time.time() * 1000))])
    document = {
        "ok": len(taken.batch) > 0 and not taken.letters,
        "topic": topic,
        "mappings": list(_mappings(table, topic, taken)),
        "points": list(_points(table, taken.batch)),
        "problems": [letter.reason for letter in taken.letters],
    }
    click.echo(json.dumps(document, ensure_ascii=False) if as_json else _told(document))
    sys.exit(0 if document["ok"] else 1)


def _payload(given: str) -> bytes:
    if given == "-":
        return sys.stdin.buffer.read()
    if not given.startswith("@"):
        return given.encode(errors="surrogateescape")
    try:
        return Path(given[1:]).read_bytes()
    except OSError as error:
        raise click.BadParameter(f"{given[1:]}: {error.strerror}", param_hint="--payload") from error


def _mappings(table: PointTable, topic: str, taken: Taken) -> Iterator[dict[str, Any]]:
    for site in table.sites:
        for mapping in site.mappings:
            count = taken.counts.mapped.get(mapping.name)
            if count is None:
                why = mapping.topic.why_not(topic)
            elif count.skipped:
                why = "passed over: it is not about that asset or point, or its when does not hold"
            else:
                why = ""
            yield {
                "name": mapping.name,
                "takes": count is not None,
                "values": count.values if count else 0,
                "why_not": why,
            }


def _points(table: PointTable, batch: SampleBatch) -> Iterator[dict[str, Any]]:
    for point, ts, value, quality in zip(
        batch.point.tolist(), batch.ts.tolist(), batch.value.tolist(), batch.quality.tolist(), strict=True
    ):
        asset, name = table.keys[point]
        yield {
            "asset": asset,
            "point": name,
            "value": _value(table.points[point], value),
            "unit": table.points[point].unit,
            "quality": Quality(quality).label,
            "ts": to_rfc3339(ts),
        }


def _value(point: Point, value: float) -> float | bool | str | None:
    if math.isnan(value):
        return None
    if point.value_type is ValueType.BOOLEAN:
        return value == 1
    if point.value_type is ValueType.STATE:
        return point.states[int(value)]
    return value


def _told(document: dict[str, Any]) -> str:
    lines = [
        f"{each['asset']} {each['point']} = {_shown(each)}  ({each['quality']}, {each['ts']})"
        for each in document["points"]
    ]
    lines += [f"not used: {problem}" for problem in document["problems"]]
    lines += [
        f"mapping {each['name']}: {each['why_not']}" for each in document["mappings"] if each["why_not"]
    ]
    if not document["mappings"]:
        lines.append("the file has no mappings")
    return "\n".join(lines)


def _shown(point: dict[str, Any]) -> str:
    value = point["value"]
    text = f"{value:.9g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
    return f"{text} {point['unit']}".rstrip()
