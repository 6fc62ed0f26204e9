"""`plantroom notify`."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from click.testing import CliRunner

from plantroom.cli.notify import notify

FILE = """\
channels:
  - {id: good, webhook: 'http://127.0.0.1:%d/s3cr3tpath', secret: 0123456789abcdef}
  - {id: away, webhook: 'http://127.0.0.1:9/s3cr3tpath', secret: 0123456789abcdef, severity: critical}
"""


class Yes(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    with HTTPServer(("127.0.0.1", 0), Yes) as server:
        path = tmp_path / "notify.yaml"
        path.write_text(FILE % server.server_port, encoding="utf-8")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            result = CliRunner().invoke(notify, [*arguments, "--notify", str(path)])
        finally:
            server.shutdown()
            thread.join()
    return result.exit_code, result.output


def test_a_test_message_says_of_each_channel_what_came_of_it(tmp_path: Path) -> None:
    status, output = run(tmp_path, "test")

    assert status == 1
    assert output.splitlines()[0] == "good: delivered"
    assert output.splitlines()[1].startswith("away: ConnectError")
    assert "s3cr3t" not in output


def test_one_channel_can_be_tried(tmp_path: Path) -> None:
    status, output = run(tmp_path, "test", "--channel", "good", "--json")

    assert status == 0
    assert json.loads(output) == {"items": [{"channel": "good", "delivered": True, "error": ""}]}


def test_a_channel_that_is_not_there_is_named(tmp_path: Path) -> None:
    status, output = run(tmp_path, "test", "--channel", "god")

    assert status == 2
    assert "did you mean good" in output


def test_the_channels_are_listed_without_addresses(tmp_path: Path) -> None:
    status, output = run(tmp_path, "list")

    assert status == 0
    assert "away  webhook  critical and graver" in output
    assert "127.0.0.1" not in output


def test_a_file_is_needed() -> None:
    assert CliRunner().invoke(notify, ["test"]).exit_code == 2
