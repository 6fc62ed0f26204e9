"""Models are put to work while the product runs; what they say is kept, watched, and survives a kill."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from plantroom.models.bundle import to_kept
from plantroom.models.frame import Frame
from plantroom.models.pca import Pca
from plantroom.storage.models.manifest import Training
from plantroom.storage.models.registry import Registry
from plantroom_testing.files import written
from plantroom_testing.modelled import bundle, fitted
from plantroom_testing.mqtt import publish_burst
from plantroom_testing.product import Launch, Product, wait_for

SITE = """
site: s
models:
  pump: {models: [{id: whole, kind: pca, points: [flow, current]}]}
assets:
  - {id: P-1, class: pump}
  - {id: P-2, class: pump}
"""
RULE = "- {id: abnormal, class: pump, when: anomaly > 1, severity: warning, title: {en: Abnormal}}\n"


def put_to_work(folder: Path, name: str) -> None:
    load = np.random.default_rng(1).normal(50, 5, 3000)
    noise = np.random.default_rng(2).normal(0, 0.1, 3000)
    healthy = Frame(
        ts=np.arange(3000) * 60_000,
        values=np.stack((load, load / 5 + noise), axis=1),
        live=np.ones(3000, np.bool_),
        points=("flow", "current"),
    )
    model = fitted(Pca(points=("flow", "current"), depth=1, weight=1.0).fit(healthy), limit=5.0)
    document, arrays = to_kept(bundle(name, model))
    training = Training(
        asset=name, asset_class="pump", plan="", start=0, end=1, rows=3000, trained_at=time.time_ns() // 10**6
    )
    Registry(folder).add(training, document, arrays, activate=True)


def run_pump(product: Product, *, start: int, end: int, current: float) -> None:
    """Let P-1 run from `start` to `end`, ms, at a flow that needs a current of 10 A."""
    messages = [
        ("plantroom/v1/s/P-1/telemetry", json.dumps({"ts": ts, "values": {"flow": 50.0, "current": current}}))
        for ts in range(start, end, 10_000)
    ]
    publish_burst(product.mqtt_port, [(topic, payload.encode()) for topic, payload in messages])


def anomalies(product: Product) -> list[tuple[int, float]]:
    items = product.items("/assets/P-1/samples", point="anomaly")
    return [(_ms(each["ts"]), each["value"]) for each in items]


def _ms(written_time: Any) -> int:
    return round(datetime.fromisoformat(written_time).astimezone(UTC).timestamp() * 1000)


def test_a_model_is_put_to_work_and_goes_on_after_a_kill(launch: Launch, tmp_path: Path) -> None:
    site, rules = written(tmp_path, "site.yaml", SITE), written(tmp_path, "rules/rules.yaml", RULE)
    where = ("--site", str(site), "--rules", str(rules.parent), "--models", str(tmp_path / "models"))
    product = launch("up", *where)
    for name in ("P-1", "P-2"):
        put_to_work(tmp_path / "models", name)
    (tmp_path / "models/assets/P-2/1.npz").write_bytes(b"no model")
    wait_for(lambda: "scoring by other models" in product.log.read_text(), what="the models", log=product.log)
    now = time.time_ns() // 10**6 // 60_000 * 60_000

    run_pump(product, start=now - 240_000, end=now - 110_000, current=10.0)
    before = wait_for(lambda: len(found := anomalies(product)) == 2 and found, what="scores", log=product.log)
    product.kill()
    again = launch("up", *where)
    run_pump(again, start=now - 110_000, end=now + 10_000, current=20.0)

    after = wait_for(lambda: len(found := anomalies(again)) == 4 and found, what="more", log=again.log)
    assert after[:2] == before
    assert [ts - now for ts, _ in after] == [-180_000, -120_000, -60_000, 0]
    assert all(value < 1 for _, value in before)
    assert after[3][1] > 1
    told = {(each["rule"], each["asset"]): each for each in again.items("/alarms")}
    assert told["abnormal", "P-1"]["active"]
    assert told["system-model-off", "plantroom"]["active"]
