"""InfluxDB in a backup: line protocol as its own importer takes it, over the endpoints all versions have."""

import gzip
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote, unquote

from plantroom.domain.errors import BackupFailed
from plantroom.storage.durable import make_folder
from plantroom.storage.series.influx.address import InfluxAddress
from plantroom.storage.series.influx.connection import InfluxConnection, Rows, identifier, pack

PREFIX: Final = "influx/"
_DEFAULT: Final = "default"
_OTHERS: Final = "policy"
_ENDING: Final = ".lines.gz"
_ROWS: Final = 20_000
"""Lines that are asked for at once, at most."""
_LINES: Final = 5_000
"""Lines that are sent at once."""
_FIRST_WINDOW: Final = 3_600_000
_WIDEST: Final = 10 * 366 * 86_400_000
_TIMEOUT: Final = timedelta(minutes=5)
_LEVEL: Final = 1
_OF_NAME: Final = str.maketrans({",": "\\,", " ": "\\ "})
_OF_KEY: Final = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
_OF_TEXT: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})

_WRITERS: Final[dict[str, Callable[[Any], str]]] = {
    "float": repr,
    "integer": "{}i".format,
    "unsigned": "{}u".format,
    "boolean": lambda value: "true" if value else "false",
    "string": lambda text: f'"{text.translate(_OF_TEXT)}"',
}
"""How the values of each type are written; JSON does not tell 4 from 4.0, but the field's type does."""


def dump_influx(
    address: InfluxAddress, folder: Path, *, told: Callable[[str, int], object]
) -> tuple[dict[str, Path], int]:
    """Write each retention policy of a database to a file in `folder`; return the members, and all lines.

    `told` is called with the name of a policy and the lines written of it so far.

    Raises:
        StoreUnavailable: the server is away.
        StoreRejected: it does not take such statements.
    """
    members, count = {}, 0
    with closing(InfluxConnection(address, timeout=_TIMEOUT)) as connection:
        for policy, is_raw in _policies(connection):
            part = _DEFAULT if is_raw else _OTHERS
            name = f"{PREFIX}{part}/{quote(policy, safe='')}{_ENDING}"
            path = folder / name
            make_folder(path.parent)
            with gzip.open(path, "wt", compresslevel=_LEVEL, encoding="utf-8") as file:
                file.write(_header(address.database, policy))
                for number, line in enumerate(_lines_of(connection, policy), start=1):
                    file.write(line)
                    count += 1
                    if number % _ROWS == 0:
                        told(policy, number)
            members[name] = path
    return members, count


def holds_samples(address: InfluxAddress) -> bool:
    """Return whether the database has anything in it."""
    with closing(InfluxConnection(address, timeout=_TIMEOUT)) as connection:
        return bool(_column(connection, "SHOW MEASUREMENTS"))


def check_policies(address: InfluxAddress, members: Sequence[str]) -> None:
    """Do nothing if the database has the retention policies that `members` are of.

    Raises:
        BackupFailed: it lacks one.
    """
    with closing(InfluxConnection(address, timeout=_TIMEOUT)) as connection:
        there = {name for name, _ in _policies(connection)}
    lacking = [policy for policy in map(_policy_of, members) if policy and policy not in there]
    if lacking:
        raise BackupFailed(
            f"InfluxDB at {address.url}: database {address.database} lacks the retention policies "
            f"{', '.join(lacking)}: run `plantroom influx setup` first"
        )


def restore_influx(address: InfluxAddress, name: str, path: Path) -> tuple[int, int]:
    """Write the lines of a member; return how many there are, and how many were too old to be kept.

    Raises:
        StoreUnavailable: the server is away; what was written stays, and writing it again changes nothing.
        BackupFailed: it refuses lines for another reason.
    """
    policy = _policy_of(name)
    target = replace(address, retention_policy=policy) if policy else address
    count = too_old = 0
    with closing(InfluxConnection(target, timeout=_TIMEOUT)) as connection, gzip.open(path, "rb") as file:
        lines = (line for line in file if not line.startswith(b"#"))
        while some := list(itertools.islice(lines, _LINES)):
            count += len(some)
            refusal = connection.write(pack(b"".join(some)))
            if refusal is None:
                continue
            if "beyond retention policy" not in refusal.reason:
                raise BackupFailed(f"InfluxDB at {address.url} refuses what was saved: {refusal.reason}")
            too_old += len(some) if refusal.dropped is None else refusal.dropped
    return count, too_old


def _policy_of(name: str) -> str:
    """Return the retention policy that the member called `name` belongs into, "" for the usual one."""
    path = PurePosixPath(name)
    return unquote(path.name.removesuffix(_ENDING)) if path.parent.name == _OTHERS else ""


def _header(database: str, policy: str) -> str:
    return f"# DML\n# CONTEXT-DATABASE: {database}\n# CONTEXT-RETENTION-POLICY: {policy}\n"


def _policies(connection: InfluxConnection) -> Iterator[tuple[str, bool]]:
    """Give each retention policy, and whether it is the one that raw samples are in."""
    address = connection.address
    ((rows,),) = connection.query([f"SHOW RETENTION POLICIES ON {identifier(address.database)}"])
    for row in rows.values:
        policy = dict(zip(rows.columns, row, strict=True))
        raw = address.retention_policy
        yield policy["name"], policy["name"] == raw if raw else bool(policy["default"])


def _lines_of(connection: InfluxConnection, policy: str) -> Iterator[str]:
    for measurement in _column(connection, "SHOW MEASUREMENTS"):
        source = f"{identifier(policy)}.{identifier(measurement)}"
        types = {key: kind for key, kind, *_ in _rows(connection, f"SHOW FIELD KEYS FROM {source}")}
        if not types:
            continue
        tags = set(_column(connection, f"SHOW TAG KEYS FROM {source}"))
        for rows in _windows(connection, source):
            yield from _written(rows, types=types, tags=tags)


def _windows(connection: InfluxConnection, source: str) -> Iterator[Rows]:
    """Give all rows of `source`, oldest first, in parts that fit into memory."""
    start, last = _edge(connection, source, "ASC"), _edge(connection, source, "DESC")
    width = _FIRST_WINDOW
    while start is not None and last is not None and start <= last:
        bound = f" LIMIT {_ROWS + 1}" if width > 1 else ""
        where = f"WHERE time >= {start}ms AND time < {start + width}ms{bound}"
        (found,) = connection.query([f"SELECT * FROM {source} {where}"])  # noqa: S608 - quoted
        count = sum(len(rows.values) for rows in found)
        if count > _ROWS and width > 1:
            width = max(1, width // 4)
            continue
        yield from found
        start += width
        if count < _ROWS // 4:
            width = min(2 * width, _WIDEST)


def _edge(connection: InfluxConnection, source: str, order: str) -> int | None:
    """Return the first or the last time in `source`, ms."""
    rows = _rows(connection, f"SELECT * FROM {source} ORDER BY time {order} LIMIT 1")  # noqa: S608 - quoted
    return int(rows[0][0]) if rows else None


def _written(rows: Rows, *, types: dict[str, str], tags: set[str]) -> Iterator[str]:
    name = rows.name.translate(_OF_NAME)
    columns = list(enumerate(rows.columns))[1:]
    keys = sorted((key.translate(_OF_KEY), place) for place, key in columns if key in tags)
    fields = [(key.translate(_OF_KEY), _WRITERS[types[key]], place) for place, key in columns if key in types]
    for row in rows.values:
        head = "".join(f",{key}={row[place].translate(_OF_KEY)}" for key, place in keys if row[place])
        body = ",".join(
            f"{key}={write(row[place])}" for key, write, place in fields if row[place] is not None
        )
        yield f"{name}{head} {body} {row[0]}\n"


def _column(connection: InfluxConnection, statement: str) -> list[str]:
    return [row[0] for row in _rows(connection, statement)]


def _rows(connection: InfluxConnection, statement: str) -> list[list[Any]]:
    (found,) = connection.query([statement])
    return [row for rows in found for row in rows.values]
