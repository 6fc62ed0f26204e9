"""What the routes work with."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from plantroom.api.access.keys import Keyring
from plantroom.api.clock import Clock
from plantroom.api.live.latest import LatestValues
from plantroom.api.live.tail import EventTail
from plantroom.api.metrics import Metrics
from plantroom.api.modelling.explaining import Explainer
from plantroom.api.modelling.shelf import Shelf
from plantroom.api.pipelines import Pipelines
from plantroom.api.ruling.trying import Trials
from plantroom.domain.alarm_policy import AlarmPolicy
from plantroom.domain.channel import Channels
from plantroom.domain.installation import Installation
from plantroom.domain.rule import Rule
from plantroom.storage.files.rule_book import RuleBook
from plantroom.storage.records import Records
from plantroom.storage.series.port import TimeSeriesStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that answers requests; made once by `create_app`."""

    records: Records
    store: TimeSeriesStore | None
    """None: no time-series store, samples cannot be asked for."""
    installation: Installation
    clock: Clock
    clock_rate: float = 1
    """How many times as fast it goes, in a demo."""
    keys: Keyring
    latest: LatestValues
    pipelines: Pipelines
    tail: EventTail
    metrics: Metrics
    rules: RuleBook
    """The rules in force may change while the process lives; `installation` says what there is."""
    trials: Trials = field(default_factory=Trials)
    policy: AlarmPolicy = field(default_factory=AlarmPolicy)
    channels: Channels = field(default_factory=Channels)
    models: Shelf | None = None
    """None: no folder of models."""
    explainer: Explainer = field(default_factory=Explainer)

    def rule_of(self, site: str, rule: str) -> Rule | None:
        """Return the rule of that id that is in force at a site."""
        return self.rules.installation.rule(site, rule)

    def system_of(self, asset: str) -> str:
        """Return the building system that `asset` belongs to; "": nobody knows."""
        table = self.installation.table
        number = table.asset_number.get(asset)
        if number is None:
            return ""
        known = self.installation.classes.get(table.assets[number].asset_class)
        return known.system if known else ""


def services_of(connection: HTTPConnection) -> Services:
    """Return the services of the app that a request came to."""
    return services_of_app(connection.app)


def services_of_app(app: Any) -> Services:
    """Return the services of an app made by `create_app`."""
    services = app.state.services
    assert isinstance(services, Services)
    return services


ServicesOf = Annotated[Services, Depends(services_of)]
