"""The same ten rules in VictoriaMetrics with vmalert and in our engine: CPU-seconds beside each other.

Run as `python benchmarks/bench_vmalert.py [--assets 10000] [--rounds 12] [--json]`, where Debian's package
`victoria-metrics` is installed. 10,000 assets of five points report every ten seconds, ten rules each are
evaluated every ten seconds; theirs in real time, ours as fast as it can.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import numpy as np
import yaml
from bench_rules import MIX, realistic
from figures import show

EVERY_S = 10
HISTORY_S = 660
"""Read in before the measurement, so that all windows are full."""
POINTS = 5
METRICSQL = {
    "high": "p0 > 3.0",
    "low": "p1 < -3.2",
    "ratio": "p0 / (p1 + 10) > 0.5",
    "difference": "p2 - p3 > 5",
    "both": "(p3 > 3) and (p4 > 0)",
    "mean": "avg_over_time(p0[5m]) > 1",
    "least": "min_over_time(p1[10m]) > 0.5",
    "peak": "max_over_time(p2[10m]) > 4.5",
    "risen": "delta(p3[5m]) > 6",
    "silent": "(time() - timestamp(p4) > 120) or (range_over_time(p4[10m]) == 0)",
}
"""What the rules of `bench_rules.MIX` are in MetricsQL."""


class _Sink(BaseHTTPRequestHandler):
    """Takes alerts as Alertmanager does, and forgets them."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(*command: str) -> Iterator[int]:
    """Run `command` until the end of the block, and give its process number."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def wait_for(url: str, *, seconds: float = 20) -> None:
    """Return once `url` answers.

    Raises:
        TimeoutError: it does not.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(url)


def lines(assets: int, at_ms: int, random: np.random.Generator) -> str:
    """Return one reading of every point as Influx lines."""
    values = random.normal(size=(assets, POINTS)).round(4).tolist()
    return "\n".join(
        f",asset=M-{n} p0={v[0]},p1={v[1]},p2={v[2]},p3={v[3]},p4={v[4]} {at_ms}"
        for n, v in enumerate(values)
    )


def cpu(processes: list[int]) -> float:
    """Return the CPU-seconds that `processes` have spent so far."""
    stats = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in processes]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def megabytes(processes: list[int]) -> float:
    """Return what `processes` hold in memory."""
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in processes)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def peer(assets: int, rounds: int) -> dict[str, Any]:
    """Measure VictoriaMetrics and vmalert for that many rounds of ten seconds."""
    random = np.random.default_rng(1)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        sink = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
        threading.Thread(target=sink.serve_forever, daemon=True).start()
        stack.callback(sink.shutdown)
        base = f"http://127.0.0.1:{free_port()}"
        store = stack.enter_context(
            running(
                "victoria-metrics",
                f"-storageDataPath={folder / 'data'}",
                f"-httpListenAddr={base.removeprefix('http://')}",
                "-search.latencyOffset=0s",
                "-influxSkipMeasurement",
            )
        )
        wait_for(f"{base}/health")
        with httpx.Client(base_url=base, params={"precision": "ms"}, timeout=60) as client:
            now = int(time.time() * 1000)
            for back in range(HISTORY_S, 0, -EVERY_S):
                client.post("/write", content=lines(assets, now - back * 1000, random)).raise_for_status()
            rules = [{"alert": name, "expr": expression} for name, expression in METRICSQL.items()]
            group = {"groups": [{"name": "bench", "interval": f"{EVERY_S}s", "rules": rules}]}
            (folder / "rules.yaml").write_text(yaml.safe_dump(group))
            alerting = f"127.0.0.1:{free_port()}"
            alert = stack.enter_context(
                running(
                    "vmalert",
                    f"-rule={folder / 'rules.yaml'}",
                    f"-datasource.url={base}",
                    f"-remoteWrite.url={base}",
                    f"-notifier.url=http://127.0.0.1:{sink.server_port}",
                    f"-evaluationInterval={EVERY_S}s",
                    f"-httpListenAddr={alerting}",
                )
            )
            wait_for(f"http://{alerting}/health")
            before, evaluated = cpu([store, alert]), _evaluations(alerting)
            for _ in range(rounds):
                due = time.monotonic() + EVERY_S
                at = int(time.time() * 1000)
                client.post("/write", content=lines(assets, at, random)).raise_for_status()
                time.sleep(max(0.0, due - time.monotonic()))
            spent = cpu([store, alert]) - before
            groups = _evaluations(alerting) - evaluated
            memory = megabytes([store, alert])
    per_minute = 60 / EVERY_S / rounds
    return {
        "cpu_seconds_per_minute": round(spent * per_minute, 2),
        "samples_per_minute": round(rounds * assets * POINTS * per_minute),
        "evaluations_per_minute": round(groups * len(METRICSQL) * assets * per_minute),
        "megabytes": round(memory),
    }


def _evaluations(alerting: str) -> int:
    """Return how often vmalert has evaluated its group."""
    for line in httpx.get(f"http://{alerting}/metrics").text.splitlines():
        if line.startswith("vmalert_iteration_total{"):
            return int(float(line.rsplit(" ", 1)[1]))
    return 0


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=12, help="of ten seconds")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    given = parser.parse_args()
    if not (shutil.which("victoria-metrics") and shutil.which("vmalert")):
        print("left out: needs Debian's package victoria-metrics", file=sys.stderr)
        return
    assert METRICSQL.keys() == MIX.keys()
    theirs, ours = peer(given.assets, given.rounds), realistic(given.assets)
    figures = {
        "benchmark": "vmalert",
        "assets": given.assets,
        "victoriametrics_and_vmalert": theirs,
        "engine": {
            "cpu_seconds_per_minute": ours["cpu_seconds"],
            "samples_per_minute": ours["samples"],
            "evaluations_per_minute": ours["rule_evaluations"],
        },
        "ratio_of_cpu": round(ours["cpu_seconds"] / theirs["cpu_seconds_per_minute"], 3),
    }
    if given.json:
        print(json.dumps(figures))
        return
    show(figures)


if __name__ == "__main__":
    main()
