"""`plantroom load`: publish the readings of very many machines, and say what came of it."""

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
import uvloop

from plantroom.cli import logs, options
from plantroom.cli.load_report import Outcome, progress, report
from plantroom.cli.options import setting, together
from plantroom.cli.pipeline_counts import Counts, PipelineCounts
from plantroom.cli.publishing import DEFAULT_BROKER, publishing_client, until_told_to_stop
from plantroom.domain.errors import PlantroomError
from plantroom.domain.names import check_id
from plantroom.mqtt.client import Client
from plantroom.simulators.load import POINTS, Load, Sent, run, site_file
from plantroom.simulators.publishing import SystemClock

WINDOW: Final = 10_000
"""Messages that may wait for the broker's acknowledgement."""
GOODBYE_S: Final = 2.0
"""How long the broker and the pipeline may take to catch up where the load was stopped."""
INTERRUPTED: Final = 130
"""Exit status after Ctrl-C, as shells have it."""
_MOST_A_SECOND: Final = 1000
"""Readings of one machine: its times are whole milliseconds."""


@click.command()
@together(
    setting("--site-id", default="load", show_default=True, metavar="ID", help="Site of the machines."),
    setting(
        "--assets", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True, help="Machines."
    ),
    setting(
        "--rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        help="Messages a second in all. Default: as many as go.",
    ),
    setting(
        "--qos", type=click.IntRange(0, 1), default=1, show_default=True, help="MQTT quality of service."
    ),
    setting(
        "--batch",
        type=click.IntRange(1, 1000),
        default=1,
        show_default=True,
        help="Readings in each message.",
    ),
    setting(
        "--values",
        type=click.IntRange(1, len(POINTS)),
        default=len(POINTS),
        show_default=True,
        help=f"Values in each reading: the first of {', '.join(POINTS)}.",
    ),
    setting(
        "--duration",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="How long. Default: until stopped.",
    ),
    setting("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the random numbers."),
    setting(
        "--patience",
        type=click.FloatRange(min=0, min_open=True),
        default=15.0,
        show_default=True,
        metavar="SECONDS",
        help="How long the broker, and what counts behind it, may take to catch up.",
    ),
    options.broker,
    options.api,
    options.api_token,
)
@click.option(
    "--write-site",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the site file of the machines, and publish nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was reached as JSON on standard output.")
def load(*, write_site: Path | None, as_json: bool, **given: Any) -> None:
    """Publish readings of very many simulated pumps, and report what was reached and what came back.

    With --api the pipeline's counters are read before and after. The machines must be of a site that the
    product knows: --write-site FILE makes its file, for plantroom up --site FILE.
    """
    wanted = _load(given)
    if write_site is not None:
        write_site.write_text(site_file(wanted), encoding="utf-8")
        click.echo(f"{write_site}: site {wanted.site} with {wanted.assets} assets", err=as_json)
        return
    logs.set_up("warning")
    outcome = Outcome()
    try:
        with progress(wanted) as on_progress, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(wanted, outcome, on_progress=on_progress, **_around(given)))
    except PlantroomError as error:
        outcome.failure = str(error)
    report(wanted, outcome, as_json=as_json)
    if outcome.failure or not outcome.finished:
        raise SystemExit(1 if outcome.failure else INTERRUPTED)


def _load(given: dict[str, Any]) -> Load:
    """Return what is asked for.

    Raises:
        click.UsageError: a machine cannot have so many readings.
        NameInvalid: the site cannot be called so.
    """
    rate = given["rate"] or math.inf
    if math.isfinite(rate) and rate * given["batch"] > given["assets"] * _MOST_A_SECOND:
        raise click.UsageError(
            f"{given['assets']} machines have at most {_MOST_A_SECOND} readings a second each: "
            f"{rate:g} messages of {given['batch']}"
        )
    return Load(
        site=check_id(given["site_id"], what="site"),
        assets=given["assets"],
        values=given["values"],
        batch=given["batch"],
        qos=given["qos"],
        rate=rate,
        seconds=given["duration"] or math.inf,
        seed=given["seed"],
    )


def _around(given: dict[str, Any]) -> dict[str, Any]:
    """Return what is not the load itself: where to, and who counts it."""
    return {
        "broker": given["broker"] or DEFAULT_BROKER,
        "patience": given["patience"],
        "counts": PipelineCounts(given["api"], given["api_token"]) if given["api"] else None,
    }


async def _run(
    wanted: Load,
    outcome: Outcome,
    *,
    broker: str,
    patience: float,
    counts: PipelineCounts | None,
    on_progress: Callable[[Sent], None],
) -> None:
    before = await counts.read() if counts else None
    work = _publish(wanted, outcome, broker=broker, patience=patience, on_progress=on_progress)
    await until_told_to_stop(work)
    if counts is not None and before is not None:
        time_left = patience if outcome.finished else GOODBYE_S
        waiting = _caught_up(counts, before, messages=outcome.sent.messages, patience=time_left)
        outcome.pipeline = await until_told_to_stop(waiting)


async def _publish(
    wanted: Load, outcome: Outcome, *, broker: str, patience: float, on_progress: Callable[[Sent], None]
) -> None:
    async with publishing_client(broker, purpose="load", patience=patience, window=WINDOW) as client:
        try:
            await run(wanted, client, clock=SystemClock(), sent=outcome.sent, on_progress=on_progress)
            outcome.finished = await _is_acknowledged(client, patience)
            if not outcome.finished:
                outcome.failure = f"not everything was acknowledged within {patience:g} s"
        except asyncio.CancelledError:
            # Without an end, being stopped is the end.
            is_acknowledged = client.connected and await _is_acknowledged(client, GOODBYE_S)
            outcome.finished = is_acknowledged and math.isinf(wanted.seconds)
            raise
        finally:
            if wanted.qos:
                outcome.acknowledged = outcome.sent.messages - client.in_flight - client.refused
            outcome.refused, outcome.connections = client.refused, client.connections


async def _is_acknowledged(client: Client, patience: float) -> bool:
    """Return whether the broker has acknowledged everything in time."""
    try:
        async with asyncio.timeout(patience):
            await client.flush()
    except TimeoutError:
        return False
    return True


async def _caught_up(counts: PipelineCounts, before: Counts, *, messages: int, patience: float) -> Counts:
    """Return what the pipeline counted since `before`, once that is `messages` or `patience` has passed."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while True:
        found = (await counts.read()).since(before)
        if found.messages >= messages or loop.time() > deadline:
            return found
        await asyncio.sleep(0.2)
