"""A server that is away, hangs, refuses, or has been told other things than we have."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.samples import Quality
from plantroom.storage.series.influx import InfluxAddress, InfluxStore, isolation
from plantroom.storage.series.port import LATEST, Rejection
from plantroom_testing.influx import ADMIN, ADMIN_PASSWORD, InfluxDatabase, InfluxServer
from plantroom_testing.series import T0, batch_of, good, opened_influx, read_all, table_of

PUMPS = table_of({"P-1": "pump", "P-2": "pump"})
StartInflux = Callable[..., InfluxServer]


def refused_rows(rejections: tuple[Rejection, ...]) -> list[int]:
    return sorted(row for each in rejections for row in each.rows.tolist())


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_what_was_written_outlasts_the_server(start_influx: StartInflux, how: str) -> None:
    server = start_influx()
    with opened_influx(server.url, PUMPS) as store:
        for i in range(20):
            store.write(batch_of(PUMPS, [good("P-1", "flow", T0 + i, float(i))]))

        getattr(server, how)()
        server.start()

        assert read_all(store, "P-1", "flow") == [(T0 + i, float(i), 0) for i in range(20)]


def test_writing_and_reading_go_on_when_the_server_is_back(start_influx: StartInflux) -> None:
    server = start_influx()
    with opened_influx(server.url, PUMPS) as store:
        batch = batch_of(PUMPS, [good("P-1", "flow", T0, 1.0), ("P-2", "flow", T0, 2.0, Quality.RANGE)])
        store.write(batch)
        server.kill()

        with pytest.raises(StoreUnavailable, match=server.url):
            store.write(batch)
        with pytest.raises(StoreUnavailable, match=server.url):
            read_all(store, "P-1", "flow")
        server.start()

        assert store.write(batch) == ()
        assert read_all(store, "P-1", "flow") == [(T0, 1.0, 0)]
        assert read_all(store, "P-2", "flow") == [(T0, 2.0, 16)]


def test_a_server_that_was_never_there_is_unavailable_only_once_it_is_needed() -> None:
    with (
        opened_influx("http://127.0.0.1:9/plantroom", PUMPS) as store,
        pytest.raises(StoreUnavailable, match=r"http://127.0.0.1:9: .*refused"),
    ):
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))


def test_a_server_that_hangs_is_unavailable(start_influx: StartInflux) -> None:
    server = start_influx()
    store = InfluxStore(InfluxAddress(url=server.url), PUMPS, timeout=timedelta(seconds=0.5))
    batch = batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)])
    server.hang()

    with pytest.raises(StoreUnavailable, match="timed out"):
        store.write(batch)

    server.resume()
    store.close()
    with opened_influx(server.url, PUMPS) as patient:
        assert patient.write(batch) == ()
        assert read_all(patient, "P-1", "flow") == [(T0, 1.0, 0)]


def test_marks_made_before_a_failed_write_are_not_forgotten(start_influx: StartInflux) -> None:
    server = start_influx()
    with opened_influx(server.url, PUMPS) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0 - 1, 0.0)]))
        store.write(batch_of(PUMPS, [("P-1", "flow", T0, 1.0, Quality.LATE)]))
        server.kill()
        with pytest.raises(StoreUnavailable):
            store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 2.0)]))
        server.start()

        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 2.0)]))

        assert read_all(store, "P-1", "flow")[1:] == [(T0, 2.0, 0)]


def test_a_user_with_a_password_may_write_and_read(start_influx: StartInflux) -> None:
    server = start_influx(auth=True)
    address = InfluxAddress(url=server.url, database="own", user=ADMIN, password=ADMIN_PASSWORD)
    store = InfluxStore(address, PUMPS)

    store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))

    assert read_all(store, "P-1", "flow") == [(T0, 1.0, 0)]
    store.close()


@pytest.mark.parametrize("user", ["", ADMIN])
def test_wrong_credentials_are_something_to_be_mended(start_influx: StartInflux, user: str) -> None:
    server = start_influx(auth=True)
    store = InfluxStore(InfluxAddress(url=server.url, user=user, password="wrong-one"), PUMPS)

    with pytest.raises(StoreUnavailable, match="401") as raised:
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))
    with pytest.raises(StoreUnavailable, match="401"):
        read_all(store, "P-1", "flow")

    assert "wrong-one" not in str(raised.value)
    store.close()


def test_a_user_who_may_only_read_is_something_to_be_mended(start_influx: StartInflux) -> None:
    server = start_influx(auth=True)
    server.query("CREATE DATABASE own; CREATE USER guest WITH PASSWORD 'guest'; GRANT READ ON own TO guest")
    store = InfluxStore(InfluxAddress(url=server.url, database="own", user="guest", password="guest"), PUMPS)

    with pytest.raises(StoreUnavailable, match=r"403.*not authorized to write"):
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))

    assert read_all(store, "P-1", "flow") == []
    store.close()


def test_a_user_who_may_not_create_the_missing_database_is_told_which(start_influx: StartInflux) -> None:
    server = start_influx(auth=True)
    server.query("CREATE USER guest WITH PASSWORD 'guest'")
    store = InfluxStore(InfluxAddress(url=server.url, database="own", user="guest", password="guest"), PUMPS)

    with pytest.raises(StoreUnavailable, match="own"):
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))
    store.close()


def test_a_retention_policy_that_is_missing_is_something_to_be_mended(
    influx_database: InfluxDatabase,
) -> None:
    influx_database.server.query(f'CREATE DATABASE "{influx_database.name}"')

    with (
        opened_influx(f"{influx_database.url}?rp=nope", PUMPS) as store,
        pytest.raises(StoreUnavailable, match="retention policy not found"),
    ):
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))


def test_samples_go_to_the_retention_policy_that_is_asked_for(influx_database: InfluxDatabase) -> None:
    server, name = influx_database.server, influx_database.name
    server.query(
        f'CREATE DATABASE "{name}"; CREATE RETENTION POLICY "long" ON "{name}" DURATION INF REPLICATION 1'
    )

    with opened_influx(f"{influx_database.url}?rp=long", PUMPS) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))

        assert read_all(store, "P-1", "flow") == [(T0, 1.0, 0)]
    assert "series" in server.query(f'SELECT * FROM "{name}"."long"."pump"', database=name)[0]
    with opened_influx(influx_database.url, PUMPS) as other:
        assert read_all(other, "P-1", "flow") == []


def test_samples_too_old_for_the_retention_policy_are_returned(influx_database: InfluxDatabase) -> None:
    influx_database.server.query(f'CREATE DATABASE "{influx_database.name}" WITH DURATION 1d')
    now = LATEST - 1000
    samples = [good("P-1", "flow", T0 + i if i in {3, 4, 77} else now + i, float(i)) for i in range(100)]

    with opened_influx(influx_database.url, PUMPS) as store:
        rejections = store.write(batch_of(PUMPS, samples))

        assert refused_rows(rejections) == [3, 4, 77]
        assert all("beyond retention policy" in each.reason for each in rejections)
        assert len(read_all(store, "P-1", "flow")) == 97


def test_only_the_field_of_another_type_is_refused(influx_database: InfluxDatabase) -> None:
    influx_database.server.query(f'CREATE DATABASE "{influx_database.name}"')
    influx_database.server.write(f"pump,asset=P-1,site=s flow=1i {T0}", database=influx_database.name)
    samples = [good("P-2", name, T0 + i, float(i)) for i in range(500) for name in ("flow", "pressure")]

    with opened_influx(influx_database.url, PUMPS) as store:
        (rejection,) = store.write(batch_of(PUMPS, samples))

        assert rejection.rows.tolist() == list(range(0, 1000, 2))
        assert "field type conflict" in rejection.reason
        assert len(read_all(store, "P-2", "pressure")) == 500
        assert read_all(store, "P-2", "flow") == []


def test_a_quality_field_of_another_type_refuses_only_the_samples_that_have_one(
    influx_database: InfluxDatabase,
) -> None:
    influx_database.server.query(f'CREATE DATABASE "{influx_database.name}"')
    influx_database.server.write(f'pump,asset=P-9,site=s flow_Q="text" {T0}', database=influx_database.name)
    samples = [
        ("P-1", "flow", T0 + i, float(i), Quality.LATE if i in {7, 8, 60} else Quality.GOOD)
        for i in range(100)
    ]

    with opened_influx(influx_database.url, PUMPS) as store:
        rejections = store.write(batch_of(PUMPS, samples))

        assert refused_rows(rejections) == [7, 8, 60]
        assert len(read_all(store, "P-1", "flow")) == 97


def test_good_samples_are_kept_when_the_search_for_refused_ones_is_given_up(
    influx_database: InfluxDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "MAX_ATTEMPTS", 4)
    influx_database.server.query(f'CREATE DATABASE "{influx_database.name}" WITH DURATION 1d')
    samples = [
        good(f"P-{1 + i % 2}", "flow", T0 + i if i % 2 else LATEST - 1000 + i, 1.0) for i in range(100)
    ]
    samples += [good("P-2", "flow", LATEST - 500, 1.0)]

    with opened_influx(influx_database.url, PUMPS) as store:
        rejections = store.write(batch_of(PUMPS, samples))

        assert set(refused_rows(rejections)) >= set(range(1, 100, 2))
        assert len(read_all(store, "P-1", "flow")) == 50
        assert len(read_all(store, "P-2", "flow")) == 1


def test_a_request_too_large_for_the_server_is_divided(start_influx: StartInflux) -> None:
    server = start_influx(http_settings="  max-body-size = 3000")
    samples = [good(f"P-{1 + i % 2}", "flow", T0 + i // 2, float(i)) for i in range(1000)]

    with opened_influx(server.url, PUMPS) as store:
        assert store.write(batch_of(PUMPS, samples)) == ()

        assert [value for _, value, _ in read_all(store, "P-2", "flow")] == [
            float(i) for i in range(1, 1000, 2)
        ]


def test_plain_fields_hold_reliable_values_only(influx_database: InfluxDatabase) -> None:
    with opened_influx(influx_database.url, PUMPS) as store:
        store.write(
            batch_of(
                PUMPS,
                [
                    good("P-1", "flow", T0, 1.0),
                    ("P-1", "pressure", T0, 99.0, Quality.RANGE),
                    ("P-1", "flow", T0 + 1, float("nan"), Quality.TYPE),
                    ("P-1", "pressure", T0 + 1, 2.0, Quality.LATE),
                ],
            )
        )

    (result,) = influx_database.server.query("SELECT * FROM pump GROUP BY *", database=influx_database.name)

    (series,) = result["series"]
    assert series["tags"] == {"asset": "P-1", "site": "s"}
    assert [dict(zip(series["columns"], row, strict=True)) for row in series["values"]] == [
        {"time": T0, "flow": 1, "flow_Q": None, "pressure": None, "pressure_B": 99, "pressure_Q": 16},
        {"time": T0 + 1, "flow": None, "flow_Q": 274, "pressure": 2, "pressure_B": None, "pressure_Q": 1},
    ]


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[httpx.Request], httpx.Response]) -> None:
    """Put a server that gives `answer` in the place of the real one."""
    client = httpx.Client

    def fake(**options: Any) -> httpx.Client:
        return client(**options, transport=httpx.MockTransport(answer))

    monkeypatch.setattr(httpx, "Client", fake)


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 502, 503])
def test_whatever_may_pass_is_tried_again_later(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    answering(monkeypatch, lambda _: httpx.Response(status, text="not now"))

    with (
        opened_influx("http://h:1/db", PUMPS) as store,
        pytest.raises(StoreUnavailable, match=f"{status} not now"),
    ):
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))


def test_an_answer_that_is_no_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, lambda _: httpx.Response(200, text="<html>a proxy says hello</html>"))

    with (
        opened_influx("http://h:1/db", PUMPS) as store,
        pytest.raises(StoreUnavailable, match="cannot be read"),
    ):
        read_all(store, "P-1", "flow")


def test_a_token_is_sent_as_versions_2_and_3_expect_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200 if "query" in request.url.path else 204, json={"results": [{}]})

    answering(monkeypatch, answer)
    with opened_influx("http://h:1/base/db?token=t0k", PUMPS) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))

    assert {request.headers["Authorization"] for request in seen} == {"Token t0k"}
    write = seen[-1]
    assert (write.url.path, dict(write.url.params)) == ("/base/write", {"precision": "ms", "db": "db"})
    assert write.headers["Content-Encoding"] == "gzip"
