"""`plantroom api`: the API and the web page alone, against an external InfluxDB."""

import os
from contextlib import AsyncExitStack, closing
from pathlib import Path

import click

from plantroom.api.access.keys import first_start
from plantroom.api.app import create_app
from plantroom.api.clock import system_clock
from plantroom.cli import logs, options, parts
from plantroom.cli.announcing import announce
from plantroom.cli.lock import owned
from plantroom.cli.options import together
from plantroom.cli.parts import Parts
from plantroom.cli.rereading import keep_up
from plantroom.cli.serving import bind, hosts_of, serving
from plantroom.cli.wiring import channels_of, models_folder, open_store, policy_of, records_url
from plantroom.domain.alarm_policy import AlarmPolicy
from plantroom.domain.channel import Channels
from plantroom.storage.files.rule_book import RuleBook
from plantroom.storage.models.registry import Registry
from plantroom.storage.records import open_records


@click.command()
@together(
    options.sites,
    options.rules,
    options.data,
    options.models,
    options.host,
    options.port,
    options.influx,
    options.database,
    options.notify,
    options.alarm_policy,
    options.log_level,
)
def api(
    *,
    sites: tuple[Path, ...],
    rules: tuple[Path, ...],
    data: Path,
    models: Path | None,
    host: str,
    port: int,
    influx: str | None,
    database: str | None,
    notify: Path | None,
    alarm_policy: Path | None,
    log_level: str,
) -> None:
    """Run the API and the web page alone; alarms come from `plantroom ingest`."""
    if not sites:
        raise click.UsageError("run apart, the API needs --site: which assets it serves")
    if influx is None:
        raise click.UsageError(
            "run apart, the API needs --influx: the embedded time series has one owner, `plantroom up`"
        )
    logs.set_up(log_level)
    book = RuleBook.open(sites=sites, rules=rules, now=system_clock())
    with owned(data / "api"):
        parts.run(
            _api(
                book,
                data=data,
                models=Registry(models_folder(models, data)),
                influx=influx,
                records_at=records_url(database, data),
                host=host,
                port=port,
                channels=channels_of(notify),
                policy=policy_of(alarm_policy),
            )
        )


async def _api(
    rules: RuleBook,
    *,
    data: Path,
    models: Registry,
    influx: str,
    records_at: str,
    host: str,
    port: int,
    channels: Channels,
    policy: AlarmPolicy,
) -> None:
    together = Parts()
    installation = rules.installation
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(bind(host, port))
        store = stack.enter_context(open_store(influx, data=data, installation=installation))
        records = stack.enter_context(closing(open_records(records_at)))
        first = first_start(records, given=os.environ.get("PLANTROOM_ADMIN_TOKEN"), now=system_clock())
        app = create_app(
            records=records,
            store=store,
            installation=installation,
            hosts=hosts_of(host),
            expects_pipeline=False,
            channels=channels,
            policy=policy,
            rule_book=rules,
            models=models,
        )
        await stack.enter_async_context(
            together.running(keep_up(rules, clock=system_clock), name="rule files")
        )
        await stack.enter_async_context(
            serving(together, app, listener, end_streams=app.state.services.tail.close)
        )
        announce(listener, first)
        await together.until_told_to_stop()
