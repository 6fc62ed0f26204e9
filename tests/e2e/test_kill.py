"""The promises of contract 4.5 to 4.7, with somebody pulling plugs."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plantroom_testing.counting import Publisher, now_ms, stored, telemetry
from plantroom_testing.files import options_of
from plantroom_testing.influx import InfluxServer
from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.mqtt import publish_burst
from plantroom_testing.product import ADMIN_TOKEN, Launch, Product, wait_for

SITE = """
site: riverside
assets:
  - {id: P-101, class: pump}
  - {id: P-102, class: pump}
"""
RULES = """
- {id: vibration-high, class: pump, when: vibration > 4.0, for: 2s, severity: warning, title: {en: High},
   work_order: {priority: high, skill: mechanical}}
- {id: hot, class: pump, when: bearing_temp > 80, severity: major, title: {en: Hot}}
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return options_of(tmp_path, SITE, RULES)


def assert_all_stored_once(product: Product, sent: list[tuple[int, float]]) -> None:
    wait_for(
        lambda: len(stored(product)) >= len(sent), what=f"{len(sent)} samples", log=product.log, patience=120
    )
    assert stored(product) == sent


def alarms(product: Product, **filters: Any) -> list[Any]:
    return product.items("/alarms", **filters)


def test_no_accepted_sample_is_lost_when_everything_of_ours_is_killed_while_publishing(
    launch: Launch, files: list[str], mosquitto: Mosquitto
) -> None:
    chance = random.Random(7)
    product = launch("up", *files, "--broker", mosquitto.url)
    publisher = Publisher(mosquitto.port, rate=400)
    publisher.start()

    for _ in range(4):
        time.sleep(chance.uniform(0.3, 2.5))
        product.kill()
        product = launch("up", *files, "--broker", mosquitto.url)
    sent = publisher.end()

    assert_all_stored_once(product, sent)


def test_a_timer_goes_on_through_kills_and_the_activation_says_when_it_was_due(
    launch: Launch, files: list[str], mosquitto: Mosquitto
) -> None:
    product = launch("up", *files, "--broker", mosquitto.url)
    onset = now_ms()
    publish_burst(mosquitto.port, [telemetry(onset, vibration=5.0)])
    wait_for(lambda: product.metric("plantroom_messages_total") >= 1, what="message", log=product.log)

    product.kill()
    again = launch("up", *files, "--broker", mosquitto.url)
    alarm = wait_for(lambda: next(iter(alarms(again)), None), what="alarm", log=again.log)

    from plantroom.domain.report import to_rfc3339

    assert alarm["active_since"] == to_rfc3339(onset + 2_000)
    assert alarm["activations"] == 1


def test_killing_at_any_moment_around_an_alarm_makes_exactly_one_alarm_and_one_order(
    launch: Launch, files: list[str], mosquitto: Mosquitto
) -> None:
    chance = random.Random(11)
    product = launch("up", *files, "--broker", mosquitto.url)
    for kill in range(3):
        publish_burst(
            mosquitto.port, [telemetry(now_ms() + step, vibration=5.0 + kill / 10) for step in range(5)]
        )
        time.sleep(chance.uniform(0.0, 0.3))
        product.kill()
        product = launch("up", *files, "--broker", mosquitto.url)
    publish_burst(mosquitto.port, [telemetry(now_ms() + 3_000, vibration=5.5)])

    wait_for(lambda: alarms(product), what="alarm", log=product.log)
    wait_for(lambda: product.items("/work-orders"), what="work order", log=product.log)
    time.sleep(2)

    assert [(alarm["rule"], alarm["activations"]) for alarm in alarms(product)] == [("vibration-high", 1)]
    assert len(product.items("/work-orders")) == 1


def test_what_happened_while_we_were_stopped_still_alarms_with_the_time_when_it_happened(
    launch: Launch, files: list[str], mosquitto: Mosquitto
) -> None:
    product = launch("up", *files, "--broker", mosquitto.url)
    product.terminate()
    happened = now_ms()
    publish_burst(
        mosquitto.port, [telemetry(happened, bearing_temp=95.0), telemetry(happened + 500, bearing_temp=50.0)]
    )

    again = launch("up", *files, "--broker", mosquitto.url)
    alarm = wait_for(
        lambda: next((a for a in alarms(again) if a["cleared_at"]), None), what="alarm", log=again.log
    )

    from plantroom.domain.report import to_rfc3339

    assert (alarm["state"], alarm["active_since"], alarm["cleared_at"]) == (
        "cleared_unacked",
        to_rfc3339(happened),
        to_rfc3339(happened + 500),
    )


@pytest.fixture
def influx(tmp_path: Path) -> Iterator[InfluxServer]:
    server = InfluxServer(tmp_path / "influx")
    server.start()
    yield server
    server.kill()


Apart = Callable[[], tuple[Product, Product]]


@pytest.fixture
def apart(launch: Launch, files: list[str], mosquitto: Mosquitto, influx: InfluxServer) -> Apart:
    """Run the API and the pipeline as processes of their own."""
    url = f"{influx.url}/plantroom"

    def run() -> tuple[Product, Product]:
        api = launch("api", *files, "--influx", url)
        pipeline = launch_pipeline(launch, files, mosquitto=mosquitto, influx=url, api=api.url)
        return api, pipeline

    return run


def launch_pipeline(
    launch: Launch, files: list[str], *, mosquitto: Mosquitto, influx: str, api: str
) -> Product:
    return launch(
        "ingest",
        *files,
        "--broker",
        mosquitto.url,
        "--influx",
        influx,
        "--api",
        api,
        environment={"PLANTROOM_API_TOKEN": ADMIN_TOKEN},
    )


def test_a_short_alarm_during_a_restart_of_the_api_arrives(
    apart: Apart, launch: Launch, files: list[str], mosquitto: Mosquitto, influx: InfluxServer
) -> None:
    api, pipeline = apart()
    port = api.url.rpartition(":")[2]
    api.kill()
    happened = now_ms()
    publish_burst(mosquitto.port, [telemetry(happened, bearing_temp=95.0)])
    time.sleep(2)
    publish_burst(mosquitto.port, [telemetry(happened + 20_000, bearing_temp=50.0)])
    wait_for(lambda: pipeline.metric("plantroom_outbox_transitions") >= 2, what="outbox", log=pipeline.log)

    again = launch("api", *files, "--influx", f"{influx.url}/plantroom", "--port", port)
    alarm = wait_for(
        lambda: next((a for a in alarms(again) if a["cleared_at"]), None), what="alarm", log=again.log
    )

    assert (alarm["rule"], alarm["state"], alarm["activations"]) == ("hot", "cleared_unacked", 1)


def test_a_pipeline_that_is_killed_and_an_api_that_is_killed_double_nothing(
    apart: Apart, launch: Launch, files: list[str], mosquitto: Mosquitto, influx: InfluxServer
) -> None:
    api, pipeline = apart()
    publish_burst(mosquitto.port, [telemetry(now_ms(), bearing_temp=95.0)])
    wait_for(lambda: alarms(api), what="alarm", log=pipeline.log)

    pipeline.kill()
    api.kill()
    port = api.url.rpartition(":")[2]
    again = launch("api", *files, "--influx", f"{influx.url}/plantroom", "--port", port)
    second = launch_pipeline(
        launch, files, mosquitto=mosquitto, influx=f"{influx.url}/plantroom", api=again.url
    )
    publish_burst(mosquitto.port, [telemetry(now_ms(), bearing_temp=96.0)])
    wait_for(lambda: second.metric("plantroom_messages_total") >= 1, what="message", log=second.log)
    time.sleep(2)

    assert [(alarm["rule"], alarm["activations"]) for alarm in alarms(again)] == [("hot", 1)]


def test_everything_arrives_in_order_and_once_after_influxdb_was_away_under_load(
    apart: Apart, influx: InfluxServer, mosquitto: Mosquitto
) -> None:
    api, pipeline = apart()
    publisher = Publisher(mosquitto.port, rate=1_000)
    publisher.start()
    time.sleep(2)

    influx.kill()
    time.sleep(10)
    while_away = (pipeline.metric("plantroom_store_away"), pipeline.get_root("/health/ready").status_code)
    influx.start()
    time.sleep(2)
    sent = publisher.end()

    assert while_away == (1.0, 200)
    assert_all_stored_once(api, sent)


def test_a_sigterm_under_load_loses_nothing(launch: Launch, files: list[str], mosquitto: Mosquitto) -> None:
    product = launch("up", *files, "--broker", mosquitto.url)
    publisher = Publisher(mosquitto.port, rate=400)
    publisher.start()
    time.sleep(2)

    seconds = product.terminate()
    again = launch("up", *files, "--broker", mosquitto.url)
    sent = publisher.end()

    assert seconds < 5.0
    assert_all_stored_once(again, sent)
