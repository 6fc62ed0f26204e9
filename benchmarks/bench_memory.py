"""Memory of `plantroom up`, embedded broker included, with 10,000 assets of 5 points under load.

Run as `python benchmarks/bench_memory.py [--json] [--assets N] [--rate N] [--minutes N]`. Memory is the sum
of proportional set sizes (PSS) of all its processes, MiB; the ratio is to the aim of 400.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import uvloop
from loads import TOKEN, publish_load, site_file

AIM_MIB: Final = 400
RULES: Final = """
- {id: hot, class: machine, when: bearing_temp > 80, severity: major, title: {en: Hot}}
- {id: shaking, class: machine, when: vibration > 4, for: 30s, severity: warning, title: {en: Shaking}}
"""


def memory_of(group: int) -> dict[int, float]:
    """Return the proportional set size of each process of a process group, MiB, by process id."""
    sizes: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.getpgid(int(entry.name)) != group:
                continue
            found = re.search(r"^Pss:\s+(\d+) kB", (entry / "smaps_rollup").read_text(), re.MULTILINE)
        except (OSError, ProcessLookupError):
            continue
        if found:
            sizes[int(entry.name)] = int(found[1]) / 1024
    return sizes


def measure(*, assets: int, rate: float, minutes: float) -> dict[str, Any]:
    """Run `plantroom up` under load and return its memory, as it grew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = [f"L-{number}" for number in range(assets)]
        (folder / "site.yaml").write_text(site_file(names))
        (folder / "rules").mkdir()
        (folder / "rules" / "rules.yaml").write_text(RULES)
        command = [sys.executable, "-m", "plantroom", "up", "--site", str(folder / "site.yaml")]
        command += ["--rules", str(folder / "rules"), "--data", str(folder / "data")]
        command += ["--port", "0", "--mqtt-port", "0"]
        product = subprocess.Popen(
            [*command, "--log-level", "error"],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PLANTROOM_ADMIN_TOKEN": TOKEN},
        )
        assert product.stdout is not None
        while not (line := product.stdout.readline()).startswith("mqtt: "):
            assert line, "plantroom up ended"
        port = line.rpartition(":")[2].strip()
        load = subprocess.Popen([sys.executable, __file__, "--load", port, "--rate", str(rate)])
        course = []
        for _ in range(max(1, round(minutes * 6))):
            time.sleep(10)
            course.append(round(sum(memory_of(product.pid).values())))
            print(f"{len(course) * 10:>5} s {course[-1]:>5} MiB", file=sys.stderr)
        parts = memory_of(product.pid)
        load.kill()
        product.terminate()
        product.wait(30)
    return {
        "assets": assets,
        "rate": rate,
        "minutes": minutes,
        "mib": course[-1],
        "peak_mib": max(course),
        "pipeline_and_api_mib": round(parts.pop(product.pid)),
        "broker_mib": round(sum(parts.values())),
        "ratio_to_aim": round(course[-1] / AIM_MIB, 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--assets", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=2_000)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--load", type=int, metavar="PORT", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        uvloop.run(publish_load(given.load, given.rate, assets=given.assets))
        return
    found = measure(assets=given.assets, rate=given.rate, minutes=given.minutes)
    if given.json:
        print(json.dumps({"benchmark": "memory", **found}))
        return
    print(
        f"{found['assets']:,} assets, {found['rate']:,.0f} messages/s for {found['minutes']:g} min: "
        f"{found['mib']} MiB (peak {found['peak_mib']}), of which broker {found['broker_mib']}; "
        f"{found['ratio_to_aim']} of the aim of {AIM_MIB} MiB"
    )


if __name__ == "__main__":
    main()
