"""The copy of the embedded samples that the API makes for a backup."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plantroom.api.access.identity import Role
from plantroom.storage.records import Records
from plantroom.storage.series.duckdb_copy import merge_log
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom_testing.records import INSTALLATION, START, Api
from plantroom_testing.series import batch_of, good, opened_duckdb


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDbStore]:
    with opened_duckdb(tmp_path / "samples.duckdb", INSTALLATION.table) as store:
        yield store


def test_an_engineer_has_the_samples_copied_and_it_is_in_the_audit_log(
    embedded: Records, store: DuckDbStore, tmp_path: Path
) -> None:
    store.write(batch_of(INSTALLATION.table, [good("P-101", "flow", START, 1.0)]))
    api = Api(embedded, store=store)

    answer = api.call("PUT", "backup/samples", role=Role.ENGINEER)

    assert answer.status_code == 200, answer.text
    assert answer.json()["seconds"] >= 0
    assert merge_log(tmp_path / "backup/samples.duckdb") == 1
    (entry,) = api.call("GET", "audit", role=Role.ADMIN).json()["items"]
    assert (entry["who"], entry["action"], entry["subject"]) == ("engineer", "backup.samples", "samples")


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.OPERATOR, Role.PIPELINE])
def test_nobody_else_fills_the_disk_with_copies(
    embedded: Records, store: DuckDbStore, tmp_path: Path, role: Role | None
) -> None:
    answer = Api(embedded, store=store).call("PUT", "backup/samples", role=role)

    assert answer.status_code == (401 if role is None else 403)
    assert not (tmp_path / "backup").exists()


def test_samples_in_influxdb_are_not_the_apis_to_copy(embedded: Records) -> None:
    answer = Api(embedded).call("PUT", "backup/samples", role=Role.ENGINEER)

    assert answer.status_code == 409
    assert "they are in InfluxDB" in answer.json()["detail"]
