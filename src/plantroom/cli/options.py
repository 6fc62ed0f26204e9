"""The options of contract 4.3, each with its `PLANTROOM_*` environment variable."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import httpx

from plantroom.cli.spans import Span
from plantroom.domain.errors import BrokerUrlInvalid
from plantroom.mqtt.address import Address

F = TypeVar("F", bound=Callable[..., Any])


def setting(flag: str, *names: str, **attributes: Any) -> Callable[[F], F]:
    """Return an option that its environment variable sets as well: `--mqtt-port` is `PLANTROOM_MQTT_PORT`.

    Of the `names`, one without dashes is that of the parameter; others are further spellings of the flag.
    """
    variable = "PLANTROOM_" + flag.removeprefix("--").replace("-", "_").upper()
    return click.option(flag, *names, envvar=variable, show_envvar=True, **attributes)


def _broker_url(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        try:
            Address.parse(value)
        except BrokerUrlInvalid as error:
            raise click.BadParameter(str(error)) from error
    return value


def http_url(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        try:
            url = httpx.URL(value)
        except httpx.InvalidURL as error:
            raise click.BadParameter(f"{error}; expected http://host[:port]") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise click.BadParameter(f"{value!r}; expected http://host[:port]")
    return value


def _database_url(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            kind = make_url(value).get_backend_name()
        except ArgumentError:
            kind = ""
        if kind not in ("postgresql", "sqlite"):
            raise click.BadParameter("expected postgresql+psycopg://user:password@host/name")
    return value


sites = setting(
    "--site",
    "sites",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Site file; may be given several times.",
)
rules = setting(
    "--rules",
    "rules",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Directory of rule files, added to the packs that the sites name; may be given several times.",
)
data = setting(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("plantroom-data"),
    show_default=True,
    help="Directory of everything that is kept.",
)
models = setting(
    "--models",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Directory of trained models. Default: models in --data.",
)
train_every = setting(
    "--train-every",
    type=Span(),
    metavar="SPAN",
    help="Train models again that are this old, such as 7d, in a process of its own. Default: never.",
)
host = setting("--host", default="127.0.0.1", show_default=True, help="Address that the HTTP server binds.")
port = setting(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Its port; 0 takes a free one.",
)
broker = setting(
    "--broker",
    metavar="URL",
    callback=_broker_url,
    help="MQTT broker, mqtt://[user:password@]host[:port] or mqtts://.",
)
influx = setting(
    "--influx",
    metavar="URL",
    help="InfluxDB, http://[user:password@]host[:port]/database, or with ?token= for 2.x and 3.",
)
database = setting(
    "--database",
    metavar="URL",
    callback=_database_url,
    help="Records: postgresql+psycopg://user:password@host/name. Default: SQLite.",
)
api = setting("--api", metavar="URL", callback=http_url, help="Where the API is, http://host:port.")
api_token = setting("--api-token", metavar="TOKEN", help="Token of role pipeline for the API.")
mqtt_host = setting(
    "--mqtt-host", default="127.0.0.1", show_default=True, help="Address that the embedded broker binds."
)
mqtt_port = setting(
    "--mqtt-port",
    type=click.IntRange(0, 65535),
    default=1883,
    show_default=True,
    help="Port of the embedded broker; 0 takes a free one.",
)
mqtt_user = setting(
    "--mqtt-user",
    "mqtt_users",
    multiple=True,
    metavar="NAME:PASSWORD",
    help="User of the embedded broker; demanded beyond loopback; may be given several times.",
)
client_id = setting(
    "--client-id",
    default="",
    metavar="ID",
    help="MQTT client id of the pipeline; its session at the broker belongs to it. Default: made once, kept.",
)
retention = setting(
    "--retention-days",
    "retention",
    "--retention",
    type=click.IntRange(0),
    default=90,
    show_default=True,
    metavar="DAYS",
    help="How long samples are kept in the time-series store; 0 keeps them for ever.",
)
minutes_days = setting(
    "--minutes-days",
    type=click.IntRange(0),
    default=730,
    show_default=True,
    metavar="DAYS",
    help="How long their minutes are kept: mean, least, greatest, last and count; 0 for ever.",
)
hours_days = setting(
    "--hours-days",
    type=click.IntRange(0),
    default=3650,
    show_default=True,
    metavar="DAYS",
    help="How long their hours are kept; 0 for ever.",
)
spool_max = setting(
    "--spool-max",
    type=click.IntRange(1),
    default=4096,
    show_default=True,
    metavar="MIB",
    help="Most room that accepted readings may take on disk while the time-series store is away.",
)
demo = setting("--demo", is_flag=True, help="Simulate the machines of the sites given by --site as well.")
notify = setting(
    "--notify",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="File of the channels that are told of alarms; try it with `plantroom notify test`.",
)
alarm_policy = setting(
    "--alarm-policy",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="File of how alarms are managed: shelving, floods, chattering, targets.",
)
log_level = setting(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="How much is logged on standard error.",
)


def together(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Return one decorator for `options`, in the order given."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
