"""`plantroom import` and `export` while the product runs on the same data directory."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plantroom_testing.files import written
from plantroom_testing.product import Launch, wait_for

SITE = """
site: s

assets: [{id: P-1, class: pump}]
"""
RULE = "- {id: shaky, class: pump, when: vibration > 4}\n"


@pytest.fixture
def begin() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)


def plantroom(*arguments: object) -> Any:
    """Run a command with `--json` and return its document."""
    command = [sys.executable, "-m", "plantroom", *map(str, arguments), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout)


def test_history_comes_and_goes_through_the_api_of_what_runs(
    launch: Launch, tmp_path: Path, begin: datetime
) -> None:
    site = written(tmp_path, "site.yaml", SITE)
    written(tmp_path, "rules/shaky.yaml", RULE)
    where = ("--site", site, "--data", tmp_path / "data")
    times = [begin + timedelta(seconds=10 * number) for number in range(720)]
    rows = [f"{ts:%Y-%m-%dT%H:%M:%S}Z,P-1,vibration,{10 + number % 7}" for number, ts in enumerate(times)]
    file = written(tmp_path, "a.csv", "\n".join(["ts,asset,point,value", *rows, ""]))
    product = launch("up", "--site", str(site), "--rules", str(tmp_path / "rules"))

    imported = plantroom("import", file, *where)
    exported = plantroom("export", tmp_path / "b.csv", *where)

    assert (imported["complete"], imported["files"][0]["stored"]) == (True, 720)
    assert exported["samples"] == 720
    span = {"start": f"{begin:%Y-%m-%dT%H:%M:%S}Z", "end": f"{times[-1]:%Y-%m-%dT%H:%M:%S}Z"}
    hours = wait_for(
        lambda: product.get("/assets/P-1/samples", point="vibration", every="1h", **span)["items"],
        what="hours",
        log=product.log,
    )
    assert [hour["count"] for hour in hours] == [360, 359]
    assert product.items("/alarms") == []
    product.terminate()
    again = plantroom("export", tmp_path / "c.csv", *where)
    assert again["samples"] == 720
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "c.csv").read_bytes()
