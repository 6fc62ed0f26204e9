"""Bring the records' tables to this version of the product."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from plantroom.domain.errors import RecordsTooNew
from plantroom.storage.records.database import Records

SCRIPTS: Final = Path(__file__).parent / "migrations"
VERSION_TABLE: Final = "alembic_version"


def migrate(records: Records) -> None:
    """Run the migrations that `records` has not seen, all or none; one process at a time.

    Raises:
        RecordsTooNew: a newer version of the product wrote them.
    """
    config = _config()
    with records.write() as connection:
        present = revision_of(connection)
        if present == ScriptDirectory.from_config(config).get_current_head():
            return
        if present is not None:
            check_known(present)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the records' tables, None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def check_known(revision: str) -> None:
    """Do nothing if this program can go on from `revision`.

    Raises:
        RecordsTooNew: a newer version of the product wrote it.
    """
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise RecordsTooNew(f"the records have version {revision}, this program knows only {sorted(known)}")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config
