"""`plantroom ingest`: the pipeline alone, against an external broker, InfluxDB and API."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import click
import httpx
from prometheus_client import CollectorRegistry

from plantroom.api.clock import system_clock
from plantroom.cli import logs, options, parts
from plantroom.cli.lock import owned
from plantroom.cli.options import together
from plantroom.cli.parts import Parts
from plantroom.cli.rereading import keep_up
from plantroom.cli.serving import bind, serving, url_of
from plantroom.cli.wiring import (
    API_TIMEOUT,
    PipelineSettings,
    keep_figures,
    open_down_sampler,
    open_pipeline,
    open_store,
    retention_of,
    run_pipeline,
    wait_for_broker,
)
from plantroom.ingest.app import create_app
from plantroom.ingest.metrics import DownSamplingCollector, PipelineCollector
from plantroom.storage.files.rule_book import RuleBook


@click.command()
@together(
    options.sites,
    options.rules,
    options.data,
    options.models,
    options.host,
    options.port,
    options.broker,
    options.influx,
    options.api,
    options.api_token,
    options.client_id,
    options.retention,
    options.minutes_days,
    options.hours_days,
    options.spool_max,
    options.log_level,
)
def ingest(
    *,
    sites: tuple[Path, ...],
    rules: tuple[Path, ...],
    data: Path,
    models: Path | None,
    host: str,
    port: int,
    broker: str | None,
    influx: str | None,
    api: str | None,
    api_token: str | None,
    client_id: str,
    retention: int,
    minutes_days: int,
    hours_days: int,
    spool_max: int,
    log_level: str,
) -> None:
    """Run the pipeline alone: MQTT in, samples to InfluxDB, alarms to the API.

    Health and metrics are served at --host and --port: /health/live, /health/ready, /metrics.
    """
    _demand(sites=sites, broker=broker, influx=influx, api=api, api_token=api_token)
    logs.set_up(log_level)
    book = RuleBook.open(sites=sites, rules=rules, now=system_clock())
    settings = PipelineSettings(
        data=data,
        models=models,
        broker=str(broker),
        client_id=client_id,
        retention=retention_of(days=retention, minutes_days=minutes_days, hours_days=hours_days),
        spool_mib=spool_max,
    )
    client = httpx.AsyncClient(
        base_url=str(api), headers={"Authorization": f"Bearer {api_token}"}, timeout=API_TIMEOUT
    )
    with owned(data / "ingest"):
        work = _ingest(
            settings,
            book,
            influx=str(influx),
            api=client,
            token=str(api_token),
            host=host,
            port=port,
        )
        parts.run(work)


def _demand(**given: Any) -> None:
    """Name every option that is missing, and why it is needed.

    Raises:
        click.UsageError: one is missing.
    """
    why = {
        "sites": "--site: which assets are monitored",
        "broker": "--broker: where readings come from",
        "influx": "--influx: the embedded time series has one owner, `plantroom up`",
        "api": "--api: where alarms go",
        "api_token": "--api-token: made by `plantroom token create --role pipeline`",
    }
    missing = [reason for name, reason in why.items() if not given[name]]
    if missing:
        raise click.UsageError("run apart, the pipeline needs\n  " + "\n  ".join(missing))


async def _ingest(
    settings: PipelineSettings,
    rules: RuleBook,
    *,
    influx: str,
    api: httpx.AsyncClient,
    token: str,
    host: str,
    port: int,
) -> None:
    together = Parts()
    installation = rules.installation
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(bind(host, port))
        await stack.enter_async_context(api)
        store = stack.enter_context(
            open_store(influx, data=settings.data, installation=installation, down_samples=True)
        )
        pipeline, ruling, modelling = open_pipeline(settings, rules=rules, store=store, api=api)
        registry = CollectorRegistry()
        registry.register(PipelineCollector(pipeline))
        down_sampler = open_down_sampler(pipeline, settings, store=store, installation=installation)
        registry.register(DownSamplingCollector(down_sampler))
        app = create_app(health=pipeline.health, registry=registry, token=token)
        await stack.enter_async_context(serving(together, app, listener))
        connected = asyncio.Event()
        work = run_pipeline(pipeline, settings, installation=installation, connected=connected)
        await stack.enter_async_context(together.running(work, name="pipeline", end=pipeline.stop))
        await stack.enter_async_context(together.running(down_sampler.run(), name="down-sampling"))
        await stack.enter_async_context(together.running(ruling.run(pipeline), name="rules"))
        await stack.enter_async_context(together.running(modelling.run(pipeline), name="models"))
        figures = keep_figures(pipeline, settings, influx=influx, down_sampler=down_sampler)
        await stack.enter_async_context(together.running(figures, name="figures"))
        await stack.enter_async_context(
            together.running(keep_up(rules, clock=settings.clock), name="rule files")
        )
        await wait_for_broker(together, connected)
        click.echo(f"ready: {url_of(listener)}")
        await together.until_told_to_stop()
