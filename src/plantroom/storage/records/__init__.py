"""Alarms, work orders and what people did, kept in SQLite or PostgreSQL."""

from plantroom.storage.records.database import Records, connect
from plantroom.storage.records.migrate import migrate

__all__ = ["Records", "open_records"]


def open_records(url: str) -> Records:
    """Return the records at `url` (`sqlite:///path` or `postgresql://...`), their tables up to date.

    Raises:
        RecordsUnavailable: the database does not answer.
        RecordsTooNew: a newer version of the product wrote them.
    """
    records = Records(connect(url))
    try:
        migrate(records)
    except BaseException:
        records.close()
        raise
    return records
