"""A disk that is full: nothing is acknowledged, an alarm says so, nothing is dropped."""

import json
import time
from pathlib import Path

import pytest

from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.mqtt import publish_burst
from plantroom_testing.product import Launch, Product, wait_for

SITE = "site: riverside\nassets:\n  - {id: P-101, class: pump}\n"
DISK_MIB = 48


@pytest.fixture
def product(launch: Launch, mosquitto: Mosquitto, tmp_path: Path) -> Product:
    """Run the product with its data on a small disk of its own (a tmpfs in a mount namespace)."""
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "data").mkdir()
    mount = f'mount -t tmpfs -o size={DISK_MIB}m tmpfs {tmp_path / "data"} && exec "$@"'
    return launch(
        "up",
        "--site",
        str(tmp_path / "site.yaml"),
        "--broker",
        mosquitto.url,
        prefix=["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh"],
    )


def disk_of(product: Product, tmp_path: Path) -> Path:
    """Return the product's disk as it is reached from outside its namespace."""
    return Path(f"/proc/{product.process.pid}/root{tmp_path / 'data'}")


def fill(disk: Path, *, leave_mib: int) -> Path:
    """Fill `disk` with a file of somebody else's, up to a rest that is below what is held in reserve."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        for _ in range(DISK_MIB):
            free = _free_mib(disk)
            if free <= leave_mib:
                break
            file.write(b"\0" * (1024 * 1024) * max(1, free - leave_mib))
            file.flush()
    return ballast


def _free_mib(disk: Path) -> int:
    import os

    state = os.statvfs(disk)
    return state.f_bavail * state.f_frsize // (1024 * 1024)


def messages(first: int, count: int, *, begin: int) -> list[tuple[str, bytes]]:
    return [
        (
            "plantroom/v1/riverside/P-101/telemetry",
            json.dumps({"ts": begin + number, "values": {"flow": float(number)}}).encode(),
        )
        for number in range(first, first + count)
    ]


def flows(product: Product) -> list[float]:
    return [item["value"] for item in product.get("/assets/P-101/samples", point="flow")["items"]]


def state(product: Product) -> dict[str, str]:
    return {alarm["rule"]: alarm["state"] for alarm in product.items("/alarms")}


def test_a_full_disk_stops_the_intake_raises_an_alarm_and_drops_nothing(
    product: Product, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    begin = time.time_ns() // 1_000_000
    publish_burst(mosquitto.port, messages(0, 50, begin=begin))
    wait_for(lambda: len(flows(product)) == 50, what="the first samples", log=product.log)

    ballast = fill(disk_of(product, tmp_path), leave_mib=6)
    publish_burst(mosquitto.port, messages(50, 200, begin=begin))
    ready = wait_for(
        lambda: (answer := product.get_root("/health/ready")).status_code == 503 and answer,
        what="not ready",
        log=product.log,
    )
    wait_for(lambda: "system-spool-full" in state(product), what="system alarm", log=product.log)
    kept_while_full = product.metric("plantroom_messages_total")

    ballast.unlink()
    wait_for(
        lambda: product.get_root("/health/ready").status_code == 200, what="ready again", log=product.log
    )
    wait_for(lambda: len(flows(product)) == 250, what="all samples", log=product.log)
    wait_for(
        lambda: state(product)["system-spool-full"] == "cleared_unacked", what="cleared", log=product.log
    )

    assert "bytes free" in ready.text
    assert kept_while_full == 50
    assert flows(product) == [float(number) for number in range(250)]
