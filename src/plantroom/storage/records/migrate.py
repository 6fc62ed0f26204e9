"""Bring the records' tables to this version of the product."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from plantroom.domain.errors import RecordsTooNew
from plantroom.storage.records.database import Records

SCRIPTS: Final = Path(__file__).parent / "migrations"


def migrate(records: Records) -> None:
    """Run the migrations that `records` has not seen, all or none; one process at a time.

    Raises:
        RecordsTooNew: a newer version of the product wrote them.
    """
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with records.write() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
        if present == scripts.get_current_head():
            return
        known = {script.revision for script in scripts.walk_revisions()}
        if present is not None and present not in known:
            raise RecordsTooNew(
                f"the records have version {present}, this program knows only {sorted(known)}"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
