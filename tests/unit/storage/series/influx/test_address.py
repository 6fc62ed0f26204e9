from pathlib import Path

import pytest

from plantroom.storage.series.influx import InfluxAddress, parse_influx_url


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://localhost:8086", InfluxAddress(url="http://localhost:8086")),
        ("http://localhost:8086/", InfluxAddress(url="http://localhost:8086")),
        ("https://h/building", InfluxAddress(url="https://h", database="building")),
        ("http://h:1/proxy/path/db/", InfluxAddress(url="http://h:1/proxy/path", database="db")),
        ("http://[::1]:8086/db", InfluxAddress(url="http://[::1]:8086", database="db")),
        ("http://u:p@h:1/db", InfluxAddress(url="http://h:1", database="db", user="u", password="p")),
        (
            "http://u:p%40%2F%3A@h/my%20db",
            InfluxAddress(url="http://h", database="my db", user="u", password="p@/:"),
        ),
        (
            "http://h/db?token=a%3D%3D&rp=long",
            InfluxAddress(url="http://h", database="db", token="a==", retention_policy="long"),
        ),
    ],
    ids=["bare", "slash", "database", "proxy", "ipv6", "user", "escaped", "options"],
)
def test_a_url_says_where_the_server_is(text: str, address: InfluxAddress) -> None:
    assert parse_influx_url(text) == address


def test_a_token_given_beside_the_url_goes_before_the_one_in_it() -> None:
    assert parse_influx_url("http://h/db?token=old", token="new").token == "new"


def test_a_secret_is_read_from_a_file_as_password_or_token(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret/=\n")

    assert parse_influx_url(f"http://u@h/db?secret_file={file}").password == "s3cret/="
    assert parse_influx_url(f"http://u@h/db?secret_file={file}").token == ""
    assert parse_influx_url(f"http://h/db?secret_file={file}").token == "s3cret/="


@pytest.mark.parametrize("content", [None, "\n"], ids=["missing", "empty"])
def test_a_secret_that_is_not_there_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_text(content)

    with pytest.raises(ValueError, match=r"secret_file=.*/secret in InfluxDB's URL"):
        parse_influx_url(f"http://h/db?secret_file={file}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost:8086",
        "mqtt://h/db",
        "http://",
        "http://u:hush@/db",
        "http://u:hush/@h/db",
        "http://h:99999/db",
    ],
)
def test_what_is_no_servers_url_is_refused_without_telling_secrets(text: str) -> None:
    with pytest.raises(ValueError, match="must be like http://host:8086/database") as raised:
        parse_influx_url(text)

    assert "hush" not in str(raised.value)


def test_an_unknown_option_is_named_without_telling_secrets() -> None:
    with pytest.raises(ValueError, match="token, secret_file and rp: org") as raised:
        parse_influx_url("http://h/db?token=hush&org=x")

    assert "hush" not in str(raised.value)


def test_an_address_shows_no_secret() -> None:
    shown = repr(parse_influx_url("http://u:hush@h/db?token=quiet"))

    assert "hush" not in shown
    assert "quiet" not in shown
