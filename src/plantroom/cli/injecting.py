"""`plantroom simulate inject` and `repair`: tell a running simulator what goes wrong, and what no more."""

import asyncio
import secrets
from datetime import timedelta

import click
import msgspec

from plantroom.cli import options
from plantroom.cli.options import together
from plantroom.cli.publishing import DEFAULT_BROKER, Listens, publishing_client
from plantroom.cli.spans import Span
from plantroom.domain import topics
from plantroom.domain.errors import PlantroomError
from plantroom.simulators.control import INJECT, REPAIR, Answer, Command

PATIENCE_S = 5.0
"""How long the broker and the simulators may take."""


class NotInjected(PlantroomError):
    """No simulator did what it was told."""


_asset = click.argument("asset")
_fault = click.argument("fault")
_point = click.option("--point", metavar="NAME", help="The point whose instrument it is on.")


@click.command()
@together(_asset, _fault, _point, options.broker)
@click.option(
    "--severity",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="How bad it gets, 0 to 1.",
)
@click.option("--ramp", type=Span(), default="0", help="How long it takes to get so bad. Default: at once.")
@click.option("--for", "lasts", type=Span(), help="When it is gone by itself. Default: when repaired.")
def inject(
    *,
    asset: str,
    fault: str,
    point: str | None,
    broker: str | None,
    severity: float,
    ramp: timedelta,
    lasts: timedelta | None,
) -> None:
    """Let a fault happen on an asset of a running simulator (`plantroom simulate faults` lists them)."""
    command = Command(
        caller=secrets.token_hex(8),
        do=INJECT,
        asset=asset,
        fault=fault,
        point=point,
        severity=severity,
        ramp=ramp.total_seconds(),
        lasts=None if lasts is None else lasts.total_seconds(),
    )
    answer = asyncio.run(_tell(command, broker or DEFAULT_BROKER))
    click.echo(f"{answer.site}: {_where(asset, point)} has {fault}, severity {severity:g}")


@click.command()
@together(_asset, _fault, _point, options.broker)
def repair(*, asset: str, fault: str, point: str | None, broker: str | None) -> None:
    """Let a fault on an asset of a running simulator be gone."""
    command = Command(caller=secrets.token_hex(8), do=REPAIR, asset=asset, fault=fault, point=point)
    answer = asyncio.run(_tell(command, broker or DEFAULT_BROKER))
    click.echo(f"{answer.site}: {_where(asset, point)} has {fault} no more")


def _where(asset: str, point: str | None) -> str:
    return asset if point is None else f"{asset}.{point}"


async def _tell(command: Command, broker: str) -> Answer:
    """Return the answer of the simulator that has the asset.

    Raises:
        BrokerUnavailable: the broker is away.
        NotInjected: no simulator has the asset, or it cannot do it.
    """
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    listens = Listens(topic=topics.simulation_reply(command.caller), take=answers.put_nowait)
    heard: list[Answer] = []
    async with publishing_client(broker, purpose="inject", patience=PATIENCE_S, listens=listens) as client:
        await client.publish(topics.SIMULATION_COMMANDS, msgspec.json.encode(command))
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    answer = msgspec.json.decode(await answers.get(), type=Answer)
                    heard.append(answer)
                    if answer.simulated:
                        break
        except TimeoutError:
            raise NotInjected(_nobody(command, broker, heard)) from None
    if answer.error is not None:
        raise NotInjected(answer.error)
    return answer


def _nobody(command: Command, broker: str, heard: list[Answer]) -> str:
    if heard:
        sites = ", ".join(sorted({answer.site for answer in heard}))
        return f"{command.asset!r} is not simulated; simulated here: {sites}"
    return f"no simulator answers at {broker}: is `plantroom up` or `plantroom simulate` running on it?"
