"""What InfluxDB 2.x is asked for its administration, held against the published description of its API.

No such server can be had where these tests run. `OPERATIONS` says in our words what the description says of
the requests that Plantroom makes: paths, query parameters, members of bodies. Each request must fit it; the
answers are what the description shows, from a memory of what was made.

Source: https://github.com/influxdata/openapi, contracts/oss.yml (MIT); InfluxDB OSS 2.x.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

TOKEN = "an-operator's-token"
ORG = "0123456789abcdef"

RESOURCES = frozenset(
    {
        "annotations",
        "authorizations",
        "buckets",
        "checks",
        "dashboards",
        "dbrp",
        "documents",
        "instance",
        "labels",
    }
    | {
        "notebooks",
        "notificationEndpoints",
        "notificationRules",
        "orgs",
        "remotes",
        "replications",
        "scrapers",
    }
    | {"secrets", "sources", "tasks", "telegrafs", "users", "variables", "views"}
)


@dataclass(frozen=True, kw_only=True)
class Object:
    """A JSON object: the kind of each member, and which of them there must be."""

    members: Mapping[str, Any]
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One request that the API takes."""

    method: str
    path: str
    query: frozenset[str] = frozenset()
    body: Object | None = None


RULE = Object(
    members={"type": {"expire"}, "everySeconds": int, "shardGroupDurationSeconds": int},
    required=frozenset({"type", "everySeconds"}),
)
RESOURCE = Object(
    members={"type": RESOURCES, "id": str, "name": str, "orgID": str, "org": str},
    required=frozenset({"type"}),
)
PERMISSION = Object(
    members={"action": {"read", "write"}, "resource": RESOURCE}, required=frozenset({"action", "resource"})
)
OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v2/orgs",
        query=frozenset({"offset", "limit", "descending", "org", "orgID", "userID"}),
    ),
    Operation(
        method="GET",
        path="/api/v2/buckets",
        query=frozenset({"offset", "limit", "after", "org", "orgID", "name", "id"}),
    ),
    Operation(
        method="POST",
        path="/api/v2/buckets",
        body=Object(
            members={
                "orgID": str,
                "name": str,
                "description": str,
                "rp": str,
                "schemaType": {"implicit", "explicit"},
                "retentionRules": [RULE],
            },
            required=frozenset({"orgID", "name", "retentionRules"}),
        ),
    ),
    Operation(
        method="PATCH",
        path="/api/v2/buckets/{id}",
        body=Object(members={"name": str, "description": str, "retentionRules": [RULE]}),
    ),
    Operation(
        method="GET",
        path="/api/v2/dbrps",
        query=frozenset({"orgID", "org", "id", "bucketID", "default", "db", "rp"}),
    ),
    Operation(
        method="POST",
        path="/api/v2/dbrps",
        body=Object(
            members={
                "org": str,
                "orgID": str,
                "bucketID": str,
                "database": str,
                "retention_policy": str,
                "default": bool,
            },
            required=frozenset({"bucketID", "database", "retention_policy"}),
        ),
    ),
    Operation(
        method="PATCH",
        path="/api/v2/dbrps/{id}",
        query=frozenset({"orgID", "org"}),
        body=Object(members={"retention_policy": str, "default": bool}),
    ),
    Operation(
        method="GET", path="/api/v2/authorizations", query=frozenset({"userID", "user", "orgID", "org"})
    ),
    Operation(
        method="POST",
        path="/api/v2/authorizations",
        body=Object(
            members={
                "orgID": str,
                "userID": str,
                "permissions": [PERMISSION],
                "status": {"active", "inactive"},
                "description": str,
            },
            required=frozenset({"orgID", "permissions"}),
        ),
    ),
    Operation(method="DELETE", path="/api/v2/authorizations/{id}"),
)


def misfits(kind: Any, value: Any, at: str = "body") -> list[str]:
    """Return what is wrong with a value."""
    if isinstance(kind, Object):
        if not isinstance(value, dict):
            return [f"{at} is no object"]
        wrong = [f"{at}.{name} is missing" for name in sorted(kind.required - value.keys())]
        wrong += [f"{at}.{name} is not described" for name in sorted(value.keys() - kind.members.keys())]
        for name in kind.members.keys() & value.keys():
            wrong += misfits(kind.members[name], value[name], f"{at}.{name}")
        return wrong
    if isinstance(kind, list):
        if not isinstance(value, list):
            return [f"{at} is no array"]
        return [each for place, item in enumerate(value) for each in misfits(kind[0], item, f"{at}[{place}]")]
    if isinstance(kind, (set, frozenset)):
        return [] if value in kind else [f"{at} cannot be {value!r}"]
    return [] if type(value) is kind else [f"{at} is no {kind.__name__}: {value!r}"]


@dataclass
class Influx2:
    """A memory of buckets, mappings and tokens behind the described requests."""

    orgs: dict[str, str] = field(default_factory=lambda: {ORG: "property"})
    buckets: dict[str, dict[str, Any]] = field(default_factory=dict)
    dbrps: dict[str, dict[str, Any]] = field(default_factory=dict)
    authorizations: dict[str, dict[str, Any]] = field(default_factory=dict)
    version: str = "v2.7.12"
    port: int = 0
    wrong: list[str] = field(default_factory=list)
    """What did not fit the description."""
    writes: list[str] = field(default_factory=list)
    """Requests that changed something: method and path."""
    forbids: str = ""
    """Path under which nothing may be changed by the token."""
    _made: int = 0

    @property
    def url(self) -> str:
        """As `--influx` takes it."""
        return f"http://127.0.0.1:{self.port}/plantroom?token={TOKEN}"

    def bucket(self, name: str, *, seconds: int = 0) -> dict[str, Any]:
        """Make a bucket; the server makes up its mapping."""
        rules = [{"type": "expire", "everySeconds": seconds}] if seconds else []
        made: dict[str, Any] = {
            "id": self._id(),
            "orgID": ORG,
            "name": name,
            "type": "user",
            "retentionRules": rules,
        }
        self.buckets[made["id"]] = made
        return made

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        """Return status and document."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        found = [
            operation
            for operation in OPERATIONS
            if operation.method == method
            and re.fullmatch(operation.path.replace("{id}", "[0-9a-f]{16}"), parts.path)
        ]
        if not found:
            self.wrong.append(f"{method} {parts.path} is not described")
            return 404, {"code": "not found", "message": "path not found"}
        (operation,) = found
        wrong = [f"query {name} is not described" for name in sorted(query.keys() - operation.query)]
        wrong += misfits(operation.body, body) if operation.body else ["has a body"] if body else []
        if wrong:
            self.wrong += [f"{method} {parts.path}: {each}" for each in wrong]
            return 400, {"code": "invalid", "message": "; ".join(wrong)}
        if method != "GET":
            self.writes.append(f"{method} {operation.path}")
            if self.forbids and parts.path.startswith(self.forbids):
                return 403, {"code": "forbidden", "message": "insufficient permissions for write"}
        name = f"_{method.lower()}_{operation.path.split('/')[3]}"
        return getattr(self, name)(query, body, parts.path.rpartition("/")[2])

    def _id(self) -> str:
        self._made += 1
        return f"{self._made:016x}"

    def _get_orgs(self, query: Mapping[str, str], *_: Any) -> tuple[int, Any]:
        found = [{"id": id_, "name": name} for id_, name in self.orgs.items()]
        if "org" in query:
            found = [each for each in found if each["name"] == query["org"]]
            if not found:
                return 404, {"code": "not found", "message": f'organization name "{query["org"]}" not found'}
        return 200, {"orgs": found}

    def _get_buckets(self, query: Mapping[str, str], *_: Any) -> tuple[int, Any]:
        found = [each for each in self.buckets.values() if query.get("name") in (None, each["name"])]
        return 200, {"buckets": found}

    def _post_buckets(self, _: Any, body: Any, __: str) -> tuple[int, Any]:
        seconds = next((rule["everySeconds"] for rule in body["retentionRules"]), 0)
        return 201, self.bucket(body["name"], seconds=seconds)

    def _patch_buckets(self, _: Any, body: Any, id_: str) -> tuple[int, Any]:
        self.buckets[id_] |= body
        return 200, self.buckets[id_]

    def _get_dbrps(self, query: Mapping[str, str], *_: Any) -> tuple[int, Any]:
        found = [each for each in self.dbrps.values() if query.get("db") in (None, each["database"])]
        known = {(each["database"], each["retention_policy"]) for each in found}
        for bucket in self.buckets.values():
            database, _, policy = bucket["name"].partition("/")
            if (database, policy) not in known and database == query.get("db", database):
                mapping = {"database": database, "retention_policy": policy, "bucketID": bucket["id"]}
                made_up = {"id": bucket["id"], "orgID": ORG, "virtual": True, "default": not found}
                found.append(mapping | made_up)
        return 200, {"content": found}

    def _post_dbrps(self, _: Any, body: Any, __: str) -> tuple[int, Any]:
        made = {"id": self._id(), "virtual": False, "default": False, **body}
        self.dbrps[made["id"]] = made
        return 201, made

    def _patch_dbrps(self, _: Any, body: Any, id_: str) -> tuple[int, Any]:
        self.dbrps[id_] |= body
        return 200, {"content": self.dbrps[id_]}

    def _get_authorizations(self, *_: Any) -> tuple[int, Any]:
        return 200, {"authorizations": [{**each, "token": ""} for each in self.authorizations.values()]}

    def _post_authorizations(self, _: Any, body: Any, __: str) -> tuple[int, Any]:
        id_ = self._id()
        self.authorizations[id_] = {"id": id_, "status": "active", **body}
        return 201, {**self.authorizations[id_], "token": f"token-{id_}"}

    def _delete_authorizations(self, _: Any, __: Any, id_: str) -> tuple[int, Any]:
        del self.authorizations[id_]
        return 204, None


def handler_of(influx: Influx2) -> type[BaseHTTPRequestHandler]:
    """Return what answers the requests of one server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "null")
            if self.path == "/ping":
                self._reply(204, None)
            elif self.headers.get("Authorization") != f"Token {TOKEN}":
                self._reply(401, {"code": "unauthorized", "message": "unauthorized access"})
            else:
                self._reply(*influx.answer(self.command, self.path, body))

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the base class's names

        def _reply(self, status: int, document: Any) -> None:
            content = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("X-Influxdb-Build", "OSS")
            self.send_header("X-Influxdb-Version", influx.version)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Give the port on which `handler` answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def influx2() -> Iterator[Influx2]:
    """Give a server; at the end every request must have been as described."""
    influx = Influx2()
    with served(handler_of(influx)) as influx.port:
        yield influx
    assert influx.wrong == []
