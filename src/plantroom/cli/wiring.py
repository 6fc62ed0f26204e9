"""Which concrete things a process is made of: the one place that knows them all."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
import httpx

from plantroom.api.clock import Clock, system_clock
from plantroom.cli.parts import Parts
from plantroom.domain import topics
from plantroom.domain.alarm_policy import AlarmPolicy
from plantroom.domain.channel import Channels
from plantroom.domain.installation import Installation
from plantroom.domain.topic_pattern import broadest
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.down_sampler import DownSampler
from plantroom.ingest.figures import Figures
from plantroom.ingest.health import Health
from plantroom.ingest.modelling import Modelling
from plantroom.ingest.pipeline import Pipeline
from plantroom.ingest.refusals import letters_of
from plantroom.ingest.ruling import Ruling
from plantroom.ingest.sparkplug.connection import Both, SparkplugConnection
from plantroom.ingest.sparkplug.host import Host
from plantroom.ingest.store_writer import StoreWriter
from plantroom.ingest.stream import Stream
from plantroom.ingest.subscriptions import Subscriptions
from plantroom.mqtt.address import Address
from plantroom.mqtt.client import Client
from plantroom.mqtt.message import Received, Will
from plantroom.storage.files.alarm_policy import load_alarm_policy
from plantroom.storage.files.notify import load_channels
from plantroom.storage.files.rule_book import RuleBook
from plantroom.storage.series.down_sampling import DownSampling
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.duckdb_tiers import DuckDbTiers
from plantroom.storage.series.influx.address import parse_influx_url
from plantroom.storage.series.influx.figures import InfluxFigures
from plantroom.storage.series.influx.store import InfluxStore
from plantroom.storage.series.influx.tiers import InfluxTiers
from plantroom.storage.series.port import TimeSeriesStore
from plantroom.storage.series.tier_store import TierStore
from plantroom.storage.series.tiered_store import TieredStore
from plantroom.storage.series.tiers import DAY_MS, Retention

log = logging.getLogger(__name__)

_CONNECTED_WITHIN: Final = 20.0
"""Seconds that the start waits for the broker; after that `/health/ready` says that it is away."""
API_TIMEOUT: Final = 10.0
"""Seconds until a request to the API counts as failed, and is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings:
    """What the command line says about the pipeline."""

    data: Path
    broker: str
    models: Path | None = None
    """Where trained models are; None: among the data."""
    client_id: str = ""
    retention: Retention = field(default_factory=Retention)
    spool_mib: int = 4096
    clock: Clock = system_clock
    clock_rate: float = 1.0
    """How many times as fast as a real one `clock` goes."""


def retention_of(*, days: int, minutes_days: int, hours_days: int) -> Retention:
    """Return what the options say, in which 0 days are for ever."""
    return Retention(
        raw=days * DAY_MS or None, minutes=minutes_days * DAY_MS or None, hours=hours_days * DAY_MS or None
    )


def records_url(database: str | None, data: Path) -> str:
    """Return where the records are: the database given, or SQLite in the data directory."""
    if database:
        return database
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"sqlite:///{data.absolute() / 'records.sqlite'}"


def models_folder(models: Path | None, data: Path) -> Path:
    """Return where trained models are: the folder given, or one in the data directory."""
    return models or data / "models"


def channels_of(notify: Path | None) -> Channels:
    """Return the channels that a file declares, none without a file.

    Raises:
        FilesInvalid: with every mistake in it.
    """
    return Channels() if notify is None else load_channels(notify, environment=os.environ)


def policy_of(alarm_policy: Path | None) -> AlarmPolicy:
    """Return how alarms are managed by a file, as usual without one.

    Raises:
        FilesInvalid: with every mistake in it.
    """
    return AlarmPolicy() if alarm_policy is None else load_alarm_policy(alarm_policy)


@contextmanager
def open_store(
    influx: str | None, *, data: Path, installation: Installation, down_samples: bool = False
) -> Iterator[TieredStore]:
    """Give the time-series store: InfluxDB at a URL, or DuckDB in the data directory.

    `down_samples`: this process, and no other, makes its minutes and hours.

    Raises:
        click.ClickException: the URL cannot be read.
    """
    table = installation.table
    store: TimeSeriesStore
    tiers: TierStore
    if influx is None:
        store = embedded = DuckDbStore(data / "samples.duckdb", table)
        tiers = DuckDbTiers(embedded)
    else:
        try:
            address = parse_influx_url(influx)
        except ValueError as error:
            raise click.ClickException(f"--influx: {error}") from error
        store, tiers = InfluxStore(address, table), InfluxTiers(address, table)
    with closing(TieredStore(store, tiers, table, down_samples=down_samples)) as tiered:
        yield tiered


def open_pipeline(
    settings: PipelineSettings,
    *,
    rules: RuleBook,
    store: TimeSeriesStore,
    api: httpx.AsyncClient,
) -> tuple[Pipeline, Ruling, Modelling]:
    """Return a pipeline with everything it keeps, which it releases itself at the end of its run.

    Beside it what lets it watch by other rules, and score by other models, while it runs.
    """
    folder = settings.data / "ingest"
    health = Health()
    ruling = Ruling(
        rules, kept=folder / "rule-overrides.json", client=api, health=health, clock=settings.clock
    )
    installation = ruling.installation
    modelling = Modelling(models_folder(settings.models, settings.data), installation.table)
    stream = Stream(
        installation=installation,
        folder=folder,
        spool_bytes=settings.spool_mib * 1024 * 1024,
        clock_rate=settings.clock_rate,
        models=modelling.models,
    )
    letters = letters_of(installation.table)
    writer = StoreWriter(
        journal=stream.journal,
        store=store,
        cursor=folder / "stored",
        on_rejected=lambda batch, rejections: pipeline.refused_by_store(letters(batch, rejections)),
    )
    pipeline = Pipeline(
        stream=stream,
        store_writer=writer,
        delivery=Delivery(stream.outbox, api),
        health=health,
        clock=settings.clock,
    )
    return pipeline, ruling, modelling


def open_down_sampler(
    pipeline: Pipeline, settings: PipelineSettings, *, store: TieredStore, installation: Installation
) -> DownSampler:
    """Return what makes minutes and hours of the samples that `pipeline` writes to `store`."""
    return DownSampler(
        DownSampling(store, points=len(installation.table)),
        retention=settings.retention,
        is_behind=lambda: pipeline.store_writer.is_behind,
        health=pipeline.health,
        clock=settings.clock,
    )


async def keep_figures(
    pipeline: Pipeline, settings: PipelineSettings, *, influx: str, down_sampler: DownSampler
) -> None:
    """Keep a history of `pipeline`'s own figures beside the readings until cancelled."""
    store = InfluxFigures(parse_influx_url(influx))
    await Figures(pipeline, store, down_sampler=down_sampler, clock=settings.clock).run()


async def run_pipeline(
    pipeline: Pipeline,
    settings: PipelineSettings,
    *,
    installation: Installation,
    connected: asyncio.Event | None = None,
) -> None:
    """Run `pipeline` on the broker until it is stopped; set `connected` once readings can arrive."""
    stream = pipeline.stream
    client_id = settings.client_id or f"plantroom-{stream.id[:12]}"
    first, *others = stream.heartbeats
    filters = (topics.TELEMETRY_FILTER, topics.STATUS_FILTER, *_mapped_filters(installation))
    held = Subscriptions(
        settings.data / "ingest/subscriptions.json",
        session=f"{client_id} at {Address.parse(settings.broker)}",
        wanted=filters,
    )
    unwanted = held.superfluous
    held.begin()

    def changed(flows: bool, reason: str) -> None:
        if flows:
            held.settle()
        pipeline.connection_changed(flows, reason)
        if flows and connected is not None:
            connected.set()

    def receive_by_clock(message: Received) -> None:
        pipeline.receive(message._replace(arrived=settings.clock()))

    source = Client(
        settings.broker,
        client_id=client_id,
        on_message=pipeline.receive if settings.clock is system_clock else receive_by_clock,
        on_state=changed,
        filters=filters,
        unwanted=unwanted,
        will=Will(topic=first, payload=b"offline", retain=True),
    )
    async with AsyncExitStack() as stack:
        for number, heartbeat in enumerate(others, start=2):
            witness = _witness(settings.broker, f"{client_id}-{number}", heartbeat, on_back=pipeline.greet)
            await stack.enter_async_context(witness)
        sparkplug = _sparkplug(pipeline, settings, installation, client_id=client_id)
        await pipeline.run(source if sparkplug is None else Both(source, sparkplug))


def _sparkplug(
    pipeline: Pipeline, settings: PipelineSettings, installation: Installation, *, client_id: str
) -> SparkplugConnection | None:
    """Return the Sparkplug host application where a site has such devices."""
    section = next((site.sparkplug for site in installation.table.sites if site.sparkplug), None)
    if section is None:
        return None
    host = Host(installation.table, reorder=round(section.reorder.total_seconds() * 1000))
    pipeline.sparkplug = host.counts
    return SparkplugConnection(
        settings.broker,
        client_id=f"{client_id}-sparkplug",
        host_id=section.host,
        host=host,
        receive=pipeline.receive,
        health=pipeline.health,
    )


def _mapped_filters(installation: Installation) -> tuple[str, ...]:
    """Return what is subscribed to for the mappings of all sites."""
    return broadest([mapping.topic.filter for site in installation.table.sites for mapping in site.mappings])


async def wait_for_broker(together: Parts, connected: asyncio.Event) -> None:
    """Return when readings can arrive, or when that takes too long, which is logged."""
    try:
        async with asyncio.timeout(_CONNECTED_WITHIN):
            await together.until_told_to_stop(or_done=connected)
    except TimeoutError:
        log.warning("started without broker")


@asynccontextmanager
async def _witness(
    broker: str, client_id: str, heartbeat: str, *, on_back: Callable[[], None]
) -> AsyncIterator[None]:
    """Hold a connection whose Will says `offline` of a further site: a connection has but one Will.

    When it was lost alone, the Will was wrong: `on_back` is called when it is back.
    """

    def changed(flows: bool, _: str) -> None:
        if flows:
            on_back()

    witness = Client(
        broker,
        client_id=client_id,
        on_state=changed,
        will=Will(topic=heartbeat, payload=b"offline", retain=True),
    )
    await witness.start()
    try:
        yield
    finally:
        await witness.stop()
