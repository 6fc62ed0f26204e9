"""An InfluxDB database as line protocol, and back."""

import gzip
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from plantroom.domain.errors import BackupFailed
from plantroom.storage.backup import influx_lines
from plantroom.storage.backup.influx_lines import check_policies, dump_influx, holds_samples, restore_influx
from plantroom.storage.series.influx.address import InfluxAddress
from plantroom_testing.influx import InfluxServer

T0 = 1_763_750_000_000
AWKWARD = r"""pu\,mp\ house,asset=P\ 1\,\=x,site=s flow=1.5,mode="a \"b\" \\ c",on=true,n=7i,水=2"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    server = InfluxServer(tmp_path_factory.mktemp("influx"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def databases(server: InfluxServer) -> tuple[InfluxAddress, InfluxAddress]:
    """Two databases with two policies each: one to save, one to fill."""
    names = ("plantroom", "another plant")
    for name in names:
        server.query(f'DROP DATABASE "{name}"')
        server.query(f'CREATE DATABASE "{name}" WITH DURATION INF NAME "raw {name}"')
        server.query(f'CREATE RETENTION POLICY "hours+1" ON "{name}" DURATION INF REPLICATION 1')
    first, second = (InfluxAddress(url=server.url, database=name) for name in names)
    return first, second


def write(server: InfluxServer, address: InfluxAddress, lines: list[str], policy: str = "") -> None:
    answer = httpx.post(
        f"{server.url}/write",
        params={"db": address.database, "precision": "ms"} | ({"rp": policy} if policy else {}),
        content="\n".join(lines).encode(),
        timeout=60,
    )
    assert answer.status_code == 204, answer.text


def everything(server: InfluxServer, address: InfluxAddress, policy: str) -> list[Any]:
    found = server.query(f'SELECT * FROM "{policy}"./.*/ GROUP BY *', database=address.database)
    keys = server.query(f'SHOW FIELD KEYS ON "{address.database}"')
    return [found, keys]


def moved(source: InfluxAddress, target: InfluxAddress, folder: Path) -> tuple[int, list[tuple[int, int]]]:
    """Save one database and fill the other; return the lines saved, and what came of each member."""
    members, count = dump_influx(source, folder, told=lambda *_: None)
    check_policies(target, list(members))
    return count, [restore_influx(target, name, path) for name, path in members.items()]


def test_every_type_tag_and_tier_comes_back_as_it_was(
    server: InfluxServer, databases: tuple[InfluxAddress, InfluxAddress], tmp_path: Path
) -> None:
    source, target = databases
    write(
        server,
        source,
        [f"{AWKWARD} {T0}", f"fan,asset=F-1 flow=3,flow_Q=272i {T0 + 1}", f"fan x=1e300 {-T0}"],
    )
    write(server, source, [f"fan,asset=F-1,site=s flow_N=60i,flow=0.1 {T0}"], "hours+1")

    count, done = moved(source, target, tmp_path)

    assert (count, sorted(done)) == (4, [(1, 0), (3, 0)])
    for policy in ("raw {}", "hours+1"):
        before = everything(server, source, policy.format(source.database))
        assert before[0][0]["series"]
        assert everything(server, target, policy.format(target.database)) == before


def test_windows_adapt_to_how_much_there_is_and_lose_nothing(
    server: InfluxServer,
    databases: tuple[InfluxAddress, InfluxAddress],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, target = databases
    monkeypatch.setattr(influx_lines, "_ROWS", 50)
    dense = [f"pump,asset=P-{n} flow={n} {T0}" for n in range(180)]
    burst = [f"pump,asset=P-1 flow={n} {T0 + 1 + n}" for n in range(400)]
    sparse = [f"pump,asset=P-1 flow={n} {T0 - n * 86_400_000}" for n in range(2, 100)]
    write(server, source, dense + burst + sparse)

    count, _ = moved(source, target, tmp_path)

    assert count == 180 + 400 + 98
    assert everything(server, target, "raw another plant") == everything(server, source, "raw plantroom")


def test_lines_older_than_the_policy_keeps_are_counted_and_the_others_written(
    server: InfluxServer, databases: tuple[InfluxAddress, InfluxAddress], tmp_path: Path
) -> None:
    source, target = databases
    now = 1000 * int(time.time())
    write(server, source, [f"pump,asset=P-1 flow=1 {now}", f"pump,asset=P-1 flow=2 {now - 10 * 86_400_000}"])
    server.query(
        'ALTER RETENTION POLICY "raw another plant" ON "another plant" DURATION 1d SHARD DURATION 1h'
    )

    _, done = moved(source, target, tmp_path)

    assert (2, 1) in done
    (found,) = server.query("SELECT flow FROM pump", database=target.database)
    assert found["series"][0]["values"] == [[now, 1]]


def test_what_is_refused_for_another_reason_fails(
    server: InfluxServer, databases: tuple[InfluxAddress, InfluxAddress], tmp_path: Path
) -> None:
    source, target = databases
    write(server, source, [f"pump,asset=P-1 flow=1 {T0}"])
    write(server, target, [f'pump,asset=P-1 flow="a text" {T0}'])

    with pytest.raises(BackupFailed, match="type conflict"):
        moved(source, target, tmp_path)


def test_a_missing_policy_is_named_before_anything_is_written(
    server: InfluxServer, databases: tuple[InfluxAddress, InfluxAddress], tmp_path: Path
) -> None:
    source, target = databases
    write(server, source, [f"pump,asset=P-1 flow=1 {T0}"])
    server.query('DROP RETENTION POLICY "hours+1" ON "another plant"')

    with pytest.raises(
        BackupFailed, match=r"lacks the retention policies hours\+1: run `plantroom influx setup`"
    ):
        moved(source, target, tmp_path)

    assert not holds_samples(target)
    assert holds_samples(source)


def test_the_files_are_what_influxs_own_importer_takes(
    server: InfluxServer, databases: tuple[InfluxAddress, InfluxAddress], tmp_path: Path
) -> None:
    source, _ = databases
    write(server, source, [f"pump,asset=P-1 flow=1 {T0}"])

    members, _ = dump_influx(source, tmp_path, told=lambda *_: None)

    text = gzip.decompress(members["influx/default/raw%20plantroom.lines.gz"].read_bytes()).decode()
    assert text.splitlines() == [
        "# DML",
        "# CONTEXT-DATABASE: plantroom",
        "# CONTEXT-RETENTION-POLICY: raw plantroom",
        f"pump,asset=P-1 flow=1 {T0}",
    ]
