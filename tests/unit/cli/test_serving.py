"""Where the HTTP server listens."""

import socket
from contextlib import closing

import click
import pytest

from plantroom.cli.serving import bind, hosts_of, url_of


def test_of_two_that_want_one_port_the_second_is_told_at_once() -> None:
    with closing(bind("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]

        with pytest.raises(click.ClickException, match=f"127.0.0.1:{port}: Address already in use"):
            bind("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused_by_name() -> None:
    with pytest.raises(click.ClickException, match=r"cannot listen on 192\.0\.2\.1:0"):
        bind("192.0.2.1", 0)


def test_its_url_can_be_opened() -> None:
    with closing(bind("127.0.0.1", 0)) as listener:
        url = url_of(listener)

    assert url == f"http://127.0.0.1:{url.rpartition(':')[2]}"


class ListenerAtIpv6(socket.socket):
    """Bound to `::1`, also on a machine that speaks no IPv6."""

    def getsockname(self) -> tuple[str, int, int, int]:
        return ("::1", 8080, 0, 0)


def test_a_url_of_ipv6_has_brackets() -> None:
    with closing(ListenerAtIpv6()) as listener:
        assert url_of(listener) == "http://[::1]:8080"


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "4th-floor.example", "::", "plant.example"])
def test_beyond_loopback_it_answers_to_any_name(host: str) -> None:
    assert hosts_of(host) is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_on_loopback_it_answers_to_its_own_names_only(host: str) -> None:
    assert host in (hosts_of(host) or ())
