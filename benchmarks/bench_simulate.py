"""How long a day of the demo building takes to simulate into a file, beside reading that file back.

    python benchmarks/bench_simulate.py [--hours 24] [--json]

One core is enough: the simulation is one thread, and the file is written and read by one.
"""

import argparse
import json
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from plantroom.cli.scenarios import scenario_called, simulation_of, sites_of
from plantroom.simulators.recording import Recorder
from plantroom.storage.recordings import RecordingWriter


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(timedelta(hours=arguments.hours))
    print(json.dumps(figures) if arguments.json else told(figures))


def measure(duration: timedelta) -> dict[str, float]:
    """Return CPU times (s) of simulating, writing and reading back, and how they compare."""
    (site,) = sites_of(())
    simulated = simulation_of(site, scenario_called("normal-week"))
    recorder = Recorder(simulated)
    series = [(each.asset, each.point) for each in recorder.series]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "day.parquet"
        began, writing = time.process_time(), 0.0
        with RecordingWriter(path, series) as writer:
            for block in recorder.blocks(duration):
                before = time.process_time()
                writer.write(ts=block.ts, series=block.series, values=block.values)
                writing += time.process_time() - before
            before = time.process_time()
            writer.finish()
            writing += time.process_time() - before
        simulating = time.process_time() - began - writing
        reading = read_back(path)
        return {
            "hours": duration / timedelta(hours=1),
            "assets": len(simulated.assets),
            "readings": writer.rows,
            "simulating_s": simulating,
            "writing_s": writing,
            "reading_s": reading,
            "bytes_per_reading": path.stat().st_size / writer.rows,
            "simulated_over_read": (simulating + writing) / reading,
            "week_s": (simulating + writing) * timedelta(days=7) / duration,
            "times_real_time": duration / timedelta(seconds=simulating + writing),
        }


def read_back(path: Path) -> float:
    """Return the CPU time (s) of reading every column of the file into memory."""
    with duckdb.connect(config={"threads": 1}) as database:
        before = time.process_time()
        database.execute(f"SELECT * FROM '{path}'").fetchnumpy()
        return time.process_time() - before


def told(figures: dict[str, float]) -> str:
    """Return the figures in words."""
    return (
        f"{figures['hours']:g} h of {figures['assets']} assets, {figures['readings']:,} readings: "
        f"simulated in {figures['simulating_s']:.1f} s, written in {figures['writing_s']:.1f} s, "
        f"read back in {figures['reading_s']:.1f} s of CPU\n"
        f"{figures['times_real_time']:,.0f} times real time, "
        f"{figures['simulated_over_read']:.1f} times reading it back, "
        f"{figures['bytes_per_reading']:.1f} bytes a reading; a week would take {figures['week_s']:.0f} s"
    )


if __name__ == "__main__":
    main()
