"""An HTTP server that keeps folders, data sources and dashboards as Grafana 11's documented API does."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

TOKEN = "glsa_test"
USER, PASSWORD = "admin", "not:a secret"
_NAMES = frozenset({"name", "type", "url", "access", "uid"})

Answer = tuple[int, dict[str, Any]]


class Refused(Exception):
    """The request is not what Grafana takes."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer: Answer = status, {"message": message}


class GrafanaServer:
    """Keeps what is pushed, and a list of the requests that changed something."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, dict[str, str]] = {}
        self.dashboards: dict[str, dict[str, Any]] = {}
        self.changes: list[str] = []
        self.provisioned: set[str] = set()
        self.prefix = ""
        """A proxy's path before `/api`."""
        self.broken = False
        self.may_write = True
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self.prefix}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, authorization: str, body: Any) -> Answer:
        """Return status and document of the answer to a request."""
        try:
            self._demand_access(method, path, authorization)
            return self._routed(method, path.removeprefix(f"{self.prefix}/api/").split("/"), body)
        except Refused as error:
            return error.answer

    def _demand_access(self, method: str, path: str, authorization: str) -> None:
        if self.broken:
            raise Refused(500, "database is locked")
        self._demand_credential(authorization)
        if not path.startswith(f"{self.prefix}/api/"):
            raise Refused(404, "Not found")
        if method == "GET":
            return
        if not self.may_write:
            raise Refused(403, "You'll need additional permissions to perform this action.")
        self.changes.append(f"{method} {path}")

    def _demand_credential(self, authorization: str) -> None:
        basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if authorization not in (f"Bearer {TOKEN}", basic):
            raise Refused(401, "Invalid API key")

    def _routed(self, method: str, path: list[str], body: Any) -> Answer:
        match method, path:
            case "GET", ["folders", uid]:
                return 200, _found(self.folders, uid, "folder not found")
            case "POST", ["folders"]:
                return self._create_folder(body)
            case "PUT", ["folders", uid]:
                return self._update_folder(uid, body)
            case "GET", ["datasources", "uid", uid]:
                return 200, _found(self.sources, uid, "Data source not found")
            case "POST", ["datasources"]:
                return self._create_source(body)
            case "PUT", ["datasources", "uid", uid]:
                _found(self.sources, uid, "Data source not found")
                return self._keep_source(uid, body)
            case "GET", ["dashboards", "uid", uid]:
                return 200, self._dashboard(uid)
            case "POST", ["dashboards", "db"]:
                return self._save_dashboard(body)
        raise Refused(404, "Not found")

    def _create_folder(self, body: Any) -> Answer:
        if not body.get("title"):
            raise Refused(400, "folder title cannot be empty")
        if body["uid"] in self.folders:
            raise Refused(409, "a folder with the same UID already exists")
        self.folders[body["uid"]] = {"uid": body["uid"], "title": body["title"], "version": 1}
        return 200, self.folders[body["uid"]]

    def _update_folder(self, uid: str, body: Any) -> Answer:
        folder = _found(self.folders, uid, "folder not found")
        if body.get("version") != folder["version"] and not body.get("overwrite"):
            raise Refused(412, "the folder has been changed by someone else")
        folder |= {"title": body["title"], "version": folder["version"] + 1}
        return 200, folder

    def _create_source(self, body: Any) -> Answer:
        if body.get("uid") in self.sources or body.get("name") in {
            each["name"] for each in self.sources.values()
        }:
            raise Refused(409, "data source with the same name already exists")
        return self._keep_source(body["uid"], body)

    def _keep_source(self, uid: str, body: Any) -> Answer:
        if missing := _NAMES - body.keys():
            raise Refused(400, f"bad request data: {sorted(missing)}")
        secrets = body.get("secureJsonData", {})
        self.secrets.setdefault(uid, {}).update(secrets)
        kept = {key: value for key, value in body.items() if key != "secureJsonData"}
        fields = dict.fromkeys(self.secrets[uid], True)
        self.sources[uid] = {"id": 1, "orgId": 1, "readOnly": False, **kept, "secureJsonFields": fields}
        return 200, {"message": "Datasource added", "datasource": self.sources[uid]}

    def _dashboard(self, uid: str) -> dict[str, Any]:
        kept = _found(self.dashboards, uid, "Dashboard not found")
        meta = {"folderUid": kept["folderUid"], "provisioned": uid in self.provisioned}
        return {"dashboard": kept["dashboard"], "meta": meta}

    def _save_dashboard(self, body: Any) -> Answer:
        dashboard = body["dashboard"]
        if not dashboard.get("title"):
            raise Refused(400, "Dashboard title cannot be empty")
        if body["folderUid"] not in self.folders:
            raise Refused(400, "folder not found")
        before = self.dashboards.get(
            dashboard["uid"], {"dashboard": {"id": len(self.dashboards) + 1, "version": 0}}
        )
        if before["dashboard"]["version"] and not body.get("overwrite"):
            raise Refused(412, "The dashboard has been changed by someone else")
        if dashboard["id"] not in (None, before["dashboard"]["id"]):
            raise Refused(404, "Dashboard not found")
        own = {"id": before["dashboard"]["id"], "version": before["dashboard"]["version"] + 1}
        self.dashboards[dashboard["uid"]] = {"dashboard": dashboard | own, "folderUid": body["folderUid"]}
        return 200, {"status": "success", "uid": dashboard["uid"], **own}


def _found(kept: dict[str, dict[str, Any]], uid: str, message: str) -> dict[str, Any]:
    if uid not in kept:
        raise Refused(404, message)
    return kept[uid]


def _handler(server: GrafanaServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002 - its parent's name

        def _reply(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            authorization = self.headers.get("Authorization", "")
            status, document = server.answer(self.command, self.path, authorization, body)
            payload = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

    for method in ("GET", "POST", "PUT"):
        setattr(Handler, f"do_{method}", Handler._reply)
    return Handler


@pytest.fixture
def grafana_server() -> Iterator[GrafanaServer]:
    """Give a Grafana with nothing in it."""
    server = GrafanaServer()
    server.start()
    yield server
    server.stop()
