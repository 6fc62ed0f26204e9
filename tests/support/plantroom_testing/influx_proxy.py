"""An HTTP proxy in front of a real InfluxDB that makes trouble when told to."""

import http.client
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What becomes of one request; without anything it is passed on."""

    status: int = 0
    """Answered instead of the server's, which does not see the request."""
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before the answer."""
    lose_request: bool = False
    """The connection ends before the server has seen the request."""
    lose_answer: bool = False
    """The connection ends after the server has done what was asked."""
    change: Callable[[bytes], bytes] | None = None
    """Of what is written, unpacked."""


NONE = Trouble()


class InfluxProxy(ThreadingHTTPServer):
    """Forwards to the server at `url`; `trouble(path, lines)` decides about each request."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = str(urlsplit(url).netloc)
        self.trouble: Callable[[str, bytes], Trouble] = lambda _path, _lines: NONE
        self.written: list[bytes] = []
        """The lines of each write that the server has taken as a whole, in order of its answers."""
        self.writes = 0
        """Requests to write so far."""
        self.most_at_once = 0
        """Most writes on their way at the same time."""
        self._at_once = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def begun(self) -> None:
        with self._lock:
            self.writes += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def ended(self, taken: bytes) -> None:
        with self._lock:
            self._at_once -= 1
            if taken:
                self.written.append(taken)


class _Handler(BaseHTTPRequestHandler):
    server: InfluxProxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        if path != "/write":
            kept = {
                name: self.headers[name] for name in ("Content-Type", "Authorization") if name in self.headers
            }
            self._pass_on(self.server.trouble(path, b""), content, kept)
            return
        self.server.begun()
        taken = b""
        try:
            lines = zlib.decompress(content, 16 + zlib.MAX_WBITS)
            trouble = self.server.trouble(path, lines)
            lines = trouble.change(lines) if trouble.change else lines
            if self._pass_on(trouble, lines, {}) == 204:
                taken = lines
        finally:
            self.server.ended(taken)

    def _pass_on(self, trouble: Trouble, content: bytes, headers: dict[str, str]) -> int:
        """Do as `trouble` says, and return the server's status, 0 if it was not asked."""
        if trouble.lose_request:
            self.close_connection = True
            return 0
        time.sleep(trouble.delay)
        if trouble.status:
            self._answer(trouble.status, trouble.body.encode(), trouble.headers)
            return 0
        connection = http.client.HTTPConnection(self.server.upstream, timeout=60)
        try:
            connection.request("POST", self.path, content, headers)
            answer = connection.getresponse()
            body = answer.read()
        except OSError:
            self._answer(502, b"the server behind is away", {})
            return 0
        finally:
            connection.close()
        if trouble.lose_answer:
            self.close_connection = True
        else:
            self._answer(answer.status, body, {"Content-Type": "application/json"})
        return answer.status

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def influx_proxy() -> Iterator[Callable[[str], InfluxProxy]]:
    """Give a function that starts a proxy in front of the server at a URL."""
    started: list[InfluxProxy] = []

    def start(url: str) -> InfluxProxy:
        proxy = InfluxProxy(url)
        threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
        started.append(proxy)
        return proxy

    yield start
    for proxy in started:
        proxy.shutdown()
        proxy.server_close()
