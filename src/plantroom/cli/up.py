"""`plantroom up`: everything by one command, in one process group."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from plantroom.api.access.identity import Role
from plantroom.api.access.keys import first_start
from plantroom.api.app import create_app
from plantroom.api.clock import system_clock
from plantroom.cli import logs, options, parts
from plantroom.cli.announcing import announce
from plantroom.cli.clock import clock_of, clock_rate
from plantroom.cli.demo_models import lay_out
from plantroom.cli.door import door
from plantroom.cli.lock import owned_by_all
from plantroom.cli.options import together
from plantroom.cli.parts import Parts
from plantroom.cli.rereading import keep_up
from plantroom.cli.retraining import keep_training
from plantroom.cli.scenarios import simulations_of
from plantroom.cli.serving import bind, hosts_of, serving, url_of
from plantroom.cli.simulating import publish
from plantroom.cli.wiring import (
    API_TIMEOUT,
    PipelineSettings,
    channels_of,
    keep_figures,
    models_folder,
    open_down_sampler,
    open_pipeline,
    open_store,
    policy_of,
    records_url,
    retention_of,
    run_pipeline,
    wait_for_broker,
)
from plantroom.domain.alarm_policy import AlarmPolicy
from plantroom.domain.channel import Channels
from plantroom.ingest.metrics import DownSamplingCollector, PipelineCollector
from plantroom.mqtt.broker import Broker
from plantroom.simulators.demo import SITE_FILE
from plantroom.simulators.publishing import SystemClock
from plantroom.simulators.ticks import live
from plantroom.storage.files.rule_book import RuleBook
from plantroom.storage.models.registry import Registry
from plantroom.storage.records import open_records


@dataclass(frozen=True, slots=True, kw_only=True)
class UpSettings:
    """What the command line of `up` says."""

    sites: tuple[Path, ...]
    rules: tuple[Path, ...]
    data: Path
    models: Path | None
    train_every: timedelta | None
    host: str
    port: int
    broker: str | None
    mqtt_host: str
    mqtt_port: int
    mqtt_users: tuple[str, ...]
    influx: str | None
    database: str | None
    notify: Path | None
    alarm_policy: Path | None
    client_id: str
    retention: int
    minutes_days: int
    hours_days: int
    spool_max: int
    demo: bool
    clock_rate: float
    log_level: str

    @property
    def simulates(self) -> bool:
        """Whether simulators stand for the machines."""
        return self.demo or not self.sites

    def training(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """Return how a process that trains models is told what this one was told: arguments, environment."""
        given = [("--site", each) for each in self.sites] + [("--rules", each) for each in self.rules]
        given += [("--data", self.data)] + ([] if self.models is None else [("--models", self.models)])
        # They may hold secrets, and arguments can be read by everybody on the machine.
        secret = {"PLANTROOM_INFLUX": self.influx, "PLANTROOM_DATABASE": self.database}
        arguments = tuple(str(word) for pair in given for word in pair)
        return arguments, {name: value for name, value in secret.items() if value is not None}

    def pipeline(self, broker: str, clock: SystemClock) -> PipelineSettings:
        """Return what concerns the pipeline, which uses `broker` and goes by `clock`."""
        return PipelineSettings(
            data=self.data,
            models=self.models,
            broker=broker,
            client_id=self.client_id,
            retention=retention_of(
                days=self.retention, minutes_days=self.minutes_days, hours_days=self.hours_days
            ),
            spool_mib=self.spool_max,
            clock=system_clock if self.clock_rate == 1 else clock.now,
            clock_rate=self.clock_rate,
        )


@click.command()
@together(
    options.sites,
    options.rules,
    options.data,
    options.models,
    options.train_every,
    options.host,
    options.port,
    options.broker,
    options.mqtt_host,
    options.mqtt_port,
    options.mqtt_user,
    options.influx,
    options.database,
    options.notify,
    options.alarm_policy,
    options.client_id,
    options.retention,
    options.minutes_days,
    options.hours_days,
    options.spool_max,
    options.demo,
    clock_rate,
    options.log_level,
)
def up(**given: Any) -> None:
    """Run everything: broker, pipeline, API and, without --site, the demo building.

    What is not named is embedded: without --broker an MQTT broker, without --influx a DuckDB file, without
    --database a SQLite file, all in --data.
    """
    settings = UpSettings(**given)
    if settings.clock_rate != 1 and not settings.simulates:
        raise click.UsageError("--clock is for a demo: real machines live by real time")
    logs.set_up(settings.log_level)
    sites = settings.sites or (SITE_FILE,)
    rules = RuleBook.open(sites=sites, rules=settings.rules, now=system_clock())
    channels, policy = channels_of(settings.notify), policy_of(settings.alarm_policy)
    with owned_by_all(settings.data):
        if not settings.sites:
            lay_out(models_folder(settings.models, settings.data))
        parts.run(_up(settings, rules, channels=channels, policy=policy))


async def _up(settings: UpSettings, rules: RuleBook, *, channels: Channels, policy: AlarmPolicy) -> None:
    together = Parts()
    installation = rules.installation
    clock = clock_of(settings.data, settings.clock_rate)
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(bind(settings.host, settings.port))
        broker = await _broker(settings, stack)
        store = stack.enter_context(
            open_store(settings.influx, data=settings.data, installation=installation, down_samples=True)
        )
        records = stack.enter_context(closing(open_records(records_url(settings.database, settings.data))))
        first = first_start(records, given=os.environ.get("PLANTROOM_ADMIN_TOKEN"), now=clock.now())
        registry = CollectorRegistry()
        app = create_app(
            records=records,
            store=store,
            installation=installation,
            clock=clock.now,
            clock_rate=settings.clock_rate,
            registry=registry,
            hosts=hosts_of(settings.host),
            channels=channels,
            policy=policy,
            rule_book=rules,
            models=Registry(models_folder(settings.models, settings.data)),
        )
        api = await stack.enter_async_context(_own_api(app))
        pipeline_settings = settings.pipeline(broker, clock)
        pipeline, ruling, modelling = open_pipeline(pipeline_settings, rules=rules, store=store, api=api)
        registry.register(PipelineCollector(pipeline))
        down_sampler = open_down_sampler(pipeline, pipeline_settings, store=store, installation=installation)
        registry.register(DownSamplingCollector(down_sampler))
        await stack.enter_async_context(
            serving(together, app, listener, end_streams=app.state.services.tail.close)
        )
        # No less than `plantroom backup` needs; whoever can read this file can read what it would copy.
        commands = app.state.services.keys.issue(role=Role.ENGINEER, name="the command line")
        stack.enter_context(door(settings.data, url=url_of(listener), token=commands))
        connected = asyncio.Event()
        work = run_pipeline(pipeline, pipeline_settings, installation=installation, connected=connected)
        await stack.enter_async_context(together.running(work, name="pipeline", end=pipeline.stop))
        await stack.enter_async_context(together.running(down_sampler.run(), name="down-sampling"))
        await stack.enter_async_context(together.running(ruling.run(pipeline), name="rules"))
        await stack.enter_async_context(together.running(modelling.run(pipeline), name="models"))
        if settings.influx is not None:
            figures = keep_figures(
                pipeline, pipeline_settings, influx=settings.influx, down_sampler=down_sampler
            )
            await stack.enter_async_context(together.running(figures, name="figures"))
        await stack.enter_async_context(together.running(keep_up(rules, clock=clock.now), name="rule files"))
        if settings.simulates:
            plant = _simulate(settings, broker, clock=clock)
            await stack.enter_async_context(together.running(plant, name="simulator"))
        if settings.train_every is not None:
            training = keep_training(*settings.training(), every=settings.train_every)
            await stack.enter_async_context(together.running(training, name="training"))
        await wait_for_broker(together, connected)
        announce(listener, first, broker=broker)
        await together.until_told_to_stop()


async def _broker(settings: UpSettings, stack: AsyncExitStack) -> str:
    """Return the URL of the broker given, or of an embedded one that runs as long as `stack`."""
    if settings.broker is not None:
        return settings.broker
    users = dict(_user(text) for text in settings.mqtt_users)
    broker = await stack.enter_async_context(
        Broker(host=settings.mqtt_host, port=settings.mqtt_port, users=users or None)
    )
    if not users:
        return broker.url
    name, password = next(iter(users.items()))
    return str(httpx.URL(broker.url).copy_with(username=name, password=password))


def _user(text: str) -> tuple[str, str]:
    name, colon, password = text.partition(":")
    if not name or not colon or not password:
        raise click.BadParameter("expected NAME:PASSWORD", param_hint="--mqtt-user")
    return name, password


@asynccontextmanager
async def _own_api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the API in this process: the same app, no socket, a token that dies with us."""
    token = app.state.services.keys.issue(role=Role.PIPELINE, name="pipeline")
    async with httpx.AsyncClient(
        # What goes wrong in the API is an answer of status 500, as over a socket, and no end of the pipeline.
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://127.0.0.1",
        headers={"Authorization": f"Bearer {token}"},
        timeout=API_TIMEOUT,
    ) as client:
        yield client


async def _simulate(settings: UpSettings, broker: str, *, clock: SystemClock) -> None:
    simulations = simulations_of(settings.sites)
    await publish(simulations, [live(clock) for _ in simulations], broker=broker, clock=clock)
