"""The records' tables and what becomes of them, on both databases."""

from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from plantroom.domain.errors import RecordsTooNew, RecordsUnavailable
from plantroom.storage.records import Records, open_records
from plantroom.storage.records.schema import metadata
from plantroom_testing.postgres import PostgresServer
from plantroom_testing.records import Api, activated


def test_the_migrations_make_the_tables_that_the_program_uses(records: Records) -> None:
    with records.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_opening_again_changes_nothing(records: Records, records_url: str) -> None:
    Api(records).send(activated())

    with closing(open_records(records_url)) as again:
        assert Api(again).alarm()["active"] is True


def test_records_of_a_newer_version_are_left_alone(records: Records, records_url: str) -> None:
    with records.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(RecordsTooNew, match="9999"):
        open_records(records_url)


def test_a_database_that_is_not_there_is_named_as_such() -> None:
    with pytest.raises(RecordsUnavailable, match="does not answer"):
        open_records("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=5")


def test_sqlite_survives_a_power_cut(embedded: Records) -> None:
    def setting(name: str) -> object:
        with embedded.read() as connection:
            return connection.execute(text(f"PRAGMA {name}")).scalar_one()

    assert setting("journal_mode") == "wal"
    assert setting("synchronous") == 2  # FULL
    assert setting("foreign_keys") == 1


def test_the_api_answers_again_when_the_database_is_back(postgres: PostgresServer, postgres_url: str) -> None:
    with closing(open_records(postgres_url)) as records:
        api = Api(records, expects_pipeline=False)
        postgres.stop()
        try:
            gone = api.call("GET", "alarms")
            not_ready = api.call("GET", "/health/ready")
            metrics = api.call("GET", "/metrics")
        finally:
            postgres.start()
        back = api.call("GET", "alarms")

    assert (gone.status_code, not_ready.status_code, back.status_code) == (503, 503, 200)
    assert "plantroom_records_up 0.0" in metrics.text
    assert gone.headers["retry-after"] == "5"
    assert gone.headers["content-type"] == "application/problem+json"
