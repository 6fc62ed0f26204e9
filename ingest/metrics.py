"""The pipeline's counters for Prometheus."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from plantroom.domain.samples import Quality
from plantroom.ingest.down_sampler import DownSampler
from plantroom.ingest.pipeline import Pipeline


class DownSamplingCollector(Collector):
    """Reads how far down-sampling has come when it is asked."""

    def __init__(self, down_sampler: DownSampler) -> None:
        self._down_sampler = down_sampler

    def collect(self) -> Iterable[Metric]:
        """Yield what there is to know of it, named `plantroom_down_sampling_*`."""
        lag = self._down_sampler.lag_ms
        if lag is not None:
            text = "How far minutes and hours are behind our clock"
            yield GaugeMetricFamily("plantroom_down_sampling_lag_seconds", text, value=lag / 1000)
        text = "Hours of assets made anew for samples that came late"
        yield CounterMetricFamily("plantroom_down_sampling_remade", text, value=self._down_sampler.remade)


class PipelineCollector(Collector):
    """Reads the counters when it is asked: counting costs the pipeline nothing."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def collect(self) -> Iterable[Metric]:
        """Yield all counters and gauges, named `plantroom_*`."""
        yield from self._counted()
        yield from self._by_label()
        yield from self._sparkplug()
        yield from self._standing()

    def _counted(self) -> Iterable[Metric]:
        tally = self._pipeline.stream.tally
        delivery, writer = self._pipeline.delivery, self._pipeline.store_writer
        for name, text, value in (
            ("messages", "Messages kept and acknowledged", tally.messages),
            ("batches", "Micro-batches kept", tally.batches),
            ("values", "Values in messages, good and bad", tally.values),
            ("duplicates", "Values left out as repeated", tally.duplicates),
            ("dead_letters", "Messages or values that could not be used", tally.dead_letters),
            ("unknown_device_messages", "Messages of unknown sites or assets", tally.unknown_devices),
            ("stored_samples", "Samples that the time-series store took", writer.samples),
            ("delivered_transitions", "Alarm transitions that the API took", delivery.delivered),
            ("refused_transitions", "Alarm transitions that the API refused", delivery.rejected),
            ("broker_connections", "Times the broker accepted the pipeline", self._pipeline.connections),
        ):
            yield CounterMetricFamily(f"plantroom_{name}", text, value=value)

    def _by_label(self) -> Iterable[Metric]:
        tally = self._pipeline.stream.tally
        samples = CounterMetricFamily("plantroom_samples", "Samples kept, by quality", labels=["quality"])
        for quality in Quality:
            samples.add_metric([quality.label], float(tally.samples[quality]))
        yield samples
        transitions = CounterMetricFamily("plantroom_transitions", "Alarm transitions", labels=["kind"])
        for kind, count in tally.transitions.items():
            transitions.add_metric([kind.value], count)
        yield transitions
        assets = GaugeMetricFamily("plantroom_assets", "Assets, by whether they are heard", labels=["status"])
        for status, number in self._pipeline.stream.presence.counts().items():
            assets.add_metric([status.label], number)
        yield assets
        yield from self._mappings()

    def _mappings(self) -> Iterable[Metric]:
        mappings = self._pipeline.stream.tally.mappings
        for name, text, field in (
            ("messages", "Messages that a mapping took", "messages"),
            ("values", "Values that a mapping found, good and bad", "values"),
            ("failures", "Messages, readings and values that a mapping could not use", "failed"),
        ):
            metric = CounterMetricFamily(f"plantroom_mapping_{name}", text, labels=["mapping"])
            for mapping, tally in mappings.items():
                metric.add_metric([mapping], getattr(tally, field))
            yield metric

    def _sparkplug(self) -> Iterable[Metric]:
        counts = self._pipeline.sparkplug
        if counts is None:
            return
        for name, text, value in (
            ("births", "Births of Sparkplug edge nodes and devices", counts.births),
            ("deaths", "Deaths of Sparkplug edge nodes and devices", counts.deaths),
            ("sequence_gaps", "Times a missing Sparkplug message did not come in time", counts.gaps),
            ("late_messages", "Sparkplug messages that came after later ones, in time", counts.late),
            ("rebirth_requests", "Requests to Sparkplug edge nodes for their births", counts.rebirths),
        ):
            yield CounterMetricFamily(f"plantroom_sparkplug_{name}", text, value=value)

    def _standing(self) -> Iterable[Metric]:
        pipeline = self._pipeline
        journal = pipeline.stream.journal
        for name, text, value in (
            ("ready", "Whether readings are taken and kept", float(pipeline.health.ready)),
            ("broker_connected", "Whether the broker is connected", float(not pipeline.health.broker)),
            ("store_away", "Whether the store is away", float(pipeline.store_writer.away_for is not None)),
            ("spool_bytes", "Room that the journal takes on disk", journal.size),
            ("spool_max_bytes", "Most room it may take", journal.max_bytes),
            (
                "spool_lag_records",
                "Records the store has not taken",
                journal.last - pipeline.store_writer.stored,
            ),
            ("outbox_transitions", "Transitions the API has not taken", len(pipeline.stream.outbox)),
            ("active_alarms", "Alarms that are active", pipeline.active_alarms),
        ):
            yield GaugeMetricFamily(f"plantroom_{name}", text, value=value)
