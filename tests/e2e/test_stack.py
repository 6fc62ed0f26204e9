"""The deployed stack, end to end: a fault of a simulated pump until a person sees it in Grafana."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plantroom.domain.report import to_rfc3339
from plantroom_stack.compose import ROOT
from plantroom_testing.counting import now_ms
from plantroom_testing.grafana import Span
from plantroom_testing.grafana_board import Answer, OpenBoard
from plantroom_testing.grafana_influxql import QueryError
from plantroom_testing.mqtt import paho_client
from plantroom_testing.product import wait_for
from plantroom_testing.stack import Stack, running_stack

pytestmark = pytest.mark.timeout(600)
PUMP = "P-101"
MINUTES = 15
BOARDS = sorted((ROOT / "dashboards/built/en").glob("*.json"))
PATIENCE_S = 240.0
SPARE = "P-103"
DAYS_AGO_MS = 2 * 86_400_000


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as stack:
        yield stack


@pytest.fixture(scope="module")
def order(stack: Stack) -> dict[str, Any]:
    """Let the pump's bearing fail, and return the work order that comes of it."""
    broken = stack.plantroom("simulate", "inject", PUMP, "bearing_wear", "--broker", stack.broker())
    assert broken.returncode == 0, broken.stderr
    found: dict[str, Any] = wait_for(
        lambda: next(iter(stack.api.items("/work-orders", asset=PUMP)), None),
        what="work order",
        log=stack.log_of("plantroom-ingest"),
        patience=PATIENCE_S,
    )
    return found


def recently() -> Span:
    return Span(now_ms() - MINUTES * 60_000, now_ms())


def opened(stack: Stack, file: Path) -> OpenBoard:
    return OpenBoard(json.loads(file.read_text()), stack.sources, recently())


def test_the_readings_of_the_fault_are_in_influxdb(stack: Stack, order: dict[str, Any]) -> None:
    readings = stack.sources.influx["plantroom-influx"]

    (worst,) = readings.ask(f"SELECT max(vibration) FROM pump WHERE asset = '{PUMP}'")
    (others,) = readings.ask("SELECT max(vibration) FROM pump WHERE asset = 'P-102'")

    assert worst["values"][0][1] > 2 * others["values"][0][1]


def test_the_alarm_and_the_one_work_order_are_in_postgresql(stack: Stack, order: dict[str, Any]) -> None:
    records = stack.sources.postgres["plantroom-records"]

    _, alarms = records.ask(f"SELECT rule FROM alarms WHERE asset = '{PUMP}' AND rule LIKE 'pump-vibration%'")
    _, orders = records.ask(f"SELECT number FROM work_orders WHERE asset = '{PUMP}'")

    assert {rule for (rule,) in alarms} >= {"pump-vibration-danger"}
    assert [f"WO-{number}" for (number,) in orders] == [order["id"]]


@pytest.mark.parametrize("file", BOARDS, ids=lambda file: file.stem)
def test_grafana_gets_what_each_dashboard_asks(stack: Stack, order: dict[str, Any], file: Path) -> None:
    def is_filled() -> bool:
        board = opened(stack, file)
        return any(has_values(answer) for panel in board.panels for answer in board.ask(panel))

    wait_for(is_filled, what=f"readings on {file.stem}", log=stack.log_of("plantroom-ingest"))


@pytest.mark.parametrize("board", ["overview", "pumps", "asset-pump", "alarms", "work-orders"])
def test_the_fault_is_seen_on_the_dashboards(stack: Stack, order: dict[str, Any], board: str) -> None:
    (file,) = (each for each in BOARDS if each.stem == board)
    dashboard = opened(stack, file)

    answers = [answer for panel in dashboard.panels for answer in dashboard.ask(panel)]

    assert any(PUMP in str(frame) for answer in answers for frame in answer.frames)


def has_values(answer: Answer) -> bool:
    return any(
        cell is not None
        for frame in answer.frames
        for name, cells in frame.columns.items()
        if name.lower() != "time"
        for cell in cells
    )


def test_grafanas_accounts_can_change_nothing(stack: Stack) -> None:
    readings = stack.sources.influx["plantroom-influx"]
    records = stack.sources.postgres["plantroom-records"]

    with pytest.raises(QueryError, match="not authorized"):
        readings.ask("DROP MEASUREMENT pump")
    with pytest.raises(QueryError, match=r"read-only transaction|permission denied"):
        records.ask("DELETE FROM alarms")
    with pytest.raises(QueryError, match="permission denied for table tokens"):
        records.ask("SELECT * FROM tokens")


def publish(stack: Stack, samples: list[tuple[int, float]]) -> None:
    """Publish readings of days ago, which no simulator has; return when the broker has them."""
    user = ("simulators", stack.secrets["MQTT_SIMULATORS_PASSWORD"])
    with paho_client(stack.port("mosquitto", 1883), user=user) as client:
        for at, value in samples:
            document = {"ts": at, "historical": True, "values": {"flow": value}}
            client.publish(f"plantroom/v1/riverside/{SPARE}/telemetry", json.dumps(document), 1)
            time.sleep(0.005)
        client.publish(f"plantroom/v1/riverside/{SPARE}/status", "online", 1).wait_for_publish(60)


@pytest.mark.parametrize("victim", ["plantroom-ingest", "plantroom-api", "influxdb"])
def test_a_kill_of_a_process_loses_nothing_and_doubles_nothing(
    stack: Stack, order: dict[str, Any], victim: str
) -> None:
    begin = now_ms() - DAYS_AGO_MS
    sent = [(begin + number, float(number % 200)) for number in range(900)]

    for part in (sent[:300], sent[300:600], sent[600:]):
        publish(stack, part)
        if part is not sent[600:]:
            stack.kill(victim)

    wanted = [{"ts": to_rfc3339(at), "value": value} for at, value in sent]
    wait_for(
        lambda: stored(stack, sent) == wanted,
        what="all readings",
        log=stack.log_of("plantroom-ingest"),
        patience=PATIENCE_S,
    )
    orders = stack.api.items("/work-orders", asset=PUMP)
    assert [each["id"] for each in orders] == [order["id"]]


def stored(stack: Stack, sent: list[tuple[int, float]]) -> list[dict[str, Any]]:
    start, end = to_rfc3339(sent[0][0]), to_rfc3339(sent[-1][0] + 1)
    answer = stack.api.get_root(
        f"/api/v1/assets/{SPARE}/samples?point=flow&start={start}&end={end}&limit=10000"
    )
    if answer.status_code == 503:  # InfluxDB is on its way back
        return []
    return [{"ts": item["ts"], "value": item["value"]} for item in answer.raise_for_status().json()["items"]]
