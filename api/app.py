"""The HTTP API as an ASGI app: the one place that knows all its parts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

import plantroom
from plantroom.api.access.hosts import OnlyHosts
from plantroom.api.access.keys import Keyring
from plantroom.api.access.sign_in import SignInByLink
from plantroom.api.alarming.upkeep import Upkeep
from plantroom.api.clock import Clock, system_clock
from plantroom.api.description import ERRORS, DescribedApp
from plantroom.api.live.latest import LatestValues
from plantroom.api.live.tail import EventTail
from plantroom.api.metrics import CountRequests, Metrics, RecordsCollector
from plantroom.api.modelling.shelf import Shelf
from plantroom.api.pipelines import Pipelines
from plantroom.api.problems import answer_all_errors_as_problems
from plantroom.api.routes import (
    alarms,
    assets,
    backup,
    energy,
    events,
    health,
    history,
    notifications,
    people,
    performance,
    pipeline,
    power_quality,
    rules,
    set_asides,
    work_orders,
)
from plantroom.api.routes import models as models_routes
from plantroom.api.services import Services
from plantroom.api.telling.message import Writer
from plantroom.api.telling.teller import Teller
from plantroom.api.web.router import add_page
from plantroom.domain.alarm_policy import AlarmPolicy
from plantroom.domain.channel import Channels
from plantroom.domain.installation import Installation
from plantroom.storage.files.rule_book import RuleBook
from plantroom.storage.models.registry import Registry
from plantroom.storage.records import Records
from plantroom.storage.series.port import TimeSeriesStore

NOBODY: Final = Channels()
PARTS: Final = (
    assets,
    rules,
    energy,
    history,
    alarms,
    set_asides,
    notifications,
    performance,
    power_quality,
    models_routes,
    work_orders,
    events,
    pipeline,
    people,
    backup,
)


def create_app(
    *,
    records: Records,
    store: TimeSeriesStore | None,
    installation: Installation,
    clock: Clock = system_clock,
    clock_rate: float = 1,
    registry: CollectorRegistry | None = None,
    expects_pipeline: bool = True,
    hosts: Collection[str] | None = None,
    policy: AlarmPolicy | None = None,
    channels: Channels = NOBODY,
    rule_book: RuleBook | None = None,
    models: Registry | None = None,
) -> FastAPI:
    """Return the HTTP API; its lifespan runs the event stream and what time does.

    `clock_rate`: how many times as fast `clock` goes, which every page says. `expects_pipeline`: not ready
    before a pipeline has reported. `hosts`: the names it answers to, without port; None: any
    (`access.hosts.LOOPBACK` where it listens on loopback only). `channels`: who is told of alarms.
    `rule_book`: the rules in force, if they may change meanwhile. `models`: what was trained; None: nothing.
    """
    tail = EventTail(records)
    services = Services(
        records=records,
        store=store,
        installation=installation,
        clock=clock,
        clock_rate=clock_rate,
        keys=Keyring(records),
        latest=LatestValues(),
        pipelines=Pipelines(expected=expects_pipeline),
        tail=tail,
        metrics=Metrics(registry or CollectorRegistry()),
        policy=policy or AlarmPolicy(),
        channels=channels,
        rules=rule_book or RuleBook(installation, now=clock()),
        models=Shelf(models) if models else None,
    )
    services.metrics.registry.register(RecordsCollector(records, tail))
    app = DescribedApp(
        title="Plantroom",
        version=plantroom.__version__,
        lifespan=_lifespan(services),
        docs_url=None,
        redoc_url=None,
        responses=ERRORS,
    )
    app.state.services = services
    app.include_router(health.router)
    for part in PARTS:
        app.include_router(part.router)
    add_page(app)
    app.add_middleware(SignInByLink, services=services)
    if hosts is not None:
        app.add_middleware(OnlyHosts, hosts=hosts)
    app.add_middleware(CountRequests, metrics=services.metrics)
    answer_all_errors_as_problems(app)
    return app


def _lifespan(services: Services) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def run(_app: FastAPI) -> AsyncIterator[None]:
        upkeep = Upkeep(services.records, services.clock, services.policy)
        writer = Writer(
            installation=services.installation,
            channels=services.channels,
            rule_of=services.rule_of,
        )
        teller = Teller(services.records, services.clock, writer, flood=services.policy.flood)
        forget_listener = services.latest.after_change(services.tail.ring)
        tasks = [asyncio.create_task(part.run()) for part in (services.tail, upkeep, teller)]
        try:
            yield
        finally:
            services.tail.close()
            forget_listener()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return run
