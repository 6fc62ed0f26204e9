"""Every error of the product.

PlantroomError
├── NameInvalid            a site, asset, rule or point id that contract 4.1 does not allow
├── ExpressionInvalid      a rule expression that cannot be parsed or checked; carries the column
├── FilesInvalid           site or rule files with mistakes; carries all of them
├── StoreUnavailable       the time-series store did not take or answer; try again later
├── StoreRejected          the time-series store refused what it was given; trying again cannot help
├── RecordsUnavailable     the records database did not answer; try again later
├── RecordsTooNew          the records were written by a newer version of the product
├── SnapshotInvalid        a snapshot of the rules engine that this version cannot go on from
├── ModelUnusable          a kept model that is missing, damaged, or of a format this version does not know
├── SpoolFull              nothing more can be made durable; stop accepting
├── SpoolBroken            the spool's files cannot be read or written
├── ApiUnavailable         the HTTP API of a running product does not answer as it should; try again later
├── BackupInvalid          an archive that is no whole backup, or of a newer version of the product
├── BackupFailed           a tool or a server did not do its part of a backup
├── BrokerUrlInvalid       the URL of a broker cannot be read
├── BrokerUnavailable      the MQTT broker is not connected, or was lost unacknowledged; try again later
├── BrokerRefused          the MQTT broker does not take this message; trying again cannot help
└── BrokerNotStarted       the embedded MQTT broker cannot run here
"""

from dataclasses import dataclass


class PlantroomError(Exception):
    """Anything the product raises on purpose."""


class NameInvalid(PlantroomError, ValueError):
    """A name does not follow contract 4.1."""


class ExpressionInvalid(PlantroomError, ValueError):
    """A rule expression cannot be parsed or checked."""

    def __init__(self, message: str, *, column: int) -> None:
        super().__init__(message)
        self.column = column
        """Offset of the offending character in the expression's text, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a file."""

    file: str
    line: int
    message: str
    """What it is and what was expected."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class FilesInvalid(PlantroomError, ValueError):
    """Site or rule files hold mistakes, all of which are named."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class StoreUnavailable(PlantroomError):
    """The time-series store did not take or answer; the same call may succeed later."""

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that the store asks to be left alone."""


class StoreRejected(PlantroomError):
    """The time-series store refused what it was given; the same call will fail again."""


class RecordsUnavailable(PlantroomError):
    """The records database did not answer; the same call may succeed later."""


class RecordsTooNew(PlantroomError):
    """The records were written by a newer version of the product."""


class SnapshotInvalid(PlantroomError, ValueError):
    """A snapshot of the rules engine is none, or of another version."""


class ModelUnusable(PlantroomError):
    """A model that is kept cannot be used."""


class SpoolFull(PlantroomError):
    """Nothing more can be made durable."""


class SpoolBroken(PlantroomError):
    """The spool's files cannot be read or written."""


class ApiUnavailable(PlantroomError):
    """The HTTP API of a running product does not answer as it should."""


class BackupInvalid(PlantroomError, ValueError):
    """An archive is no whole backup, or a newer version of the product wrote it."""


class BackupFailed(PlantroomError):
    """A tool or a server did not do its part of a backup or of restoring one."""


class BrokerUrlInvalid(PlantroomError, ValueError):
    """The URL of a broker cannot be read."""


class BrokerUnavailable(PlantroomError):
    """The MQTT broker is not connected, or was lost before it acknowledged."""


class BrokerRefused(PlantroomError):
    """The MQTT broker does not take this message."""


class BrokerNotStarted(PlantroomError):
    """The embedded MQTT broker cannot run here."""
