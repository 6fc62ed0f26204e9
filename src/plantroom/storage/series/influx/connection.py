"""InfluxDB's two endpoints that all its versions have: `/write` and `/query`."""

import re
import zlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx
import msgspec

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.storage.series.influx.address import InfluxAddress

_CHUNK_ROWS: Final = 10_000
_REFUSING: Final = frozenset({400, 413, 422})
_FAULTS_OF_LINES: Final = re.compile(
    r"partial write|unable to parse|parsing failed|type conflict|invalid column type|retention policy",
    re.IGNORECASE,
)
"""What a refusal says when the lines are to blame: trying again cannot help. Anything else can be mended."""
_LIMITS: Final = re.compile(r"limit exceeded", re.IGNORECASE)
"""What a refusal says when the server's own limits are to blame: its operator can raise them."""
_DROPPED: Final = re.compile(r"dropped=(\d+)")
_GZIP: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the server took only some, or none, of the lines sent."""

    reason: str
    dropped: int | None = None
    """How many lines it did not take, if it says so."""


class Rows(msgspec.Struct, frozen=True):
    """Part of one statement's answer: rows of one measurement and tag set."""

    name: str
    columns: list[str]
    values: list[list[Any]]
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
        if response.is_success:
            return None
        reason = _error_of(response)
        if response.status_code not in _REFUSING or not _is_fault_of_lines(response.status_code, reason):
            raise self._unavailable(f"{response.status_code} {reason}")
        dropped = _DROPPED.search(reason)
        return Refusal(reason=reason, dropped=int(dropped[1]) if dropped else None)

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
            raise StoreRejected(f"InfluxDB at {self.address.url}: {_error_of(response)}")
        if not response.is_success:
            raise self._unavailable(f"{response.status_code} {_error_of(response)}")
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
                f"{response.status_code} {_error_of(response)}"
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

    def _unavailable(self, reason: str) -> StoreUnavailable:
        return StoreUnavailable(f"InfluxDB at {self.address.url}: {reason}")


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


def _is_fault_of_lines(status: int, reason: str) -> bool:
    if status == 413:
        return True
    return _FAULTS_OF_LINES.search(reason) is not None and _LIMITS.search(reason) is None


def _error_of(response: httpx.Response) -> str:
    """Return what the server says is wrong, in the words of whichever version it is."""
    try:
        answer = response.json()
    except ValueError:
        return response.text[:500] or response.reason_phrase
    if not isinstance(answer, dict):
        return response.text[:500]
    said = [str(answer[key]) for key in ("error", "message", "data") if answer.get(key)]
    return ": ".join(said)[:500] or response.text[:500]
