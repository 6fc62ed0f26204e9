"""A counter published over MQTT, and what a running product has stored of it."""

import json
import threading
import time

from plantroom.domain.report import from_rfc3339
from plantroom_testing.mqtt import paho_client
from plantroom_testing.product import Product

TOPIC = "plantroom/v1/riverside/{asset}/telemetry"


def now_ms() -> int:
    """Return the time, ms since the epoch."""
    return time.time_ns() // 1_000_000


def telemetry(at: int, *, asset: str = "P-101", **values: float) -> tuple[str, bytes]:
    """Return topic and payload of one reading."""
    return TOPIC.format(asset=asset), json.dumps({"ts": at, "values": values}).encode()


class Publisher(threading.Thread):
    """Publishes a counter as `flow` at a steady rate until it is stopped; knows what the broker has taken."""

    def __init__(self, port: int, *, rate: float, asset: str = "P-102") -> None:
        super().__init__(daemon=True)
        self._port = port
        self._pause = 1 / rate
        self._asset = asset
        self._ended = threading.Event()
        self.sent: list[tuple[int, float]] = []

    def run(self) -> None:
        with paho_client(self._port) as client:
            last, messages, started = 0, [], time.monotonic()
            while not self._ended.is_set():
                last = max(last + 1, now_ms())
                topic, payload = telemetry(last, asset=self._asset, flow=float(len(self.sent) % 300))
                self.sent.append((last, float(len(self.sent) % 300)))
                messages.append(client.publish(topic, payload, 1))
                ahead = started + len(self.sent) * self._pause - time.monotonic()
                time.sleep(max(0.0, ahead))
            for message in messages:
                message.wait_for_publish(60)
                assert message.is_published()

    def end(self) -> list[tuple[int, float]]:
        """Stop, wait until the broker has everything, and return the samples, in order."""
        self._ended.set()
        self.join(120)
        assert not self.is_alive()
        return self.sent


def stored(product: Product, *, asset: str = "P-102", point: str = "flow") -> list[tuple[int, float]]:
    """Return every stored sample of a point, page by page."""
    found: list[tuple[int, float]] = []
    start = "2020-01-01T00:00:00Z"
    while True:
        page = product.get(f"/assets/{asset}/samples", point=point, start=start, limit=5_000)
        new = [(from_rfc3339(item["ts"]), item["value"]) for item in page["items"]]
        found += [sample for sample in new if not found or sample[0] > found[-1][0]]
        if len(new) < 5_000:
            return found
        start = page["items"][-1]["ts"]
