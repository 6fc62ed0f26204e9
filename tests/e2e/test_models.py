"""`plantroom models`: train, list, roll back and train again, on files and beside a running product."""

import json
import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from math import pi, sin
from pathlib import Path
from typing import Any

import pytest

from plantroom_testing.files import written
from plantroom_testing.product import Launch, wait_for

SITE = """
site: s
models:
  pump:
    models:
      - {id: whole, kind: pca, points: [flow, current, vibration], depth: 3}
      - {id: load, kind: expected, target: current, points: [current, flow]}
assets:
  - {id: P-1, class: pump}
  - {id: P-2, class: pump}
"""
DAYS = 5
TRAIN = ("--least", "2d", "--days", DAYS)


def plantroom(*arguments: object) -> Any:
    """Run a command with `--json` and return its document."""
    command = [sys.executable, "-m", "plantroom", *map(str, arguments), "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=120).stdout)


def history(folder: Path) -> Path:
    """Write minutes of a pump that runs, and of one that hardly does."""
    noise = random.Random(1)
    begin = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=DAYS)
    rows = ["ts,asset,point,value"]
    for minute in range(DAYS * 1440):
        ts = f"{begin + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%S}Z"
        flow = 80 + 30 * sin(2 * pi * minute / 1440) + noise.gauss(0, 1)
        values = {
            "flow": flow,
            "current": 10 + 0.2 * flow + noise.gauss(0, 0.2),
            "vibration": noise.gauss(2, 0.1),
        }
        rows += [f"{ts},P-1,running,1", f"{ts},P-2,running,{int(minute < 600)}"]
        rows += [f"{ts},P-1,{point},{value:.3f}" for point, value in values.items()]
    return written(folder, "history.csv", "\n".join([*rows, ""]))


@pytest.fixture
def place(tmp_path: Path) -> tuple[object, ...]:
    """Return the options that name a site whose readings of the last days are kept."""
    site = written(tmp_path, "site.yaml", SITE)
    where = ("--site", site, "--data", tmp_path / "data")
    plantroom("import", history(tmp_path), *where)
    return where


def test_models_are_trained_listed_rolled_back_and_trained_again(
    place: tuple[object, ...], tmp_path: Path
) -> None:
    data = ("--data", tmp_path / "data")

    first = plantroom("models", "train", *place, *TRAIN, "--jobs", 2)
    again = plantroom("models", "train", *place, *TRAIN, "--jobs", 1, "--relearn")
    [drift] = plantroom("models", "drift", *place)["items"]
    listed = plantroom("models", "list", *data, "--all")
    subprocess.run(
        [sys.executable, "-m", "plantroom", "models", "rollback", "P-1", *map(str, data)], check=True
    )
    back = plantroom("models", "list", *data)

    trained, refused = first["items"]
    assert (first["trained"], first["refused"], first["failed"]) == (1, 1, 0)
    assert (trained["asset"], trained["version"]) == ("P-1", 1)
    assert set(trained["limits"]) == {"whole", "load"}
    assert "mostly off" in refused["reasons"][0]["en"]
    assert "多数时间停机" in refused["reasons"][0]["zh"]
    assert again["items"][0]["sha256"] == trained["sha256"]
    assert [(each["version"], each["active"]) for each in listed["items"]] == [(1, False), (2, True)]
    assert (drift["asset"], drift["state"], drift["retrain"]) == ("P-1", "known", False)
    assert listed["items"][1]["drift"]["state"] == "known"
    assert [each["version"] for each in back["items"]] == [1]


def test_beside_a_running_product_its_orders_are_known_and_it_stops_when_told(
    place: tuple[object, ...], launch: Launch, tmp_path: Path
) -> None:
    product = launch("up", "--site", str(tmp_path / "site.yaml"))
    product.post("/work-orders", {"asset": "P-1", "title": "Change the bearing"})

    command = [
        sys.executable,
        "-m",
        "plantroom",
        "models",
        "train",
        *map(str, (*place, *TRAIN)),
        "--every",
        "1h",
    ]
    with (tmp_path / "service.log").open("w") as log:
        service = subprocess.Popen(command, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        items = wait_for(
            lambda: plantroom("models", "list", "--data", tmp_path / "data")["items"],
            what="a model",
            log=tmp_path / "service.log",
        )
    finally:
        service.send_signal(signal.SIGTERM)

    assert service.wait(30) == 0
    reasons = " ".join(reason["en"] for reason in items[0]["reasons"])
    assert "order WO-1 “Change the bearing” left out" in reasons
    assert "could not be asked" not in reasons


def test_the_product_trains_its_models_by_itself_if_told_to(
    place: tuple[object, ...], launch: Launch, tmp_path: Path
) -> None:
    product = launch("up", "--site", str(tmp_path / "site.yaml"), "--train-every", "1h")

    index = tmp_path / "data/models/index.json"
    wait_for(index.exists, what="a model", log=product.log)
    product.terminate()

    assert product.process.returncode == 0
    assert set(json.loads(index.read_text())["assets"]) == {"P-1"}


def test_processes_that_train_end_with_one_that_is_killed(place: tuple[object, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "plantroom", "models", "train", *map(str, (*place, *TRAIN))]
    trainer = subprocess.Popen([*command, "--jobs", "2", "--every", "1h"], stderr=subprocess.DEVNULL)
    index = tmp_path / "data/models/index.json"
    wait_for(index.exists, what="a model")
    workers = Path(f"/proc/{trainer.pid}/task/{trainer.pid}/children").read_text().split()

    trainer.kill()
    trainer.wait()

    assert len(workers) >= 2
    wait_for(lambda: not any(Path("/proc", each).exists() for each in workers), what="end of processes")
