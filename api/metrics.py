"""What the API counts of itself."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plantroom.api.live.tail import EventTail
from plantroom.domain.errors import RecordsUnavailable
from plantroom.storage.records import Records, alarms, outbox, work_orders


class Metrics:
    """The API's counters in `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.requests = Counter(
            "plantroom_api_requests",
            "Requests answered, by method, path and status.",
            ["method", "path", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "plantroom_api_request_seconds",
            "Time to the first byte of the answer.",
            ["method", "path"],
            registry=registry,
        )
        self.reports = Counter(
            "plantroom_api_reports",
            "Reports of the rules engine, by what became of them.",
            ["outcome"],
            registry=registry,
        )
        for outcome in ("accepted", "ignored", "rejected"):
            self.reports.labels(outcome)


class RecordsCollector(Collector):
    """Asks the records, each time it is read, how much is open."""

    def __init__(self, records: Records, tail: EventTail) -> None:
        self._records = records
        self._tail = tail

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing, so that registering does not read the records."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; while the records are away only that they are."""
        counts = self._counts()
        yield GaugeMetricFamily("plantroom_records_up", "Whether the records answer.", value=bool(counts))
        for name, (text, value) in counts.items():
            yield GaugeMetricFamily(name, text, value=value)
        yield GaugeMetricFamily(
            "plantroom_event_streams", "Event streams that are open.", value=self._tail.streams
        )

    def _counts(self) -> dict[str, tuple[str, int]]:
        try:
            with self._records.read() as connection:
                open_alarms = sum(alarms.open_counts(connection).values())
                open_orders = work_orders.count_open(connection)
                waiting = outbox.count_pending(connection)
        except RecordsUnavailable:
            return {}
        return {
            "plantroom_open_alarms": ("Alarms that are open.", open_alarms),
            "plantroom_open_work_orders": ("Work orders that are open.", open_orders),
            "plantroom_notifications_waiting": ("Messages that have not arrived yet.", waiting),
        }


class CountRequests:
    """Counts each request by the path of its route."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._count(scope, message["status"], time.perf_counter() - start)
            await send(message)

        await self._app(scope, receive, count)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        path = getattr(route, "path", "none")
        self._metrics.requests.labels(scope["method"], path, str(status)).inc()
        self._metrics.seconds.labels(scope["method"], path).observe(seconds)
