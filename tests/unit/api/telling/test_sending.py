"""What the receiver of a message gets, and what is said when it does not."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from plantroom.api.telling.message import Message
from plantroom.api.telling.sending import NotSent, hide, send, sign
from plantroom.domain.channel import Channel, Webhook
from plantroom.domain.rule import Severity

KEY = b"0123456789abcdef"
MESSAGE = Message(id="m-1", severity=Severity.MAJOR, title="High", body="P-101", document={"type": "alarm.x"})


class Receiver(HTTPServer):
    """Keeps what is posted to it, and answers what it is told to."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def webhook(receiver: Receiver, path: str = "/hook/s3cr3tpath") -> Channel:
    return Channel(id="cmms", webhook=Webhook(url=f"http://{receiver.netloc}{path}", secret=KEY))


def test_a_webhook_is_signed_so_that_its_receiver_can_tell_who_sent_it(receiver: Receiver) -> None:
    send(webhook(receiver), MESSAGE)

    [(path, headers, body)] = receiver.got
    signed = f"m-1.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert path == "/hook/s3cr3tpath"
    assert headers["webhook-id"] == "m-1"
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(body) == {"type": "alarm.x"}


def test_the_signature_is_that_of_standard_webhooks() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    signature = sign(
        key, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}'
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_does_not_take_it_is_not_sent(receiver: Receiver, status: int) -> None:
    receiver.status = status

    with pytest.raises(NotSent, match=str(status)):
        send(webhook(receiver), MESSAGE)


def test_a_receiver_that_is_away_is_said_without_its_address() -> None:
    channel = Channel(id="c", webhook=Webhook(url="http://127.0.0.1:9/s3cr3tpath", secret=KEY))

    with pytest.raises(NotSent) as caught:
        send(channel, MESSAGE)

    assert "s3cr3tpath" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_apprise_sends_to_what_it_knows(receiver: Receiver) -> None:
    send(Channel(id="c", apprise=f"json://{receiver.netloc}/s3cr3tpath"), MESSAGE)

    [(path, _, body)] = receiver.got
    document = json.loads(body)
    assert path == "/s3cr3tpath"
    assert (document["title"], document["message"], document["type"]) == ("High", "P-101", "warning")


def test_apprise_that_fails_shows_no_secret(receiver: Receiver) -> None:
    receiver.status = 500

    with pytest.raises(NotSent) as caught:
        send(Channel(id="c", apprise=f"json://user:s3cr3tword@{receiver.netloc}/s3cr3tpath"), MESSAGE)

    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["wecombot://BOTKEY123", "dingtalk://TOKEN1234567", "feishu://TOKEN1234567", "mailto://u:p@e.cn"]
)
def test_apprise_knows_the_services_that_are_named(url: str) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

        assert apprise.Apprise().add(url)


def test_an_address_that_nobody_knows_is_said_by_its_scheme_alone() -> None:
    with pytest.raises(NotSent, match=r"\(nonsense://\.\.\.\)") as caught:
        send(Channel(id="c", apprise="nonsense://s3cr3tword"), MESSAGE)

    assert "s3cr3t" not in str(caught.value)


def test_what_an_address_holds_is_hidden_also_where_it_is_written_otherwise() -> None:
    url = "mailto://user:pass%40word@example.com?to=boss"

    assert hide("user failed with pass@word and pass%40word", url) == "*** failed with *** and ***"
