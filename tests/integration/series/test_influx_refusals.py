"""What a server will not take goes back with its reason, the rest is kept, and neither costs much."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest

from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.storage.series.influx import InfluxStore, lanes, refused_lately
from plantroom.storage.series.port import Rejection
from plantroom_testing.influx import InfluxDatabase, InfluxServer
from plantroom_testing.influx_proxy import NONE, InfluxProxy, Trouble
from plantroom_testing.series import T0, Sample, batch_of, good, opened_influx, read_all, table_of

StartInflux = Callable[..., InfluxServer]
Refuse = Callable[[str], InfluxProxy]
PUMPS = table_of({f"P-{n}": "pump" for n in range(1, 7)})
WEEK_MS = 7 * 86_400_000


def both_points(count: int, *, asset: str = "P-1", start: int = T0) -> list[Sample]:
    return [good(asset, name, start + i, float(i)) for i in range(count) for name in ("flow", "pressure")]


def refused_rows(rejections: tuple[Rejection, ...]) -> list[int]:
    return sorted(row for each in rejections for row in each.rows.tolist())


@contextmanager
def through(proxy: InfluxProxy, database: InfluxDatabase) -> Iterator[InfluxStore]:
    with opened_influx(f"{proxy.url}/{database.name}", PUMPS) as store:
        yield store


@pytest.fixture
def database(influx_database: InfluxDatabase) -> InfluxDatabase:
    influx_database.server.query(f'CREATE DATABASE "{influx_database.name}"')
    return influx_database


@pytest.fixture
def proxy(influx_proxy: Refuse, database: InfluxDatabase) -> InfluxProxy:
    return influx_proxy(database.server.url)


def requests_of(proxy: InfluxProxy, store: InfluxStore, batch: SampleBatch) -> int:
    before = proxy.writes
    store.write(batch)
    return proxy.writes - before


@pytest.mark.parametrize("text", ['flow="12.3"', "flow=1i", "flow=true"], ids=["text", "integer", "boolean"])
def test_a_field_of_another_type_neither_spoils_the_others_nor_costs_more_than_once(
    proxy: InfluxProxy, database: InfluxDatabase, text: str
) -> None:
    database.server.write(f"pump,asset=P-9,site=s {text} {T0}", database=database.name)

    with through(proxy, database) as store:
        first = store.write(batch_of(PUMPS, both_points(500)))
        later = [
            requests_of(proxy, store, batch_of(PUMPS, both_points(500, start=T0 + 500 * n)))
            for n in range(1, 6)
        ]

        assert refused_rows(first) == list(range(0, 1000, 2))
        assert "field type conflict" in first[0].reason
        assert later == [1] * 5
        assert len(read_all(store, "P-1", "pressure")) == 3000


def test_what_is_not_asked_again_is_refused_for_the_reason_it_was(
    proxy: InfluxProxy, database: InfluxDatabase
) -> None:
    database.server.write(f'pump,asset=P-9,site=s flow="open" {T0}', database=database.name)

    with through(proxy, database) as store:
        (asked,) = store.write(batch_of(PUMPS, both_points(50)))
        (told,) = store.write(batch_of(PUMPS, both_points(50, asset="P-2", start=T0 + 100)))

    assert told.rows.tolist() == list(range(0, 100, 2))
    assert told.reason == asked.reason
    assert "dropped=" not in told.reason


def test_a_field_that_was_mended_is_taken_again_after_a_while(
    proxy: InfluxProxy, database: InfluxDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_lately, "ASK_AGAIN", 0.5)
    database.server.write(f'pump,asset=P-9,site=s flow="open" {T0}', database=database.name)

    with through(proxy, database) as store:
        store.write(batch_of(PUMPS, both_points(50)))
        database.server.query("DROP MEASUREMENT pump", database=database.name)
        time.sleep(0.6)
        again = store.write(batch_of(PUMPS, both_points(50, start=T0 + 100)))

        assert again == ()
        assert len(read_all(store, "P-1", "flow")) == 50


def test_asking_again_costs_one_request_and_no_other_field(
    proxy: InfluxProxy, database: InfluxDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused_lately, "ASK_AGAIN", 0.0)
    database.server.write(f'pump,asset=P-9,site=s flow="open" {T0}', database=database.name)

    with through(proxy, database) as store:
        store.write(batch_of(PUMPS, both_points(50)))

        assert requests_of(proxy, store, batch_of(PUMPS, both_points(50, start=T0 + 100))) == 2


def test_a_type_counts_only_in_the_weeks_that_have_it(proxy: InfluxProxy, database: InfluxDatabase) -> None:
    database.server.write(f'pump,asset=P-9,site=s flow="open" {T0}', database=database.name)

    with through(proxy, database) as store:
        refused = store.write(batch_of(PUMPS, both_points(20)))
        other_week = store.write(batch_of(PUMPS, both_points(20, start=T0 - 2 * WEEK_MS)))
        across = store.write(
            batch_of(PUMPS, both_points(20, start=T0 + 50) + both_points(20, start=T0 - 3 * WEEK_MS))
        )

        assert (len(refused_rows(refused)), other_week) == (20, ())
        assert refused_rows(across) == list(range(0, 40, 2))
        assert len(read_all(store, "P-1", "flow")) == 40


def test_bad_values_of_a_field_of_another_type_are_kept(proxy: InfluxProxy, database: InfluxDatabase) -> None:
    database.server.write(f'pump,asset=P-9,site=s flow="open" {T0}', database=database.name)
    samples = [("P-1", "flow", T0 + i, float(i), Quality.RANGE if i % 2 else Quality.GOOD) for i in range(20)]

    with through(proxy, database) as store:
        assert refused_rows(store.write(batch_of(PUMPS, samples))) == list(range(0, 20, 2))
        assert refused_rows(store.write(batch_of(PUMPS, samples))) == list(range(0, 20, 2))
        assert len(read_all(store, "P-1", "flow")) == 10


def test_samples_beyond_retention_are_found_at_once_and_not_asked_again(
    proxy: InfluxProxy, database: InfluxDatabase
) -> None:
    database.server.query(f'ALTER RETENTION POLICY autogen ON "{database.name}" DURATION 8d')
    now = int(time.time() * 1000)
    old = [good("P-1", "flow", T0 - WEEK_MS + i, 1.0) for i in range(300)]
    new = both_points(300, start=now - 1000)

    with through(proxy, database) as store:
        first = requests_of(proxy, store, batch_of(PUMPS, new + old))
        second = store.write(batch_of(PUMPS, old + new))
        third = requests_of(proxy, store, batch_of(PUMPS, old + new))

        assert first == 3
        assert refused_rows(second) == list(range(300))
        assert "beyond retention policy" in second[0].reason
        assert third == 1
        assert len(read_all(store, "P-1", "pressure")) == 300


@pytest.mark.parametrize("limit", ["max-series-per-database = 3", "max-values-per-tag = 3"])
def test_assets_beyond_a_limit_are_returned_and_the_known_ones_kept(
    start_influx: StartInflux, influx_proxy: Refuse, limit: str
) -> None:
    server = start_influx(data_settings=f"  {limit}")
    proxy = influx_proxy(server.url)
    samples = [sample for n in range(1, 7) for sample in both_points(50, asset=f"P-{n}")]

    with opened_influx(f"{proxy.url}/own", PUMPS) as store:
        store.write(batch_of(PUMPS, [good(f"P-{n}", "flow", T0 - 1, 1.0) for n in (1, 3, 5)]))
        (rejection,) = store.write(batch_of(PUMPS, samples))
        again = requests_of(proxy, store, batch_of(PUMPS, samples))

        beyond = {sample[0] for row in rejection.rows.tolist() for sample in [samples[row]]}
        assert beyond == {"P-2", "P-4", "P-6"}
        assert len(rejection.rows) == 300
        assert limit.partition(" ")[0] in rejection.reason
        assert again == 1
        assert len(read_all(store, "P-3", "pressure")) == 50


def test_assets_beyond_a_limit_are_found_where_the_server_does_not_tell_which_it_has(
    start_influx: StartInflux, influx_proxy: Refuse
) -> None:
    server = start_influx(data_settings="  max-values-per-tag = 2")
    proxy = influx_proxy(server.url)
    samples = [good(f"P-{n}", "flow", T0 + i, 1.0) for i in range(20) for n in (1, 2, 3)]

    with opened_influx(f"{proxy.url}/own", PUMPS) as store:
        store.write(batch_of(PUMPS, [good(f"P-{n}", "flow", T0 - 1, 1.0) for n in (1, 3)]))
        proxy.trouble = lambda path, _: Trouble(status=400, body="no") if path == "/query" else NONE
        rejections = store.write(batch_of(PUMPS, samples))

    assert refused_rows(rejections) == list(range(1, 60, 3))


def test_assets_that_together_go_beyond_a_limit_cost_no_request_for_each(
    start_influx: StartInflux, influx_proxy: Refuse
) -> None:
    proxy = influx_proxy(start_influx(data_settings="  max-series-per-database = 1").url)
    many = table_of({f"A-{n}": "pump" for n in range(300)})
    samples = [good(f"A-{n}", "flow", T0, 1.0) for n in range(300)]

    with opened_influx(f"{proxy.url}/own", many) as store:
        assert requests_of(proxy, store, batch_of(many, samples[:1])) == 1
        assert requests_of(proxy, store, batch_of(many, samples)) == 3
        assert requests_of(proxy, store, batch_of(many, samples)) == 1


def test_lines_that_cannot_be_parsed_are_found_and_told_by_one_reason(
    proxy: InfluxProxy, database: InfluxDatabase
) -> None:
    proxy.trouble = lambda _, __: Trouble(change=lambda lines: re.sub(rb"(?<=asset=)P-2(?=,)", b"", lines))
    samples = [good(f"P-{1 + i % 3}", "flow", T0 + i, float(i)) for i in range(90)]

    with through(proxy, database) as store:
        (rejection,) = store.write(batch_of(PUMPS, samples))

        assert rejection.rows.tolist() == list(range(1, 90, 3))
        assert rejection.reason == "unable to parse: missing tag value"
        assert len(read_all(store, "P-3", "flow")) == 30


def test_several_faults_at_once_are_told_apart(proxy: InfluxProxy, database: InfluxDatabase) -> None:
    database.server.query(f'ALTER RETENTION POLICY autogen ON "{database.name}" DURATION 8d')
    now = int(time.time() * 1000)
    database.server.write(f'pump,asset=P-9,site=s flow="open" {now}', database=database.name)
    old = [good("P-1", "pressure", T0 - WEEK_MS + i, 1.0) for i in range(10)]

    with through(proxy, database) as store:
        rejections = store.write(batch_of(PUMPS, old + both_points(10, start=now)))

        reasons = {each.reason.split(":")[1].strip(): each.rows.tolist() for each in rejections}
        assert reasons == {
            "points beyond retention policy": list(range(10)),
            "field type conflict": list(range(10, 30, 2)),
        }
        assert len(read_all(store, "P-1", "pressure")) == 10


def test_what_size_is_let_through_is_learnt(proxy: InfluxProxy, database: InfluxDatabase) -> None:
    refused: list[int] = []

    def too_large(path: str, lines: bytes) -> Trouble:
        if path == "/write" and len(lines) > 60_000:
            refused.append(len(lines))
            return Trouble(status=413, body="<html>too large</html>")
        return NONE

    proxy.trouble = too_large
    with through(proxy, database) as store:
        assert store.write(batch_of(PUMPS, both_points(4000))) == ()
        for n in range(1, 8):
            store.write(batch_of(PUMPS, both_points(4000, start=T0 + 4000 * n)))
        learnt = len(refused)
        assert store.write(batch_of(PUMPS, both_points(4000, start=T0 + 4000 * 9))) == ()

        assert len(refused) == learnt
        assert len(read_all(store, "P-1", "flow")) == 9 * 4000


@pytest.mark.parametrize("samples", [1, 2, 8])
def test_a_proxy_that_lets_nothing_through_loses_nothing(
    proxy: InfluxProxy, database: InfluxDatabase, samples: int
) -> None:
    proxy.trouble = lambda path, _: Trouble(status=413) if path == "/write" else NONE

    with through(proxy, database) as store, pytest.raises(StoreUnavailable, match="one sample is too large"):
        store.write(batch_of(PUMPS, both_points(4)[:samples]))


@pytest.mark.parametrize("status", [200, 202, 301, 400, 422])
def test_an_answer_that_is_not_the_servers_is_no_success_and_no_refusal(
    proxy: InfluxProxy, database: InfluxDatabase, status: int
) -> None:
    proxy.trouble = lambda path, _: (
        Trouble(status=status, body="<html>please sign in</html>") if path == "/write" else NONE
    )

    with through(proxy, database) as store, pytest.raises(StoreUnavailable, match=f"{status} <html>"):
        store.write(batch_of(PUMPS, both_points(4)))


def test_a_refused_question_before_the_first_write_is_tried_again(
    proxy: InfluxProxy, database: InfluxDatabase
) -> None:
    proxy.trouble = lambda path, _: Trouble(status=400, body="no") if path == "/query" else NONE
    batch = batch_of(PUMPS, both_points(4))

    with through(proxy, database) as store:
        with pytest.raises(StoreUnavailable, match="no"):
            store.write(batch)
        proxy.trouble = lambda _, __: NONE

        assert store.write(batch) == ()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", (7.0, 7.0)),
        ("in 200 s", (1.0, 200.0)),
        ("86400", (300.0, 300.0)),
        ("soon", (0.0, 0.0)),
        ("", (0.0, 0.0)),
    ],
    ids=["seconds", "date", "a day", "nonsense", "none"],
)
def test_a_server_says_for_how_long_it_wants_to_be_left_alone(
    proxy: InfluxProxy, database: InfluxDatabase, text: str, seconds: tuple[float, float]
) -> None:
    if text == "in 200 s":
        text = format_datetime(datetime.now(UTC) + timedelta(seconds=200), usegmt=True)
    proxy.trouble = lambda path, _: (
        Trouble(status=503, body="busy", headers={"Retry-After": text}) if path == "/write" else NONE
    )

    with through(proxy, database) as store, pytest.raises(StoreUnavailable) as caught:
        store.write(batch_of(PUMPS, both_points(4)))

    assert seconds[0] <= caught.value.retry_after <= seconds[1]


def test_several_requests_are_on_their_way_and_each_assets_samples_in_order(
    proxy: InfluxProxy, database: InfluxDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "MIN_SAMPLES", 10)
    proxy.trouble = lambda path, _: Trouble(delay=0.2) if path == "/write" else NONE
    random = np.random.default_rng(3)
    order = random.permutation(600)
    samples = [good(f"P-{1 + i % 6}", "flow", T0 + i, float(i)) for i in order.tolist()]

    with through(proxy, database) as store:
        assert store.write(batch_of(PUMPS, samples)) == ()

    lines = b"".join(proxy.written).decode().splitlines()
    times: dict[str, list[int]] = {}
    for line in lines:
        head, _, ts = line.split(" ")
        times.setdefault(head, []).append(int(ts))
    assert proxy.most_at_once == lanes.LANES
    assert [len(each) for each in times.values()] == [100] * 6
    assert all(each == sorted(each) for each in times.values())


def test_after_a_lost_answer_the_batch_is_written_again_and_stands_once(
    proxy: InfluxProxy, database: InfluxDatabase
) -> None:
    proxy.trouble = lambda path, _: Trouble(lose_answer=path == "/write")
    batch = batch_of(PUMPS, both_points(20))

    with through(proxy, database) as store:
        with pytest.raises(StoreUnavailable):
            store.write(batch)
        proxy.trouble = lambda _, __: NONE
        assert store.write(batch) == ()

        assert read_all(store, "P-1", "flow") == [(T0 + i, float(i), 0) for i in range(20)]
