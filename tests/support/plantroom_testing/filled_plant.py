"""A real InfluxDB and a real PostgreSQL with three months of a plant in them, for whoever asks dashboards."""

import itertools
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from plantroom.api.access.identity import Role
from plantroom.domain.text import Text
from plantroom.storage.records import open_records
from plantroom.storage.series.down_sampling import DownSampling
from plantroom.storage.series.tiers import Retention
from plantroom_testing.grafana import Span
from plantroom_testing.grafana_board import Sources
from plantroom_testing.grafana_influxql import InfluxSource
from plantroom_testing.grafana_postgres import PostgresSource
from plantroom_testing.influx import InfluxServer
from plantroom_testing.plant_history import DAY_MS, HOUR_MS, PlantHistory, end_before, live
from plantroom_testing.plant_people import fill
from plantroom_testing.postgres import PostgresServer
from plantroom_testing.records import HIGH_VIBRATION, MINUTE, Api, activated
from plantroom_testing.series import tiered_influx

DATABASE: Final = "plantroom"
PASSWORD: Final = "read only"
ROLE_SQL: Final = Path(__file__).parents[3] / "deploy/postgres/grafana.sql"
FIGURES: Final = (
    *("messages", "samples", "bad_samples", "late_samples", "stored_samples", "duplicates", "dead_letters"),
    *("unknown_device_messages", "transitions", "ready", "broker_connected", "store_away", "spool_bytes"),
    *("spool_share", "waiting_records", "waiting_transitions", "active_alarms", "assets_unknown"),
    *("assets_online", "assets_stale", "assets_offline", "store_lag_s", "down_sampling_lag_s"),
)
"""What a pipeline puts (`ingest.figures`)."""
_METER: Final = "electricity_meter"
_OFFLINE: Final = replace(
    HIGH_VIBRATION, group="offline", title=Text(en="Offline: no readings", zh="离线：无数据")
)
_COUNTED: Final = ("energy", "energy_LAST", "energy_MIN", "energy_MAX")
_DAYS_BEFORE: Final = (*range(1, 16), *range(364, 373))
_LESS: Final = 0.94
"""What was used more than a week before, as a share of what is used now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledPlant:
    """What was lived, and where to ask for it."""

    history: PlantHistory
    sources: Sources
    api: Api

    def span(self, length_ms: int) -> Span:
        """Return so much time up to the last reading."""
        return Span(self.history.end - length_ms, self.history.end)


def thinned(history: PlantHistory, *, fine_hours: int) -> PlantHistory:
    """Return the history with readings every five minutes only, but for its last hours."""
    fine = history.end - fine_hours * HOUR_MS
    batches = tuple(
        batch.take((batch.ts >= fine) | (batch.ts % (5 * MINUTE) == 0)) for batch in history.batches
    )
    return replace(history, batches=batches)


def fill_readings(server: InfluxServer, history: PlantHistory) -> None:
    """Write a day as the pipeline does, its minutes and hours as its job does, and meters for days before."""
    with closing(tiered_influx(f"{server.url}/{DATABASE}", history.installation.table)) as store:
        job = DownSampling(store, points=len(history.installation.table))
        server.query(f"CREATE DATABASE {DATABASE}")
        assert job.prepare(Retention(), now=history.end) == ()
        for batch in history.batches:
            assert store.write(batch) == ()
        while job.advance(history.end):
            pass
        while job.mend():
            pass
    for tier in ("minutes", "hours"):
        lines = _days_before(server, history, tier)
        while some := "\n".join(itertools.islice(lines, 10_000)):
            server.write(some, database=DATABASE, policy=tier)
    server.write(_figures(history), database=DATABASE)


def _days_before(server: InfluxServer, history: PlantHistory, tier: str) -> Iterator[str]:
    """Return lines that say the meters' last day again for days before it; counters go on through all."""
    rows = _rows(server, f'SELECT * FROM "{tier}"."{_METER}" WHERE time >= {history.end - DAY_MS}ms')
    first = {row["asset"]: row["energy_MIN"] for row in reversed(rows)}
    last = {row["asset"]: row["energy_LAST"] for row in rows}
    for days in _DAYS_BEFORE:
        for row in rows:
            if row["time"] - days * DAY_MS >= history.start:
                continue
            begin = first[row["asset"]]
            used, share = last[row["asset"]] - begin, 1.0 if days <= 7 else _LESS
            # The register goes on where the share changes: a week before the day that was lived.
            turn = begin - 7 * used
            counted = {name: turn + share * (row[name] - days * used - turn) for name in _COUNTED}
            drawn = {name: value * share for name, value in row.items() if _is_power(name)}
            yield _line(row | drawn | counted, row["time"] - days * DAY_MS)


def _is_power(name: str) -> bool:
    return name.startswith("power") and not name.startswith("power_factor") and not name.endswith("_N")


def _rows(server: InfluxServer, statement: str) -> list[dict[str, Any]]:
    (result,) = server.query(statement, database=DATABASE)
    (series,) = result["series"]
    return [dict(zip(series["columns"], values, strict=True)) for values in series["values"]]


def _line(row: dict[str, Any], at: int) -> str:
    fields = [
        f"{name}={value}i" if name.endswith("_N") else f"{name}={float(value)!r}"
        for name, value in row.items()
        if name not in ("time", "asset", "site") and value is not None
    ]
    return f"{_METER},asset={row['asset']},site={row['site']} {','.join(fields)} {at}"


def _figures(history: PlantHistory) -> str:
    """Return a pipeline's figures of the day, by the minute: the database was away for ten of them."""
    samples = sum(len(batch) for batch in history.batches)
    count = (history.end - history.start) // MINUTE
    lines = []
    for minute in range(count):
        away = max(0, min(minute - count + 120, 10)) if minute < count - 110 else 0
        figures = dict.fromkeys(FIGURES, 0.0) | {
            "messages": minute * samples / count / 5,
            "samples": minute * samples / count,
            "stored_samples": (minute - away) * samples / count,
            "bad_samples": float(minute // 90),
            "late_samples": float(minute // 240),
            "dead_letters": float(minute // 30),
            "unknown_device_messages": float(minute // 120),
            "transitions": float(minute // 20),
            "ready": 1.0,
            "broker_connected": 1.0,
            "store_away": float(away > 0),
            "spool_bytes": 2e6 + away * 1e6,
            "spool_share": (2e6 + away * 1e6) / 4e9,
            "waiting_records": away * 120.0,
            "store_lag_s": away * 60.0,
            "active_alarms": 12.0,
            "assets_online": 68.0 - (minute > count - 300),
            "assets_offline": float(minute > count - 300),
            "assets_unknown": 1.0,
            "down_sampling_lag_s": 65.0 + away * 60.0,
        }
        fields = ",".join(f"{name}={value!r}" for name, value in figures.items())
        lines.append(f"plantroom_pipeline,pipeline=a1b2c3 {fields} {history.start + minute * MINUTE}")
    return "\n".join(lines)


def fill_records(url: str, history: PlantHistory) -> Api:
    """Put alarms, orders, a silent device and dead letters into empty records."""
    api = fill(open_records(url), history)
    api.clock.now = history.end - 5 * HOUR_MS
    api.send(activated(api.clock.now, asset="VAV-902", rule="asset-offline", text=_OFFLINE))
    letters = [
        {
            "topic": topic,
            "reason": reason,
            "excerpt": "{",
            "count": count,
            "first": history.end - DAY_MS,
            "last": history.end - HOUR_MS // 2,
        }
        for topic, reason, count in (
            ("plantroom/v1/riverside/P-101/telemetry", "not JSON", 3),
            ("gw/7/modbus/MDB-1", "no such point: kw3", 48),
        )
    ]
    device = {key: value for key, value in letters[0].items() if key != "reason"}
    report = {
        "pipeline": "a1b2c3",
        "ready": True,
        "dead_letters": letters,
        "unknown_devices": [device | {"topic": "plantroom/v1/riverside/P-999/telemetry"}],
    }
    answer = api.call("PUT", "pipeline/report", role=Role.PIPELINE, json=report)
    assert answer.status_code == 204, answer.text
    api.clock.now = history.end
    return api


def make_grafana_role(server: PostgresServer, database: str) -> PostgresSource:
    """Run the shipped SQL, and return the data source that signs in by it."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))
    command = [programs[-1] if programs else "psql", "--quiet", "--no-psqlrc", "--file", ROLE_SQL]
    place = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": server.user, "PGDATABASE": database}
    subprocess.run(
        command, check=True, env=os.environ | place | {"POSTGRES_GRAFANA_PASSWORD": PASSWORD}, timeout=60
    )
    return PostgresSource(
        conninfo=psycopg.conninfo.make_conninfo(
            host="127.0.0.1", port=server.port, user="grafana", password=PASSWORD, dbname=database
        )
    )


@contextmanager
def filled(influx: InfluxServer, postgres: PostgresServer, *, fine_hours: int = 3) -> Iterator[FilledPlant]:
    """Give a plant in a server that has no database `plantroom` yet, and in a database of the other's."""
    history = thinned(live(end=end_before(round(time.time() * 1000))), fine_hours=fine_hours)
    fill_readings(influx, history)
    database = postgres.create_database()
    api = fill_records(postgres.url(database), history)
    readings = InfluxSource(url=influx.url, database=DATABASE)
    try:
        yield FilledPlant(
            history=history,
            api=api,
            sources=Sources(
                influx={"plantroom-influx": readings},
                postgres={"plantroom-records": make_grafana_role(postgres, database)},
            ),
        )
    finally:
        readings.close()
        api.services.records.close()
        postgres.drop_database(database)
        influx.query(f"DROP DATABASE {DATABASE}")


@pytest.fixture(scope="session")
def filled_plant(influx_server: InfluxServer, postgres: PostgresServer) -> Iterator[FilledPlant]:
    """Give the plant that all dashboards are asked for; it takes a minute or so to live it."""
    with filled(influx_server, postgres) as plant:
        yield plant
