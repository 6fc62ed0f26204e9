"""Broker URLs."""

import pytest

from plantroom.domain.errors import BrokerUrlInvalid
from plantroom.mqtt.address import Address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://broker", Address(host="broker", port=1883)),
        ("mqtt://broker:1884/", Address(host="broker", port=1884)),
        ("mqtt://[::1]:1884", Address(host="::1", port=1884)),
        ("mqtt://joe@broker", Address(host="broker", port=1883, user="joe")),
        ("mqtt://j%40x:p%3aw@b", Address(host="b", port=1883, user="j@x", password="p:w")),
        ("mqtts://broker", Address(host="broker", port=8883, tls=True)),
        ("mqtts://b:1?ca=/etc/ca.pem", Address(host="b", port=1, tls=True, ca="/etc/ca.pem")),
    ],
    ids=["host", "port", "IPv6", "user", "quoted", "TLS", "certificates"],
)
def test_a_url_says_where_and_who(url: str, expected: Address) -> None:
    assert Address.parse(url) == expected


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("broker:1883", "begins with 'broker'"),
        ("http://broker", "begins with 'http'"),
        ("", "begins with 'nothing'"),
        ("mqtt://", "names no host"),
        ("mqtt://broker:99999", "cannot be read"),
        ("mqtt://broker:abc", "cannot be read"),
        ("mqtt://broker/topic", "has a path '/topic'"),
        ("mqtts://broker?cert=x", "unknown option 'cert'"),
        ("mqtt://broker?ca=x", "ca= without TLS"),
    ],
)
def test_a_bad_url_is_refused_with_what_was_expected(url: str, problem: str) -> None:
    with pytest.raises(BrokerUrlInvalid, match=problem) as refusal:
        Address.parse(url)

    assert "mqtt://[user:password@]host" in str(refusal.value)


def test_a_password_is_never_shown() -> None:
    address = Address.parse("mqtt://joe:secret@broker")

    assert "secret" not in repr(address) + str(address)
    with pytest.raises(BrokerUrlInvalid) as refusal:
        Address.parse("mqtt://joe:secret@broker:port")
    assert "secret" not in str(refusal.value)


def test_certificates_that_cannot_be_read_are_refused(tmp_path: object) -> None:
    address = Address.parse(f"mqtts://broker?ca={tmp_path}/none.pem")

    with pytest.raises(BrokerUrlInvalid, match=r"none\.pem"):
        address.tls_context()


def test_without_tls_there_is_nothing_to_check() -> None:
    assert Address.parse("mqtt://broker").tls_context() is None
