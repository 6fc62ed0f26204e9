"""The dashboard of alarms has the console's numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.dashboards.alarm_performance import performance
from plantroom.dashboards.boards import alarms
from plantroom.dashboards.plant import Plant
from plantroom.domain.alarm_policy import AlarmPolicy
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule import Severity
from plantroom.storage.records import Records, open_records
from plantroom_testing.filled_plant import make_grafana_role
from plantroom_testing.grafana import Span, Variable
from plantroom_testing.grafana_board import OpenBoard, Sources
from plantroom_testing.grafana_postgres import PostgresSource, render
from plantroom_testing.postgres import PostgresServer
from plantroom_testing.records import (
    HOUR,
    MINUTE,
    START,
    Api,
    activated,
    cleared,
    with_severity,
)
from plantroom_testing.simulation import demo

DAY = 24 * HOUR
SITE = Variable(name="site", value=("riverside",), multi=True)


@dataclass
class Recorded:
    """An API on records of its own, and Grafana's view of them."""

    api: Api
    grafana: PostgresSource

    def console(self, start: int, stop: int) -> dict[str, Any]:
        found = self.api.get("alarm-performance", **{"from": to_rfc3339(start), "to": to_rfc3339(stop)})
        return {each["label"]["en"]: (each["value"], each["met"]) for each in found["measures"]}

    def dashboard(self, start: int, stop: int) -> dict[str, Any]:
        target = performance(AlarmPolicy()).target("A", "en")
        statement = render(target.sql, {"site": SITE}, Span(start, stop), interval_ms=60_000)
        (frame,) = self.grafana.frames(statement, as_table=True)
        met = [None if each is None else bool(each) for each in frame.columns["Met"]]
        measures = zip(frame.columns["Measure"], frame.columns["Value"], met, strict=True)
        return {str(name): (value, met) for name, value, met in measures}


@pytest.fixture
def recorded(postgres: PostgresServer) -> Any:
    opened: list[tuple[Records, str]] = []

    def make() -> Recorded:
        name = postgres.create_database()
        records = open_records(postgres.url(name))
        opened.append((records, name))
        return Recorded(Api(records, expects_pipeline=False), make_grafana_role(postgres, name))

    yield make
    for records, name in opened:
        records.close()
        postgres.drop_database(name)


def same(console: Mapping[str, Any], dashboard: Mapping[str, Any]) -> None:
    assert list(dashboard) == list(console)
    for name, (value, met) in console.items():
        shown, shown_met = dashboard[name]
        assert shown == (None if value is None else pytest.approx(value)), name
        assert shown_met == met, name


def test_a_storm_that_chatters_flits_and_stays(recorded: Callable[[], Recorded]) -> None:
    plant = recorded()
    api = plant.api
    api.send(activated(START - 2 * DAY, asset="OLD"))
    for number in range(14):
        at = START + number * 20_000
        severity = list(Severity)[number % 4]
        api.send(activated(at, asset=f"A-{number}", text=with_severity(severity)))
    for number in range(5):
        at = START + 2 * HOUR + number * 9_000
        api.send(
            activated(at, asset="A-0", rule="noisy"),
            cleared(at + 4_000, activated_at=at, asset="A-0", rule="noisy"),
        )
    api.clock.now = START + 3 * DAY

    for start, stop in ((START, START + DAY), (START - DAY, START + 2 * DAY), (START + 60_000, START + HOUR)):
        same(plant.console(start, stop), plant.dashboard(start, stop))


def test_nothing_at_all(recorded: Callable[[], Recorded]) -> None:
    plant = recorded()
    plant.api.clock.now = START + DAY

    same(plant.console(START, START + DAY), plant.dashboard(START, START + DAY))


@settings(max_examples=5)
@given(st.data())
def test_any_history(postgres: PostgresServer, data: st.DataObject) -> None:
    name = postgres.create_database()
    records = open_records(postgres.url(name))
    try:
        plant = Recorded(Api(records, expects_pipeline=False), make_grafana_role(postgres, name))
        events = data.draw(
            st.lists(
                st.tuples(st.integers(0, 2 * DAY), st.integers(0, 5), st.integers(1, 3 * HOUR)),
                min_size=1,
                max_size=40,
                unique_by=lambda each: each[:2],
            )
        )
        for offset, asset, length in sorted(events):
            at, of = START + offset, {"asset": f"A-{asset}"}
            plant.api.clock.now = at
            plant.api.send(activated(at, **of), cleared(at + length, activated_at=at, **of))
        plant.api.clock.now = START + 3 * DAY
        start = START + data.draw(st.integers(0, DAY))
        stop = start + data.draw(st.integers(MINUTE, 2 * DAY))

        same(plant.console(start, stop), plant.dashboard(start, stop))
    finally:
        records.close()
        postgres.drop_database(name)


def test_open_alarms_stand_as_the_console_says(recorded: Callable[[], Recorded]) -> None:
    plant = recorded()
    api = plant.api
    # What is set aside is so until a time; Grafana goes by the server's clock.
    api.clock.now = 4_000_000_000_000
    now = api.clock.now
    api.send(*(activated(now - HOUR, asset=f"A-{number}") for number in range(5)))
    api.send(cleared(now, activated_at=now - HOUR, asset="A-1"))
    ids = {each["asset"]: each["id"] for each in api.alarms()}
    api.post(f"alarms/{ids['A-2']}/ack")
    api.post(f"alarms/{ids['A-3']}/shelve", {"minutes": 60, "reason": "known"})
    board = OpenBoard(
        alarms.board(Plant(demo())).document("en") | {"templating": {"list": []}},
        Sources(influx={}, postgres={"plantroom-records": plant.grafana}),
        Span(now - DAY, now),
    )
    board.variables["site"] = SITE
    (live,) = (panel for panel in board.panels if panel["title"] == "Open alarms")

    ((frame,),) = (answer.frames for answer in board.ask(live))

    states = dict(zip(frame.columns["Asset"], frame.columns["State"], strict=True))
    assert states == {each["asset"]: each["state"] for each in api.alarms()}
    assert set(states.values()) == {"active_unacked", "active_acked", "cleared_unacked", "shelved"}
