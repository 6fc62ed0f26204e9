"""What models derive is the same live, after a restart and after a crash, and is taken for no reading."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from plantroom.domain.installation import Installation
from plantroom.ingest.presence.status import Status
from plantroom.ingest.scoring import Models
from plantroom.ingest.stream import Stream
from plantroom.models.bundle import Bundle
from plantroom.models.frame import Floats
from plantroom.models.scorer import Scorer
from plantroom.mqtt.message import Received
from plantroom.storage.files import load_installation
from plantroom_testing.modelled import T0, Running, bundle, fitted

SITE = """
site: s
models:
  pump: {gates: [{point: running, low: 0.5}], models: [{id: whole, kind: pca, points: [flow, current]}]}
assets:
  - {id: P-1, class: pump}
  - {id: P-2, class: pump}
"""
RULES = """
- id: abnormal
  class: pump
  when: anomaly > 1
  for: 60s
  severity: warning
  title: {en: Abnormal, zh: 异常}
"""
Open = Callable[..., Stream]
Derived = list[tuple[str, str, int, float]]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "pump.yaml").write_text(RULES)
    return load_installation(sites=[tmp_path / "site.yaml"], rules=[tmp_path / "rules"])


@pytest.fixture
def opened(tmp_path: Path, installation: Installation) -> Iterator[Open]:
    """Open streams on one folder; a stream that is opened again without being closed has crashed."""
    with ExitStack() as stack:

        def open_stream(bundles: list[Bundle] | None = None, folder: str = "ingest") -> Stream:
            made = Scorer(installation.table, pumps() if bundles is None else bundles)
            stream = Stream(installation=installation, folder=tmp_path / folder, models=Models(scorer=made))
            return stack.enter_context(closing(stream))

        yield open_stream


def pumps(version: int = 1) -> list[Bundle]:
    return [bundle(name, fitted(Running("flow")), version=version) for name in ("P-1", "P-2")]


def telemetry(at: int, *, asset: str = "P-1", **values: float) -> Received:
    payload = json.dumps({"ts": T0 + at, "values": values}).encode()
    return Received(topic=f"plantroom/v1/s/{asset}/telemetry", payload=payload, arrived=T0 + at + 100)


def feed(stream: Stream, *messages: Received) -> list[tuple[str, str, int]]:
    unkept = stream.take(messages, now=messages[-1].arrived)
    transitions = stream.apply(stream.keep(unkept))
    return [(t.asset, t.kind.value, t.at - T0) for t in transitions]


def kept(stream: Stream) -> Derived:
    """Return all derived samples in the journal."""
    table = stream.journal.table
    reader, found = stream.journal.reader(after=0), []
    for record in reader.read(max_samples=10**6):
        batch = record.batch
        for point, ts, value in zip(batch.point, batch.ts, batch.value, strict=True):
            asset, name = table.keys[point]
            if name.startswith("anomaly"):
                found.append((asset, name, int(ts) - T0, float(value)))
    reader.close()
    return found


COURSE = [
    telemetry(at, asset=asset, flow=3.0 + at / 60_000, current=1.0)
    for at in range(0, 420_000, 20_000)
    for asset in ("P-1", "P-2")
]


def test_derived_samples_are_kept_with_the_readings_that_brought_them(opened: Open) -> None:
    stream = opened()

    feed(stream, telemetry(0, flow=5.0))
    feed(stream, telemetry(60_000, flow=5.0))

    assert kept(stream) == [("P-1", "anomaly", 60_000, 0.5), ("P-1", "anomaly_confirmed", 60_000, 0.0)]


def test_a_rule_sees_what_models_say_in_the_same_batch(opened: Open) -> None:
    stream = opened()

    told = [
        [each for each in feed(stream, telemetry(at, flow=8.0)) if each[0] == "P-1"]
        for at in range(0, 240_000, 60_000)
    ]

    # Above 1 since the second minute ended; the minute that it has to last is over with the third.
    assert told == [[], [], [], [("P-1", "activated", 180_000)]]


@pytest.mark.parametrize("crash_at", [1, 12, 30])
@pytest.mark.parametrize("save_at", [None, 5])
def test_a_crash_changes_nothing_of_what_is_derived(opened: Open, crash_at: int, save_at: int | None) -> None:
    undisturbed = opened(folder="undisturbed")
    for message in COURSE:
        feed(undisturbed, message)

    stream = opened()
    for number, message in enumerate(COURSE):
        if number == crash_at:
            stream = opened()
        feed(stream, message)
        if number == save_at:
            stream.save()

    assert kept(stream) == kept(undisturbed)


def test_a_clean_stop_changes_nothing_of_what_is_derived(opened: Open) -> None:
    whole = opened(folder="whole")
    feed(whole, *COURSE)

    stream = opened()
    for start in range(0, len(COURSE), 5):
        feed(stream, *COURSE[start : start + 5])
        stream.close()
        stream = opened()

    assert kept(stream) == kept(whole)


def test_a_message_that_comes_again_after_a_crash_is_not_scored_again(opened: Open) -> None:
    feed(opened(), telemetry(0, flow=5.0), telemetry(60_000, flow=5.0))

    again = opened()
    feed(again, telemetry(0, flow=5.0), telemetry(60_000, flow=5.0))

    assert [value for _, name, _, value in kept(again) if name == "anomaly"] == [0.5]


def test_models_that_stay_go_on_from_what_they_remember(opened: Open, installation: Installation) -> None:
    stream = opened()
    feed(stream, telemetry(0, flow=5.0), telemetry(60_000, flow=5.0))

    first, second = pumps()[0], pumps(version=2)[1]
    stream.change_models(Models(scorer=Scorer(installation.table, [first, second])))
    feed(stream, telemetry(120_000, flow=5.0))

    assert [value for _, name, _, value in kept(stream) if name == "anomaly"] == [0.5, 1.0]


def test_a_change_of_models_is_there_after_a_crash(opened: Open, installation: Installation) -> None:
    stream = opened()
    feed(stream, telemetry(0, flow=5.0), telemetry(60_000, flow=5.0))
    stream.change_models(Models(scorer=Scorer(installation.table, pumps(version=2))))
    stream.save()
    feed(stream, telemetry(120_000, flow=5.0))

    crashed = opened(pumps(version=2))
    feed(crashed, telemetry(180_000, flow=5.0))

    assert [value for _, name, _, value in kept(crashed) if name == "anomaly"] == [0.5, 0.5, 1.0]


def test_what_models_say_is_no_sign_of_life_and_counts_as_no_reading(opened: Open) -> None:
    stream = opened()

    feed(stream, telemetry(0, flow=5.0), telemetry(60_000, flow=5.0))

    assert (stream.tally.values, int(stream.tally.samples.sum())) == (2, 2)
    assert stream.presence.counts()[Status.ONLINE] == 1


def test_the_latest_of_a_derived_point_is_shown(opened: Open) -> None:
    stream = opened()

    feed(stream, telemetry(0, flow=5.0), telemetry(60_000, flow=5.0))

    told = {(each["asset"], each["point"]): each["value"] for each in stream.latest.tell(100)}
    assert told["P-1", "anomaly"] == 0.5


def test_nobody_else_can_send_a_derived_point(opened: Open) -> None:
    stream = opened([])

    feed(stream, telemetry(0, flow=5.0, anomaly=9.0))

    assert kept(stream) == []
    assert [(letter.reason, letter.count) for letter in stream.dead_letters.changed()] == [
        ("anomaly: derived by models here, never taken from a device", 1)
    ]


def test_a_failing_model_stops_nothing_and_is_told(opened: Open) -> None:
    def fails(row: Floats) -> Floats:
        raise ZeroDivisionError("of all things")

    stream = opened([bundle("P-1", fitted(Running("flow", fails=fails))), pumps()[1]])

    feed(stream, *COURSE[:12])

    assert stream.scoring.reason == "P-1 whole: ZeroDivisionError: of all things"
    assert {asset for asset, *_ in kept(stream)} == {"P-2"}


def test_without_models_nothing_is_kept_of_them(opened: Open) -> None:
    stream = opened([])
    feed(stream, *COURSE)

    assert stream.scoring.snapshot() == {}
    assert kept(stream) == []
