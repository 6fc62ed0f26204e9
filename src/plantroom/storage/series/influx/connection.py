"""InfluxDB's two endpoints that all its versions have: `/write` and `/query`."""

import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any, Final

import httpx
import msgspec

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.storage.series.influx.address import InfluxAddress

_CHUNK_ROWS: Final = 10_000
_TAKEN: Final = 204
"""Another success than this is not InfluxDB's: what a proxy answers for itself stores nothing."""
_REFUSING: Final = frozenset({400, 413, 422})
_LONGEST_REST: Final = 300.0
"""Seconds that we leave a server alone at most, whatever it asks."""
_DROPPED: Final = re.compile(r",? *dropped=(\d+)")
_OFFENDING_LINE: Final = re.compile(r"(unable to parse) '.*?': ", re.DOTALL)
_REASON: Final = 500
"""Characters that are kept of what a server says is wrong."""
_GZIP: Final = 16 + zlib.MAX_WBITS


class Fault(Enum):
    """What a server has against lines; whatever else it says can be mended, and is tried again."""

    SIZE = auto()
    """There are too many in one request."""
    AGE = auto()
    """They are older than the retention policy keeps."""
    LIMIT = auto()
    """They begin a series, or a value of a tag, beyond what the server allows."""
    TYPE = auto()
    """A field is of another type there."""
    OTHER = auto()
    """They cannot be parsed, or something that only the server knows."""


_FAULTS: Final = (
    (Fault.AGE, re.compile(r"beyond retention policy", re.IGNORECASE)),
    (Fault.LIMIT, re.compile(r"max-(values-per-tag|series-per-database)", re.IGNORECASE)),
    (Fault.TYPE, re.compile(r"type conflict|invalid column type", re.IGNORECASE)),
    (Fault.OTHER, re.compile(r"partial write|unable to parse|parsing failed", re.IGNORECASE)),
)
"""How a refusal names each; the first that fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the server took only some, or none, of the lines sent."""

    reason: str
    """Without what differs from request to request."""
    fault: Fault = Fault.OTHER
    dropped: int | None = None
    """How many lines it did not take, if it says so."""


class Rows(msgspec.Struct, frozen=True):
    """Part of one statement's answer: rows of one measurement and tag set."""

    columns: list[str]
    values: list[list[Any]]
    name: str = ""
    """Empty where the rows are of the server itself, not of a measurement."""
    tags: dict[str, str] = {}


class _Result(msgspec.Struct, frozen=True):
    statement_id: int = 0
    series: list[Rows] = []
    error: str = ""


class _Answer(msgspec.Struct, frozen=True):
    results: list[_Result] = []
    error: str = ""


@dataclass
class InfluxConnection:
    """One database of one server; may be used from several threads."""

    address: InfluxAddress
    timeout: timedelta
    """How long the server may take to answer."""
    _client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        address = self.address
        headers = {"Authorization": f"Token {address.token}"} if address.token else {}
        self._client = httpx.Client(
            base_url=address.url,
            timeout=self.timeout.total_seconds(),
            headers=headers,
            auth=(address.user, address.password) if address.user and not address.token else None,
        )

    def write(self, packed: bytes) -> Refusal | None:
        """Send what `pack` made of lines with times in ms; return why not all were taken, None if they were.

        Raises:
            StoreUnavailable: the server is away, or the fault is not the lines'.
        """
        response = self._post_lines(packed)
        if response.status_code == 404:
            self._create_database(_error_of(response))
            response = self._post_lines(packed)
        if response.status_code == _TAKEN:
            return None
        reason = _error_of(response)
        fault = _fault_of(response.status_code, reason)
        if fault is None:
            rest = _rest_asked(response)
            raise self._unavailable(f"{response.status_code} {reason[:_REASON]}", retry_after=rest)
        dropped = _DROPPED.search(reason)
        return Refusal(
            reason=_OFFENDING_LINE.sub(r"\1: ", _DROPPED.sub("", reason))[:_REASON],
            fault=fault,
            dropped=int(dropped[1]) if dropped else None,
        )

    def query(self, statements: list[str]) -> list[list[Rows]]:
        """Return each statement's rows, with times in ms.

        Raises:
            StoreUnavailable: the server is away, or cannot answer.
            StoreRejected: it does not take such statements.
        """
        try:
            return self._results(statements)
        except _DatabaseMissing as error:
            self._create_database(str(error))
            return self._results(statements)

    def close(self) -> None:
        """Close the connections kept alive."""
        self._client.close()

    def _post_lines(self, packed: bytes) -> httpx.Response:
        return self._request("/write", content=packed, headers={"Content-Encoding": "gzip"}, precision="ms")

    def _results(self, statements: list[str]) -> list[list[Rows]]:
        response = self._request(
            "/query",
            data={"q": ";".join(statements)},
            epoch="ms",
            chunked="true",
            chunk_size=str(_CHUNK_ROWS),
        )
        if response.status_code == 404:
            raise _DatabaseMissing(_error_of(response))
        if response.status_code in _REFUSING:
            raise StoreRejected(f"InfluxDB at {self.address.url}: {_error_of(response)[:_REASON]}")
        if not response.is_success:
            raise self._unavailable(f"{response.status_code} {_error_of(response)[:_REASON]}")
        found: list[list[Rows]] = [[] for _ in statements]
        for result in self._answers(response.content):
            if "database not found" in result.error:
                raise _DatabaseMissing(result.error)
            if result.error:
                raise self._unavailable(result.error)
            found[result.statement_id].extend(result.series)
        return found

    def _answers(self, content: bytes) -> list[_Result]:
        try:
            answers = msgspec.json.Decoder(_Answer).decode_lines(content)
        except msgspec.DecodeError as error:
            raise self._unavailable(f"its answer cannot be read: {error}") from error
        for answer in answers:
            if answer.error:
                raise self._unavailable(answer.error)
        return [result for answer in answers for result in answer.results]

    def _create_database(self, complaint: str) -> None:
        """Make the database on a server of version 1; the others have it made by their operator."""
        response = self._request("/query", data={"q": f"CREATE DATABASE {identifier(self.address.database)}"})
        if not response.is_success or b'"error"' in response.content:
            raise self._unavailable(
                f"database {self.address.database!r} is missing ({complaint}) and cannot be created: "
                f"{response.status_code} {_error_of(response)[:_REASON]}"
            )

    def _request(
        self,
        path: str,
        *,
        content: bytes | None = None,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **parameters: str,
    ) -> httpx.Response:
        parameters["db"] = self.address.database
        if self.address.retention_policy:
            parameters["rp"] = self.address.retention_policy
        try:
            return self._client.post(path, params=parameters, content=content, data=data, headers=headers)
        except httpx.HTTPError as error:
            raise self._unavailable(str(error) or type(error).__name__) from error

    def _unavailable(self, reason: str, *, retry_after: float = 0.0) -> StoreUnavailable:
        return StoreUnavailable(f"InfluxDB at {self.address.url}: {reason}", retry_after=retry_after)


class _DatabaseMissing(Exception):
    """The server does not have the database."""


def pack(lines: bytes) -> bytes:
    """Return `lines` compressed with gzip, fast rather than small."""
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return packer.compress(lines) + packer.flush()


def identifier(name: str) -> str:
    """Return `name` quoted as InfluxQL's name of a thing."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def literal(text: str) -> str:
    """Return `text` quoted as InfluxQL's text."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def _fault_of(status: int, reason: str) -> Fault | None:
    """Return what is wrong with the lines; None where something else is wrong."""
    if status not in _REFUSING:
        return None
    if status == 413:
        return Fault.SIZE
    return next((fault for fault, words in _FAULTS if words.search(reason)), None)


def _rest_asked(response: httpx.Response) -> float:
    """Return for how many seconds the server asks to be left alone, in either form of `Retry-After`."""
    text = response.headers.get("Retry-After", "")
    try:
        seconds = float(text) if text.isdigit() else _seconds_until(parsedate_to_datetime(text))
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), _LONGEST_REST)


def _seconds_until(moment: datetime) -> float:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime.now(UTC)).total_seconds()


def _error_of(response: httpx.Response) -> str:
    """Return what the server says is wrong, in the words of whichever version it is."""
    try:
        answer = response.json()
    except ValueError:
        return response.text or response.reason_phrase
    if not isinstance(answer, dict):
        return response.text
    said = [str(answer[key]) for key in ("error", "message") if answer.get(key)]
    told = answer.get("data") or []
    lines = told if isinstance(told, list) else [told]
    said += [str(each.get("error_message")) if isinstance(each, dict) else str(each) for each in lines]
    return ": ".join(dict.fromkeys(said)) or response.text
