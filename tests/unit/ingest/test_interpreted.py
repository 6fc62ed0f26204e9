"""Messages that were read before the intake become samples like any others."""

import numpy as np
import pytest

from plantroom.domain.samples import Quality
from plantroom.ingest.dead_letters import LetterKind
from plantroom.ingest.decode import Reading
from plantroom.ingest.intake import Intake, Taken
from plantroom.ingest.interpreted import Interpreted, Refusal, StateOfAsset
from plantroom.ingest.qualify import GONE
from plantroom.mqtt.message import Received
from plantroom_testing.telemetry import NOW, small_table

TOPIC = "spBv1.0/riverside/DDATA/gateway/P-1"


@pytest.fixture
def intake() -> Intake:
    return Intake(small_table())


def message(*readings: tuple[str, Reading], **content: object) -> Received:
    return Received(TOPIC, b"\x08\x01", NOW, content=Interpreted(readings=readings, **content))  # type: ignore[arg-type]


def samples(taken: Taken) -> list[tuple[str, str, float, Quality]]:
    """Return asset, point, value and quality of each sample."""
    keys = small_table().keys
    batch = taken.batch
    return [
        (*keys[point], value, Quality(quality))
        for point, value, quality in zip(batch.point, batch.value.tolist(), batch.quality, strict=True)
    ]


def test_its_readings_become_samples(intake):
    reading = Reading(values={"flow": 5.0, "running": True, "mode": "auto"}, ts=NOW)

    taken = intake.take([message(("P-1", reading))])

    assert samples(taken) == [
        ("P-1", "flow", 5.0, Quality.GOOD),
        ("P-1", "running", 1.0, Quality.GOOD),
        ("P-1", "mode", 1.0, Quality.GOOD),
    ]
    assert taken.letters == ()


def test_history_and_arrival_count_as_ever(intake):
    old = Reading(values={"flow": 5.0}, ts=NOW - 86_400_000, historical=True)
    timeless = Reading(values={"flow": 6.0})

    taken = intake.take([message(("P-1", old), ("P-1", timeless))])

    assert taken.batch.quality.tolist() == [Quality.HISTORICAL, Quality.GOOD]
    assert taken.batch.ts.tolist() == [NOW - 86_400_000, NOW]


def test_what_holds_no_more_makes_its_point_unknown_and_is_no_mistake(intake):
    gone = Reading(values={"flow": GONE, "running": GONE, "mode": GONE}, ts=NOW)  # type: ignore[dict-item]

    taken = intake.take([message(("P-1", gone))])

    assert np.isnan(taken.batch.value).all()
    assert set(taken.batch.quality.tolist()) == {Quality.STALE}
    assert taken.letters == ()


def test_a_bad_value_is_shown_as_text_and_not_as_the_bytes_it_came_in(intake):
    taken = intake.take([message(("P-1", Reading(values={"flow": 1e6}, ts=NOW)))])

    (letter,) = taken.letters
    assert (letter.topic, letter.reason) == (TOPIC, "flow: outside 0..500 m3/h")
    assert letter.excerpt == '{"values": {"flow": 1000000.0}}'


def test_refusals_become_dead_letters(intake):
    refusal = Refusal(reason="unknown Sparkplug device", kind=LetterKind.UNKNOWN_DEVICE, content="{}")

    taken = intake.take([message(refusals=(refusal,))])

    (letter,) = taken.letters
    assert letter.is_unknown_device
    assert (letter.topic, letter.reason, letter.excerpt) == (TOPIC, "unknown Sparkplug device", "{}")


def test_states_of_assets_are_handed_on(intake):
    taken = intake.take([message(states=(StateOfAsset(asset="P-1", online=False),))])

    (status,) = taken.statuses
    assert (status.asset, status.online, status.arrived, status.retained) == ("P-1", False, NOW, False)


def test_one_that_says_nothing_is_counted_and_that_is_all(intake):
    taken = intake.take([message()])

    assert (taken.counts.messages, taken.counts.ignored, len(taken.batch)) == (1, 0, 0)
    assert taken.letters == ()
