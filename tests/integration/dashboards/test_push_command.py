"""`plantroom dashboards push` as people call it."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plantroom.cli.main import plantroom
from plantroom_testing.grafana_server import PASSWORD, TOKEN, USER, GrafanaServer

INFLUX = "http://grafana:s3cret@influxdb:8086/plantroom"
RECORDS = "postgresql://grafana:p%40ss@postgres/plantroom?sslmode=require"
SOURCES = ("--grafana-influx", INFLUX, "--grafana-database", RECORDS)


def push(server: GrafanaServer, *options: str, token: str | None = TOKEN) -> Result:
    environment = {"PLANTROOM_GRAFANA_TOKEN": token, "PLANTROOM_GRAFANA_USER": None}
    return CliRunner(env=environment).invoke(
        plantroom, ["dashboards", "push", "--grafana", server.url, *options]
    )


def document(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_both_editions_and_both_sources_come_at_once(grafana_server: GrafanaServer) -> None:
    result = push(grafana_server, *SOURCES)

    assert result.exit_code == 0, result.output
    assert grafana_server.folders.keys() == {"plantroom-en", "plantroom-zh"}
    assert {"plantroom-energy-en", "plantroom-energy-zh"} <= grafana_server.dashboards.keys()
    assert grafana_server.dashboards["plantroom-energy-zh"]["folderUid"] == "plantroom-zh"
    assert grafana_server.sources.keys() == {"plantroom-influx", "plantroom-records"}
    assert "created  folder plantroom-en: Plantroom" in result.output
    assert result.output.endswith(", 0 updated, 0 unchanged\n")


def test_sources_hold_addresses_in_the_open_and_secrets_apart(grafana_server: GrafanaServer) -> None:
    push(grafana_server, *SOURCES)

    influx = grafana_server.sources["plantroom-influx"]
    records = grafana_server.sources["plantroom-records"]
    assert (influx["url"], influx["jsonData"]["dbName"]) == ("http://influxdb:8086", "plantroom")
    assert (records["url"], records["user"]) == ("postgres:5432", "grafana")
    assert (records["jsonData"]["database"], records["jsonData"]["sslmode"]) == ("plantroom", "require")
    assert grafana_server.secrets["plantroom-records"] == {"password": "p@ss"}
    assert grafana_server.secrets["plantroom-influx"] == {"httpHeaderValue1": "Basic Z3JhZmFuYTpzM2NyZXQ="}
    assert "$PLANTROOM" not in json.dumps(grafana_server.sources)


def test_a_token_of_influxdb_goes_into_the_header(grafana_server: GrafanaServer) -> None:
    push(grafana_server, "--grafana-influx", "http://influxdb:8086/plantroom?token=abc", *SOURCES[2:])

    assert grafana_server.secrets["plantroom-influx"] == {"httpHeaderValue1": "Token abc"}


def test_the_second_push_says_that_nothing_changed(grafana_server: GrafanaServer) -> None:
    first = document(push(grafana_server, *SOURCES, "--json"))
    grafana_server.changes.clear()

    second = document(push(grafana_server, *SOURCES, "--json"))

    assert (first["updated"], first["unchanged"]) == (0, 0)
    assert (second["created"], second["updated"]) == (0, 0)
    assert second["unchanged"] == first["created"] == len(second["items"])
    assert grafana_server.changes == []


def test_links_lead_to_the_console_that_is_named(grafana_server: GrafanaServer) -> None:
    push(grafana_server, *SOURCES, "--console", "https://plantroom.example/")

    stored = grafana_server.dashboards["plantroom-alarms-en"]["dashboard"]
    (console,) = (each for each in stored["templating"]["list"] if each["name"] == "console")
    assert (console["query"], console["current"]["value"]) == ("https://plantroom.example",) * 2


def test_a_user_will_do_instead_of_a_token(grafana_server: GrafanaServer) -> None:
    result = push(grafana_server, *SOURCES, "--grafana-user", f"{USER}:{PASSWORD}", token=None)

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("options", "token", "said"),
    [
        (SOURCES, None, "push needs --grafana-token, or --grafana-user NAME:PASSWORD"),
        (SOURCES, "wrong", "does not know the token or user"),
        ((), TOKEN, "has no data source plantroom-influx: give --grafana-influx"),
        (("--grafana-influx", "influxdb:8086"), TOKEN, "--grafana-influx: InfluxDB's URL must be like"),
        (("--grafana-database", "mysql://h/d"), TOKEN, "--grafana-database: expected postgresql://"),
    ],
)
def test_what_is_missing_or_wrong_is_said(
    grafana_server: GrafanaServer, options: tuple[str, ...], token: str | None, said: str
) -> None:
    result = push(grafana_server, *options, token=token)

    assert result.exit_code != 0
    assert said in result.output
    assert grafana_server.changes == []
