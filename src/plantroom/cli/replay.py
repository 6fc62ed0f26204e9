"""`plantroom replay`: publish recorded data over MQTT."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from plantroom.cli import logs, options
from plantroom.cli.options import setting, together
from plantroom.cli.publishing import DEFAULT_BROKER, publishing_client, until_told_to_stop
from plantroom.cli.replay_report import DONE, progress, report
from plantroom.domain import topics
from plantroom.domain.errors import BrokerRefused, PlantroomError
from plantroom.domain.names import check_id
from plantroom.domain.site import Asset
from plantroom.simulators.publishing import SystemClock
from plantroom.simulators.replay.cells import parse_constant, time_reader
from plantroom.simulators.replay.columns import RecordingInvalid, parse_mapping
from plantroom.simulators.replay.pacing import Kept, Pace, Shifted
from plantroom.simulators.replay.recording import Layout, Recording
from plantroom.simulators.replay.replaying import Replay, Tally
from plantroom.storage.files import load_installation

PACK: Final = 100
"""Rows in one message where nothing is waited for between them."""
CUT_SHORT: Final = "interrupted"
INTERRUPTED: Final = 130
"""Exit status after Ctrl-C, as shells have it."""


class Lines(click.types.StringParamType):
    """Texts that may hold blanks: an environment variable holds several, one a line."""

    envvar_list_splitter = "\n"


def read_speed(text: str) -> float:
    """Return a positive factor, infinity for `max`.

    Raises:
        click.BadParameter: it is neither.
    """
    try:
        factor = math.inf if text == "max" else float(text)
    except ValueError:
        factor = math.nan
    if not factor > 0:
        raise click.BadParameter(f"must be a number above 0, or max: {text!r}")
    return factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whose data it is."""

    site_id: str
    asset_id: str
    asset: Asset | None
    """None where no site file says what it has."""
    zone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be replayed, where to and how fast."""

    recording: Recording
    target: Target
    broker: str
    keep: bool
    speed: float
    patience: float

    @property
    def pack(self) -> int:
        """How many rows go into one message."""
        return PACK if math.isinf(self.speed) else 1

    def pace(self, start: int) -> Pace:
        """Return when each row is published, from `start` (ms since the epoch) on."""
        return Kept(start=start, speed=self.speed) if self.keep else Shifted(start=start, speed=self.speed)


cells = together(
    setting("--separator", default=",", show_default=True, help=r"Between the cells; \t for tabulators."),
    setting(
        "--time-column",
        metavar="NAME",
        help="Column of the time. Default: ts, time, timestamp, datetime or date.",
    ),
    setting(
        "--time-format",
        default="iso",
        show_default=True,
        help="iso, epoch (seconds), epoch-ms, or a pattern like '%d.%m.%Y %H:%M:%S'.",
    ),
    setting(
        "--timezone", metavar="NAME", help="Zone of times without an offset. Default: the site's, else UTC."
    ),
    setting(
        "--map",
        "mappings",
        multiple=True,
        type=Lines(),
        metavar="COLUMN=POINT[*SCALE][+OFFSET]",
        help="Which point a column is; may be given several times. Default: columns called like points.",
    ),
    setting(
        "--set",
        "constants",
        multiple=True,
        type=Lines(),
        metavar="POINT=VALUE",
        help="Value that every row has besides, like running=true; may be given several times.",
    ),
    setting("--decimal-comma", is_flag=True, help="Numbers are written 1,5."),
)
_course = together(
    setting(
        "--speed",
        type=read_speed,
        metavar="N",
        help="Divides the intervals; max waits for nothing. Default: 1, with --time keep max.",
    ),
    setting(
        "--time",
        "time_mode",
        type=click.Choice(["shift", "keep"]),
        default="shift",
        show_default=True,
        help="shift: the first row is now. keep: as recorded, marked as history, which raises no alarm.",
    ),
    setting(
        "--patience",
        type=click.FloatRange(min=0, min_open=True),
        default=15.0,
        show_default=True,
        metavar="SECONDS",
        help="How long the broker may be away.",
    ),
    setting("--strict", is_flag=True, help="Exit with status 1 if anything in the file could not be read."),
)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@together(
    setting("--asset", "asset_id", required=True, metavar="ID", help="Asset that the recording is of."),
    setting(
        "--site",
        "sites",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Site file that has the asset; may be given several times.",
    ),
    setting("--site-id", metavar="ID", help="Site of the asset, where no site file tells it."),
    options.broker,
)
@cells
@_course
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON on standard output.")
def replay(file: Path, *, as_json: bool, strict: bool, **given: Any) -> None:
    """Publish the rows of a CSV FILE, plain or gzip, as readings of one asset.

    Rows and cells that cannot be read are named and left out. The command ends when the broker has
    acknowledged everything.
    """
    order = _order(file, **given)
    tally = Tally()
    logs.set_up("warning")
    outcome = DONE
    try:
        with progress(order.recording) as on_row:
            if asyncio.run(_run(order, tally=tally, on_row=on_row)) is None:
                outcome = CUT_SHORT
    except PlantroomError as error:
        outcome = str(error)
    target = order.target
    report(
        order.recording,
        tally,
        site=target.site_id,
        asset=target.asset_id,
        outcome=outcome,
        as_json=as_json,
    )
    if outcome == CUT_SHORT:
        raise SystemExit(INTERRUPTED)
    if outcome != DONE or not tally.sent or (strict and tally.problems):
        raise SystemExit(1)


def _order(file: Path, **given: Any) -> Order:
    target = _target(
        given["asset_id"], sites=given["sites"], site_id=given["site_id"], timezone=given["timezone"]
    )
    keep = given["time_mode"] == "keep"
    layout = Layout(
        read_time=time_reader(given["time_format"], target.zone),
        separator=separator_of(given["separator"]),
        time_column=given["time_column"],
        decimal_comma=given["decimal_comma"],
        mappings=tuple(parse_mapping(text) for text in given["mappings"]),
        constants=dict(parse_constant(text, target.asset) for text in given["constants"]),
    )
    return Order(
        recording=Recording(file, layout=layout, asset=target.asset),
        target=target,
        broker=given["broker"] or DEFAULT_BROKER,
        keep=keep,
        speed=given["speed"] or (math.inf if keep else 1.0),
        patience=given["patience"],
    )


def _target(asset_id: str, *, sites: tuple[Path, ...], site_id: str | None, timezone: str | None) -> Target:
    """Return whose data it is.

    Raises:
        click.UsageError: neither a site file nor an option tells the site.
        RecordingInvalid: no site file has the asset.
    """
    zone = zone_of(timezone) if timezone else None
    if not sites:
        if not site_id:
            raise click.UsageError("say which site the asset is of: --site FILE or --site-id ID")
        check_id(site_id, what="site")
        check_id(asset_id, what="asset")
        return Target(site_id=site_id, asset_id=asset_id, asset=None, zone=zone or ZoneInfo("UTC"))
    table = load_installation(sites=sites).table
    if asset_id not in table.asset_number:
        raise RecordingInvalid(f"no asset {asset_id!r} in {', '.join(map(str, sites))}")
    number = table.asset_number[asset_id]
    site = table.site_of[number]
    # What models said is not sent: they say it again.
    asset = replace(table.assets[number], points=table.assets[number].measured)
    return Target(site_id=site.id, asset_id=asset_id, asset=asset, zone=zone or site.timezone)


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter(f"no such time zone: {name!r}", param_hint="--timezone") from None


def separator_of(text: str) -> str:
    separator = "\t" if text == "\\t" else text
    if len(separator) != 1 or separator in '"\r\n':
        raise click.BadParameter(f"must be one character: {text!r}", param_hint="--separator")
    return separator


async def _run(order: Order, *, tally: Tally, on_row: Callable[[Tally], None]) -> Tally | None:
    return await until_told_to_stop(_replay(order, tally=tally, on_row=on_row))


async def _replay(order: Order, *, tally: Tally, on_row: Callable[[Tally], None]) -> Tally:
    clock = SystemClock()
    async with publishing_client(order.broker, purpose="replay", patience=order.patience) as client:
        await Replay(
            order.recording.rows(),
            publisher=client,
            topic=topics.telemetry(site=order.target.site_id, asset=order.target.asset_id),
            pace=order.pace(clock.now()),
            clock=clock,
            pack=order.pack,
            tally=tally,
            on_row=on_row,
        ).run()
        if client.refused:
            raise BrokerRefused(
                f"MQTT broker {client.address} refused {client.refused} messages; see its log"
            )
    return tally
