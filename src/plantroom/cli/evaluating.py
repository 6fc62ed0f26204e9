"""One scenario through the simulator, models, shipped rules and what else the pipeline tells of assets."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from plantroom.cli.scenarios import scenario_called, simulation_of
from plantroom.domain.alarm import Transition
from plantroom.domain.installation import Installation
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.domain.scenario import PlannedFault, Scenario
from plantroom.domain.text import Text
from plantroom.ingest.clock_watch import ClockWatch
from plantroom.ingest.conditions import Conditions
from plantroom.ingest.intake import AHEAD
from plantroom.ingest.modelling import Modelling
from plantroom.ingest.observations import of_clock, of_presence
from plantroom.ingest.presence.presence import Presence
from plantroom.ingest.scoring import Models
from plantroom.rules.trial.alarms import alarms_of, orders_of
from plantroom.rules.trial.truth import Finding, Judgement, Truth, Where, judge
from plantroom.rules.trial.watching import Watching
from plantroom.simulators.demo import SITE_FILE
from plantroom.simulators.faults import fault_on, label_of
from plantroom.simulators.recording import Recorder
from plantroom.simulators.simulation import Simulation
from plantroom.storage.files import load_installation
from plantroom.storage.recordings import RecordedHistory, RecordingWriter
from plantroom.storage.series.history import as_if_live

SEED: Final = 1
_START: Final = datetime(2026, 7, 15, 6)  # noqa: DTZ001  # of the site, where a scenario says none
_MS: Final = timedelta(milliseconds=1)
_HOUR_MS: Final = 3_600_000
_MINUTE_MS: Final = 60_000
_OF_MODELS: Final = "model-"
"""How the rules on what models derive begin."""

Batches: TypeAlias = Iterator[tuple[SampleBatch, int]]


def is_of_models(rule: str) -> bool:
    """Whether a rule says what models found."""
    return rule.startswith(_OF_MODELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOutcome:
    """What became of one fault of a scenario."""

    asset_class: str
    judgement: Judgement
    only_models: Text
    """Why no rule is expected to find it; empty: one is."""
    models_watch: bool = False

    @property
    def by_rule(self) -> int | None:
        """How long until the first alarm of a rule on readings, ms; None: there was none."""
        return _first(each for each in self.judgement.findings if not is_of_models(each.rule))

    @property
    def by_model(self) -> int | None:
        """How long until models were first heard of, on the asset itself if they were at all, ms."""
        return _first(each for each in self.judgement.findings if is_of_models(each.rule))

    @property
    def as_said(self) -> bool:
        """Whether a rule found it, or it was said that only a model would, and one that watches did."""
        if self.only_models == Text():
            return self.by_rule is not None
        return self.by_rule is None and (self.by_model is not None or not self.models_watch)


def _first(findings: Iterable[Finding]) -> int | None:
    told = [(each.where is not Where.ON_IT, each.after) for each in findings]
    return min(told)[1] if told else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one scenario."""

    name: str
    title: Text
    hours: float
    faults: tuple[FaultOutcome, ...]
    transitions: int
    shown: int
    """Alarms that people are shown."""
    suppressed: int
    """Alarms that are recorded only."""
    orders: int
    elsewhere: tuple[tuple[str, str, int], ...]
    """Alarms that no fault explains: asset, rule, how often."""
    wrong_rules: tuple[str, ...]
    modelled: int = 0
    """Assets that models watched."""
    wrong_models: tuple[str, ...] = ()

    @property
    def false_alarms(self) -> int:
        """How often models were heard of where nothing was wrong."""
        return sum(times for _, rule, times in self.elsewhere if is_of_models(rule) and not self.faults)

    @property
    def as_said(self) -> bool:
        """Whether all faults were found as said, and a scenario without faults raised nothing."""
        quiet = bool(self.faults) or not self.elsewhere
        sound = not self.wrong_rules and not self.wrong_models
        return quiet and sound and all(fault.as_said for fault in self.faults)


def evaluate_scenario(name: str, kept: Path | None = None, models: Path | None = None) -> Outcome:
    """Return what comes of the scenario of that name in the demo building.

    `kept` is a directory of recordings that are played where they are there, and made where not; `models` one
    of trained models, None: only rules watch.
    """
    scenario = scenario_called(name)
    installation = _building()
    simulation = simulation_of(
        installation.table.sites[0], scenario, seed=SEED, start=scenario.start or _START
    )
    pipeline = _Pipeline(installation, simulation, models)
    end = pipeline.started + round(scenario.duration / _MS)
    # A recording does not say what came late, or with a wrong clock.
    if kept is None or not pipeline.links_are_sound:
        batches = pipeline.lived(scenario.duration)
    else:
        path = _recorded(simulation, scenario, kept / f"{scenario.name}.parquet")
        batches = _played(path, installation, start=pipeline.started, end=end)
    told = [each for batch, until in batches for each in pipeline.take(batch, until=until)]
    alarms = alarms_of(sorted(told, key=lambda each: each.at), end=end)
    planned = [
        (each, truth) for each, truth in _truths(scenario, installation, pipeline) if truth.start < end
    ]
    judgements, elsewhere = judge(alarms, [truth for _, truth in planned], installation.table)
    counts = Counter((alarm.asset, alarm.rule) for alarm in elsewhere)
    classes = {asset.id: asset.asset_class for asset in installation.table.assets}
    return Outcome(
        name=scenario.name,
        title=scenario.title,
        hours=scenario.duration / timedelta(hours=1),
        faults=tuple(
            FaultOutcome(
                asset_class=classes[truth.asset],
                judgement=judgement,
                only_models=fault.only_models,
                models_watch=models is not None,
            )
            for (fault, truth), judgement in zip(planned, judgements, strict=True)
        ),
        transitions=len(told),
        shown=sum(alarm.shown is not None for alarm in alarms),
        suppressed=sum(alarm.shown is None for alarm in alarms),
        orders=len(orders_of(alarms)),
        elsewhere=tuple((asset, rule, count) for (asset, rule), count in sorted(counts.items())),
        wrong_rules=pipeline.wrong_rules,
        modelled=len(pipeline.models.scorer.bundles),
        wrong_models=pipeline.wrong_models,
    )


@cache
def _building() -> Installation:
    return load_installation(sites=[SITE_FILE])


def _truths(
    scenario: Scenario, installation: Installation, pipeline: "_Pipeline"
) -> Iterator[tuple[PlannedFault, Truth]]:
    for planned in scenario.faults:
        label = label_of(fault_on(installation.table.sites[0], planned), started=pipeline.started)
        yield (
            planned,
            Truth(
                asset=label.asset,
                fault=label.fault,
                point=label.point,
                start=label.start,
                end=label.end,
                severity=label.severity,
            ),
        )


def _recorded(simulation: Simulation, scenario: Scenario, path: Path) -> Path:
    """Return `path` after recording the scenario there, unless that was done before."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    recorder = Recorder(simulation)
    series = [(each.asset, each.point) for each in recorder.series]
    with RecordingWriter(path, series) as writer:
        for block in recorder.blocks(scenario.duration):
            writer.write(ts=block.ts, series=block.series, values=block.values)
        writer.finish()
    return path


def _played(path: Path, installation: Installation, *, start: int, end: int) -> Batches:
    """Yield a recording hour by hour, and until when each batch reaches."""
    everything = np.arange(len(installation.table))
    with closing(RecordedHistory([path], installation.table)) as history:
        for begin in range(start, end, _HOUR_MS):
            until = min(begin + _HOUR_MS, end)
            yield history.read(everything, start=begin, end=until), until


class _Pipeline:
    """What the pipeline makes of readings: models, rules, inhibition, who is silent, whose clock is wrong."""

    def __init__(self, installation: Installation, simulation: Simulation, models: Path | None) -> None:
        self.started = round(simulation.plant.local.astimezone(UTC).timestamp() * 1000)
        self._reached = self.started
        self._simulation = simulation
        self._table = table = installation.table
        self._site = table.sites[0].id
        self._number = np.array(
            [table.number[each.asset, each.point.name] for each in Recorder(simulation).series], np.int32
        )
        self.models = Models.none(table) if models is None else Modelling(models, table).models
        self._watching = Watching(installation)
        self._presence = Presence(table)
        self._clocks = ClockWatch(table)
        self._conditions = Conditions()
        self._unsound = [
            number for number, asset in enumerate(table.assets) if not simulation.link(asset.id).is_sound
        ]

    @property
    def wrong_rules(self) -> tuple[str, ...]:
        return self._watching.faults

    @property
    def wrong_models(self) -> tuple[str, ...]:
        """The models that are switched off or unusable."""
        faults = (*self.models.unusable, *self.models.scorer.faults)
        return tuple(f"{each.asset} {each.model}: {each.reason}" for each in faults)

    @property
    def links_are_sound(self) -> bool:
        """Whether readings arrive as they are made."""
        return not self._unsound

    def lived(self, duration: timedelta) -> Batches:
        """Yield what arrives as the site lives, and until when each batch reaches."""
        for block in Recorder(self._simulation).blocks(duration):
            until = self.started + round(block.end / _MS)
            point = self._number[block.series]
            batch = as_if_live(self._table, point=point, ts=block.ts, value=block.values)
            yield self._arrived(batch, until), until

    def take(self, batch: SampleBatch, *, until: int) -> list[Transition]:
        """Return what a batch of an hour at most brings about, and what happens of itself before `until`."""
        seen = [of_clock(report, site=self._site) for report in self._clocks.observe(batch)]
        for minute in range(self._reached, until, _MINUTE_MS):
            first, last = np.searchsorted(batch.arrived, (minute, minute + _MINUTE_MS))
            part = batch.take(np.arange(first, last))
            _, alarms = self._presence.observe(part, now=minute + _MINUTE_MS - 1)
            seen += [of_presence(each, site=self._site) for each in alarms]
        self._reached = until
        batch = self.models.scorer.observe(batch).into(batch)
        return self._watching.take(batch, until=until, also=self._conditions.observe(seen))

    def _arrived(self, batch: SampleBatch, until: int) -> SampleBatch:
        """Return the batch without what is kept back on its way, and with wrong clocks told."""
        if not self._unsound:
            return batch
        arrived, here = batch.arrived.copy(), np.ones(len(batch), np.bool_)
        asset = self._table.asset_of[batch.point]
        for number in self._unsound:
            link, own = self._simulation.link(self._table.assets[number].id), asset == number
            ahead = link.skew(np.array([(until - 1 - self.started) / 1000]))
            arrived[own & (batch.ts >= until)] -= ahead
            here[own] = link.is_up((arrived[own] - self.started) / 1000)
        quality = np.where(batch.ts - arrived > AHEAD, np.uint8(Quality.CLOCK), batch.quality)
        order = np.flatnonzero(here)[np.argsort(arrived[here], kind="stable")]
        turned = replace(batch, arrived=arrived, quality=quality).take(order)
        message = np.cumsum(np.diff(turned.message, prepend=turned.message[:1]) != 0)
        return replace(turned, message=message.astype(np.int32))
