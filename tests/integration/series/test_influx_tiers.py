"""Tiers on a real server: policies, rights, what others keep, and what dashboards read."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
import pytest

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.storage.series.down_sampling import DownSampling
from plantroom.storage.series.influx import InfluxStore, parse_influx_url
from plantroom.storage.series.influx.tier_choice import TIME
from plantroom.storage.series.influx.tiers import InfluxTiers
from plantroom.storage.series.tiered_store import TieredStore
from plantroom.storage.series.tiers import DAY_MS, HOUR_MS, MINUTE_MS, Retention, Tier
from plantroom_testing.influx import ADMIN, ADMIN_PASSWORD, InfluxDatabase, InfluxServer
from plantroom_testing.influx_proxy import NONE, InfluxProxy, Trouble
from plantroom_testing.series import T0, batch_of, good, read_all, table_of, tiered_influx

PUMPS = table_of({"P-1": "pump", "P-2": "pump"})
HOUR = T0 - T0 % HOUR_MS
FOR_EVER = Retention(raw=None, minutes=None, hours=None)
StartInflux = Callable[..., InfluxServer]


def policies(database: InfluxDatabase) -> dict[str, str]:
    (result,) = database.server.query(f'SHOW RETENTION POLICIES ON "{database.name}"')
    return {name: duration for name, duration, *_ in result["series"][0]["values"]}


def down_sampled(store: TieredStore, retention: Retention = FOR_EVER) -> DownSampling:
    job = DownSampling(store, points=len(PUMPS))
    assert job.prepare(retention, now=HOUR) == ()
    while job.advance(HOUR + HOUR_MS):
        pass
    while job.mend():
        pass
    return job


def selected(database: InfluxDatabase, statement: str) -> list[dict[str, Any]]:
    (result,) = database.server.query(statement, database=database.name)
    return [
        dict(zip(part["columns"], row, strict=True))
        for part in result.get("series", [])
        for row in part["values"]
    ]


def test_a_bucket_is_a_line_that_a_dashboard_can_read(influx_database: InfluxDatabase) -> None:
    with closing(tiered_influx(influx_database.url, PUMPS)) as store:
        store.write(
            batch_of(
                PUMPS,
                [
                    good("P-1", "flow", HOUR, 2.0),
                    good("P-1", "flow", HOUR + 1, 4.0),
                    good("P-1", "pressure", HOUR + 2, 1.5),
                ],
            )
        )
        down_sampled(store)

    for policy in ("minutes", "hours"):
        assert selected(influx_database, f'SELECT * FROM "{policy}"."pump"') == [
            {
                "time": HOUR,
                "asset": "P-1",
                "site": "s",
                "flow": 3,
                "flow_MIN": 2,
                "flow_MAX": 4,
                "flow_LAST": 4,
                "flow_N": 2,
                "pressure": 1.5,
                "pressure_MIN": 1.5,
                "pressure_MAX": 1.5,
                "pressure_LAST": 1.5,
                "pressure_N": 1,
            }
        ]


def test_the_table_of_tiers_has_a_line_for_each_span(influx_database: InfluxDatabase) -> None:
    with closing(tiered_influx(influx_database.url, PUMPS)) as store:
        down_sampled(store)
        down_sampled(store)

    for span_s, tier in ((0, "autogen"), (86_399, "autogen"), (86_400, "minutes"), (5_184_000, "hours")):
        found = selected(
            influx_database,
            'SELECT "span_from_s", "rp" FROM "hours"."plantroom_tiers" '
            f'WHERE "span_from_s" <= {span_s} AND "span_to_s" > {span_s}',
        )
        assert [(row["time"], row["rp"]) for row in found] == [(TIME, tier)]


def test_missing_policies_are_made_and_kept_as_long_as_is_asked(influx_database: InfluxDatabase) -> None:
    with closing(tiered_influx(influx_database.url, PUMPS)) as store:
        job = down_sampled(store, Retention())
        assert policies(influx_database) == {
            "autogen": "0s",
            "minutes": f"{730 * 24}h0m0s",
            "hours": f"{3650 * 24}h0m0s",
        }

        other = Retention(raw=3 * DAY_MS, minutes=10 * DAY_MS, hours=None)
        (complaint,) = job.forget(other, now=HOUR)

        assert "'minutes' keeps 730 days" in complaint
        assert policies(influx_database) == {
            "autogen": "72h0m0s",
            "minutes": f"{730 * 24}h0m0s",
            "hours": "0s",
        }


def test_the_duration_of_a_policy_that_others_use_stays(influx_database: InfluxDatabase) -> None:
    with closing(tiered_influx(influx_database.url, PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR, 1.0)]))
        influx_database.server.write(f"weather,station=x wind=3 {HOUR}", database=influx_database.name)
        job = down_sampled(store, Retention())

        (complaint,) = job.forget(Retention(raw=3 * DAY_MS), now=HOUR)

        assert "weather,station=x" in complaint
        assert policies(influx_database)["autogen"] == "0s"
        assert policies(influx_database)["minutes"] == f"{730 * 24}h0m0s"


def test_samples_may_be_in_another_policy_than_the_default_one(influx_database: InfluxDatabase) -> None:
    name = influx_database.name
    influx_database.server.query(
        f'CREATE DATABASE "{name}"; CREATE RETENTION POLICY "long" ON "{name}" DURATION INF REPLICATION 1'
    )

    with closing(tiered_influx(f"{influx_database.url}?rp=long", PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR, 1.0)]))
        job = down_sampled(store)
        assert job.forget(Retention(raw=3 * DAY_MS), now=HOUR) == ()

        assert len(store.read_tier(Tier.HOURS, asset="P-1", point="flow", start=HOUR, end=HOUR + 1)) == 1
    assert policies(influx_database)["long"] == policies(influx_database)["autogen"] == "0s"
    assert {row["rp"] for row in selected(influx_database, 'SELECT * FROM "hours"."plantroom_tiers"')} == {
        "long",
        "minutes",
        "hours",
    }


def test_a_user_who_may_not_make_policies_is_told_and_samples_are_kept(start_influx: StartInflux) -> None:
    server = start_influx(auth=True)
    server.query("CREATE DATABASE own; CREATE USER w WITH PASSWORD 'w'; GRANT ALL ON own TO w")
    store = tiered_influx(f"http://w:w@127.0.0.1:{server.port}/own", PUMPS)
    job = DownSampling(store, points=len(PUMPS))

    complaints = job.prepare(Retention(), now=HOUR)
    rejected = store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR, 1.0)]))

    assert [complaint.split(" is missing")[0] for complaint in complaints] == [
        "retention policy 'minutes'",
        "retention policy 'hours'",
    ]
    assert rejected == ()
    assert read_all(store, "P-1", "flow") == [(HOUR, 1.0, 0)]
    span: dict[str, Any] = {"start": HOUR, "end": HOUR + HOUR_MS, "every": MINUTE_MS, "limit": 9}
    assert len(store.read_buckets(asset="P-1", point="flow", **span)) == 1
    store.close()


def test_a_user_who_may_write_is_enough_where_the_policies_are_there(start_influx: StartInflux) -> None:
    server = start_influx(auth=True)
    server.query("CREATE USER w WITH PASSWORD 'w'")
    with closing(
        tiered_influx(
            f"http://{ADMIN}:{ADMIN_PASSWORD.replace('/', '%2F')}@127.0.0.1:{server.port}/own", PUMPS
        )
    ) as admin:
        assert DownSampling(admin, points=1).prepare(Retention(), now=HOUR) == ()
    server.query("GRANT ALL ON own TO w")

    with closing(tiered_influx(f"http://w:w@127.0.0.1:{server.port}/own", PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR, 1.0)]))
        job = down_sampled(store)

        assert job.forget(Retention(raw=DAY_MS), now=HOUR) == ()
        assert len(store.read_tier(Tier.HOURS, asset="P-1", point="flow", start=HOUR, end=HOUR + 1)) == 1


def test_policies_that_are_lost_do_not_keep_samples_from_being_written(
    influx_database: InfluxDatabase,
) -> None:
    with closing(tiered_influx(influx_database.url, PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR, 1.0)]))
        down_sampled(store)
        influx_database.server.query(f'DROP RETENTION POLICY "hours" ON "{influx_database.name}"')

        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR + 1, 2.0)]))
        lost = store.tiers.progress()
        down_sampled(store)

        assert lost is None
        assert store.read_tier(
            Tier.HOURS, asset="P-1", point="flow", start=HOUR, end=HOUR + 1
        ).count.tolist() == [2]


def test_a_server_that_is_away_delays_and_loses_nothing(start_influx: StartInflux) -> None:
    server = start_influx()
    with closing(tiered_influx(f"{server.url}/db", PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR, 1.0)]))
        job = down_sampled(store)
        late = batch_of(PUMPS, [good("P-1", "flow", HOUR + 1, 3.0)])
        server.kill()
        for attempt in (lambda: store.write(late), lambda: job.advance(HOUR + 2 * HOUR_MS), job.mend):
            with pytest.raises(StoreUnavailable):
                attempt()
        server.start()

        store.write(late)
        server.kill()
        with pytest.raises(StoreUnavailable):
            job.mend()
        server.start()
        down_sampled(store)

        hours = store.read_tier(Tier.HOURS, asset="P-1", point="flow", start=HOUR, end=HOUR + 1)
        assert (hours.count.tolist(), hours.mean.tolist()) == ([2], [2.0])


def test_an_asset_of_several_classes_in_turn_has_one_history(influx_database: InfluxDatabase) -> None:
    with closing(tiered_influx(influx_database.url, PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR, 1.0), good("P-1", "flow", HOUR + 1, 3.0)]))
        down_sampled(store)
    fans = table_of({"P-1": "fan"})
    with closing(tiered_influx(influx_database.url, fans)) as store:
        store.write(batch_of(fans, [good("P-1", "flow", HOUR + 2, 8.0)]))
        down_sampled(store)

        hours = store.read_tier(Tier.HOURS, asset="P-1", point="flow", start=HOUR, end=HOUR + 1)

    assert (hours.count.tolist(), hours.mean.tolist(), hours.max.tolist()) == ([3], [4.0], [8.0])


def test_the_greatest_finite_values_have_a_mean(influx_database: InfluxDatabase) -> None:
    with closing(tiered_influx(influx_database.url, PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR + i, 1.5e308) for i in range(4)]))
        down_sampled(store)

        hours = store.read_tier(Tier.HOURS, asset="P-1", point="flow", start=HOUR, end=HOUR + 1)

    assert hours.mean.tolist() == pytest.approx([1.5e308])


def test_buckets_that_are_too_large_for_one_request_are_sent_in_several(
    influx_proxy: Callable[[str], InfluxProxy], influx_database: InfluxDatabase
) -> None:
    proxy = influx_proxy(influx_database.server.url)
    refused: list[int] = []

    def too_large(path: str, lines: bytes) -> Trouble:
        if path == "/write" and len(lines) > 1_000:
            refused.append(len(lines))
            return Trouble(status=413, body="too large")
        return NONE

    with closing(tiered_influx(f"{proxy.url}/{influx_database.name}", PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR + n * MINUTE_MS, float(n)) for n in range(60)]))
        proxy.trouble = too_large
        down_sampled(store)

        minutes = store.read_tier(Tier.MINUTES, asset="P-1", point="flow", start=HOUR, end=HOUR + HOUR_MS)
        assert refused
        assert minutes.last.tolist() == [float(n) for n in range(60)]


def test_sites_of_other_installations_are_not_touched(influx_database: InfluxDatabase) -> None:
    other = table_of({"X-1": "pump"}, site="elsewhere")
    with closing(tiered_influx(influx_database.url, other)) as store:
        store.write(batch_of(other, [good("X-1", "flow", HOUR, 1.0)]))
    with closing(tiered_influx(influx_database.url, PUMPS)) as store:
        down_sampled(store)

    address = parse_influx_url(influx_database.url)
    with closing(
        TieredStore(InfluxStore(address, other), InfluxTiers(address, other), other, down_samples=True)
    ) as store:
        assert len(store.read_tier(Tier.HOURS, asset="X-1", point="flow", start=HOUR, end=HOUR + 1)) == 0
        assert store.tiers.progress() is None


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "no bucket maps to it"), (403, "insufficient permissions"), (400, "unknown table"), (200, "oops")],
)
def test_whatever_words_a_server_has_for_missing_tiers_samples_are_kept(
    monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    written: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("rp"):
            answers = {"results": [{"error": words}]} if status == 200 else {"message": words}
            return httpx.Response(status, json=answers)
        if request.url.path == "/write":
            written.append(request.url)
            return httpx.Response(204)
        return httpx.Response(200, json={"results": [{"statement_id": 0}]})

    client = httpx.Client
    monkeypatch.setattr(
        httpx, "Client", lambda **options: client(**options, transport=httpx.MockTransport(answer))
    )
    with closing(tiered_influx("http://h:1/db", PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR, 1.0)]))
        span: dict[str, Any] = {"start": HOUR, "end": HOUR + HOUR_MS, "every": MINUTE_MS, "limit": 9}

        assert len(store.read_buckets(asset="P-1", point="flow", **span)) == 0
        assert len(written) == 1
        with pytest.raises((StoreUnavailable, StoreRejected), match=words):
            DownSampling(store, points=1).prepare(Retention(), now=HOUR)


def test_what_the_server_forgot_before_its_time_stays_in_the_tiers(influx_database: InfluxDatabase) -> None:
    name = influx_database.name
    with closing(tiered_influx(influx_database.url, PUMPS)) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR, 1.0)]))
        job = down_sampled(store)
        influx_database.server.query(
            f'DROP RETENTION POLICY "autogen" ON "{name}"; '
            f'CREATE RETENTION POLICY "raw" ON "{name}" DURATION INF REPLICATION 1 DEFAULT'
        )

        store.write(batch_of(PUMPS, [good("P-1", "flow", HOUR + MINUTE_MS, 3.0)]))
        while job.mend():
            pass

        hours = store.read_tier(Tier.HOURS, asset="P-1", point="flow", start=HOUR, end=HOUR + 1)
    assert (hours.count.tolist(), hours.mean.tolist()) == ([2], [2.0])
