"""Log lines on standard error: a constant event, then facts as fields."""

import json
import logging
import sys
import time
from typing import Final

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class FactsFormatter(logging.Formatter):
    """`2026-11-21T20:35:00Z info plantroom.ingest.pipeline: there is room again seconds=12`."""

    def __init__(self) -> None:
        self.converter = time.gmtime
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Return the line, with the record's extra fields behind the event."""
        record.levelname = record.levelname.lower()
        facts = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        fields = "".join(f" {name}={_text(value)}" for name, value in facts.items())
        return super().formatMessage(record) + fields


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text


def set_up(level: str) -> None:
    """Log from `level` on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FactsFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
