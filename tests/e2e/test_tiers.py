"""Minutes and hours of what is sent, also of what is sent days late, and after a kill."""

import json
import time
from pathlib import Path

from plantroom_testing.mqtt import publish_burst
from plantroom_testing.product import Launch, Product, wait_for

SITE = """
site: riverside
name: {en: Riverside Plaza, zh: 江滨广场}
timezone: Asia/Shanghai
assets:
  - {id: P-101, class: pump, name: {en: Pump 1, zh: 1号水泵}}
"""
HOUR_MS = 3_600_000
HOUR = int(time.time() * 1000) // HOUR_MS * HOUR_MS - 72 * HOUR_MS
"""Three days ago: what is asked for so long ago is answered from the tiers."""


def send_history(product: Product, *, samples: int, offset: int) -> None:
    publish_burst(
        product.mqtt_port,
        [
            (
                "plantroom/v1/riverside/P-101/telemetry",
                json.dumps(
                    {"ts": HOUR + offset + i * 60_000, "values": {"flow": 10.0 + i}, "historical": True}
                ).encode(),
            )
            for i in range(samples)
        ],
    )


def remade(product: Product) -> None:
    """Wait until an hour was made anew since the start."""
    wait_for(
        lambda: product.metric("plantroom_down_sampling_remade_total") > 0,
        what="an hour made anew",
        patience=120,
    )


def hourly(product: Product) -> list[tuple[float, float, int]]:
    """Return mean, last and count of each hour."""
    span = {"start": f"{_text(HOUR)}", "end": f"{_text(HOUR + 24 * HOUR_MS)}"}
    items = product.items("/assets/P-101/samples", point="flow", every="1h", **span)
    return [(item["mean"], item["last"], item["count"]) for item in items]


def _text(ts: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts / 1000))


def test_history_is_down_sampled_before_and_after_a_kill(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    product = launch("up", "--site", str(tmp_path / "site.yaml"))
    wait_for(lambda: "plantroom_down_sampling_lag_seconds" in product.get_root("/metrics").text, what="lag")
    send_history(product, samples=3, offset=0)
    remade(product)
    before = hourly(product)
    product.kill()

    again = launch("up", "--site", str(tmp_path / "site.yaml"))
    send_history(again, samples=1, offset=30_000)
    remade(again)

    assert before == [(11.0, 12.0, 3)]
    assert hourly(again) == [(10.75, 12.0, 4)]
    assert 240 < again.metric("plantroom_down_sampling_lag_seconds") < 600
