"""The stream gives the same transitions live, after a restart and after a crash."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from plantroom.domain.alarm import TransitionKind
from plantroom.domain.errors import SnapshotInvalid, SpoolBroken, SpoolFull
from plantroom.domain.installation import Installation
from plantroom.ingest.conditions import ASSET_OFFLINE, DEVICE_CLOCK, SPOOL_FULL, STORE_AWAY, Observation
from plantroom.ingest.notes import Notes
from plantroom.ingest.stream import Stream
from plantroom.mqtt.message import Received
from plantroom.rules.engine import Engine
from plantroom.storage.files import load_installation

T0 = 1_763_750_000_000
SITE = """
site: s
assets:
  - {id: P-1, class: pump}
  - {id: P-2, class: pump}
"""
RULES = """
- id: vibration-high
  class: pump
  when: vibration > 4.0
  for: 10s
  severity: warning
  title: {en: High vibration, zh: 振动偏高}
  work_order: {priority: high, skill: mechanical}
"""

Open = Callable[..., Stream]


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

        def open_stream(**options: Any) -> Stream:
            return stack.enter_context(
                closing(Stream(installation=installation, folder=tmp_path / "ingest", **options))
            )

        yield open_stream


def telemetry(at: int, *, asset: str = "P-1", arrived: int | None = None, **values: float) -> Received:
    payload = json.dumps({"ts": T0 + at, "values": values}).encode()
    topic = f"plantroom/v1/s/{asset}/telemetry"
    return Received(topic=topic, payload=payload, arrived=T0 + (at if arrived is None else arrived))


def feed(stream: Stream, *messages: Received) -> list[tuple[str, str, int]]:
    unkept = stream.take(messages, now=messages[-1].arrived)
    return told(stream.apply(stream.keep(unkept)))


def told(transitions: list) -> list[tuple[str, str, int]]:  # type: ignore[type-arg]
    return [(t.asset, t.kind.value, t.at - T0) for t in transitions]


def outgoing(stream: Stream) -> list[tuple[str, str]]:
    return [(document["asset"], document["kind"]) for _, document in stream.outbox.peek(100)]


def test_a_condition_that_holds_long_enough_goes_out_as_an_activation(opened: Open) -> None:
    stream = opened()

    first = feed(stream, telemetry(0, vibration=5.0))
    second = feed(stream, telemetry(10_000, vibration=5.0))

    assert first == []
    assert second == [("P-1", "activated", 10_000)]
    assert outgoing(stream) == [("P-1", "activated")]


def test_a_timer_goes_on_over_a_crash(opened: Open) -> None:
    feed(opened(), telemetry(0, vibration=5.0))

    after_crash = opened()
    transitions = feed(after_crash, telemetry(12_000, vibration=5.0))

    assert transitions == [("P-1", "activated", 10_000)]


def test_a_timer_goes_on_over_a_clean_restart(opened: Open) -> None:
    before = opened()
    feed(before, telemetry(0, vibration=5.0))
    before.close()

    transitions = told(opened().tick(T0 + 11_000))

    assert transitions == [("P-1", "activated", 10_000)]


def test_what_a_tick_decided_is_decided_again_after_a_crash(opened: Open) -> None:
    before = opened()
    feed(before, telemetry(0, vibration=5.0))
    before.tick(T0 + 11_000)

    after_crash = opened()

    assert [active.activated_at - T0 for active in after_crash.active()] == [10_000]
    assert feed(after_crash, telemetry(13_000, vibration=5.0)) == []


def test_a_checkpoint_shortens_the_replay_and_changes_nothing(opened: Open) -> None:
    before = opened()
    feed(before, telemetry(0, vibration=5.0))
    before.save()
    feed(before, telemetry(5_000, vibration=5.0))

    transitions = feed(opened(), telemetry(10_000, vibration=5.0))

    assert transitions == [("P-1", "activated", 10_000)]


def test_messages_that_come_again_after_a_crash_are_dropped_as_duplicates(opened: Open) -> None:
    message = telemetry(0, vibration=5.0, flow=10.0)
    feed(opened(), message)

    again = opened()
    unkept = again.take([message], now=T0 + 50)

    assert len(unkept.batch) == 0
    assert unkept.counts.duplicates == 2


def test_bad_input_is_remembered_over_a_crash_and_counted_once(opened: Open) -> None:
    bad = Received(topic="plantroom/v1/s/P-1/telemetry", payload=b"{broken", arrived=T0)
    feed(opened(), bad)
    feed(opened(), bad)

    (group,) = opened().dead_letters.groups()

    assert (group.topic, group.count) == ("plantroom/v1/s/P-1/telemetry", 2)


def test_conditions_of_the_pipeline_survive_a_crash_and_clear_once(opened: Open) -> None:
    seen = Observation(rule=STORE_AWAY, holds=True, at=T0, site="s", reason="connection refused")
    opened().tick(T0, Notes(observations=(seen,)))

    after_crash = opened()
    gone = Observation(rule=STORE_AWAY, holds=False, at=T0 + 5_000, site="s")
    cleared = told(after_crash.tick(T0 + 5_000, Notes(observations=(gone,))))

    assert cleared == [("plantroom", "cleared", 5_000)]
    assert after_crash.active() == []


def test_a_full_spool_refuses_before_anything_is_taken(opened: Open) -> None:
    stream = opened(spool_bytes=3_000)
    stream.journal.append(now=T0, batch=stream.take([], now=T0).batch, notes=b"{}" * 1_250)

    with pytest.raises(SpoolFull):
        stream.check_room([telemetry(0, vibration=5.0)])


def test_the_alarm_of_a_full_disk_ends_also_when_we_were_restarted_meanwhile(opened: Open) -> None:
    raised = opened().mark_full(T0, SpoolFull("disk full"))

    after_restart = opened()
    again = after_restart.mark_full(T0 + 5_000, SpoolFull("disk full"))
    ended = after_restart.tick(T0 + 9_000)
    later = after_restart.tick(T0 + 10_000)

    assert [(t.rule, t.activated_at) for t in (*raised, *again)] == [(SPOOL_FULL, T0)] * 2
    assert [(t.kind, t.activated_at) for t in ended] == [
        (TransitionKind.ACTIVATED, T0),
        (TransitionKind.CLEARED, T0),
    ]
    assert later == []


def test_a_full_disk_that_the_api_did_not_hear_of_is_in_the_outbox_when_it_is_over(opened: Open) -> None:
    stream = opened()
    stream.mark_full(T0, SpoolFull("disk full"))

    stream.tick(T0 + 9_000)
    after_crash = opened()

    assert outgoing(stream)[:2] == [("plantroom", "activated"), ("plantroom", "cleared")]
    assert after_crash.active() == []


def test_no_checkpoint_knows_what_no_record_does(opened: Open) -> None:
    message = telemetry(10_000, vibration=5.0)
    stream = opened()
    feed(stream, telemetry(0, vibration=1.0))
    stream.take([message], now=T0 + 10_000)
    stream.close()

    again = opened().take([message], now=T0 + 20_000)

    assert again.counts.duplicates == 0
    assert again.batch.value.tolist() == [5.0]


def test_no_checkpoint_passes_over_a_record_that_was_not_applied(opened: Open) -> None:
    stream = opened()
    feed(stream, telemetry(0, vibration=5.0))
    stream.keep(stream.take([telemetry(10_000, vibration=5.0)], now=T0 + 10_000))
    stream.close()

    assert outgoing(opened()) == [("P-1", "activated")]


def test_a_deaf_tick_lets_no_time_pass_live_or_after_a_crash(opened: Open) -> None:
    seen = Observation(rule=STORE_AWAY, holds=True, at=T0, site="s")
    before = opened()
    feed(before, telemetry(0, vibration=5.0))
    live = before.tick(T0 + 60_000, Notes(observations=(seen,), deaf=True))

    after_crash = opened()
    normal_again = feed(after_crash, telemetry(5_000, arrived=61_000, vibration=1.0))

    assert [(t.rule, t.kind) for t in live] == [(STORE_AWAY, TransitionKind.ACTIVATED)]
    assert normal_again == []
    assert told(after_crash.tick(T0 + 70_000)) == []


def tick_through(stream: Stream, start: int, end: int) -> list[tuple[str, str, str]]:
    found = []
    for at in range(start, end, 10_000):
        found += [(t.asset, t.rule, t.kind.value) for t in stream.tick(T0 + at)]
    return found


def test_a_silent_asset_raises_one_alarm_live_and_after_a_crash_none_again(opened: Open) -> None:
    before = opened()
    before.tick(T0)
    feed(before, telemetry(1_000, vibration=1.0), telemetry(1_000, asset="P-2", vibration=1.0))

    live = tick_through(before, 2_000, 150_000)
    after_crash = opened()

    assert sorted(live) == [("P-1", ASSET_OFFLINE, "activated"), ("P-2", ASSET_OFFLINE, "activated")]
    assert {t.rule for t in after_crash.active()} == {ASSET_OFFLINE}
    assert tick_through(after_crash, 150_000, 300_000) == []
    assert [each.status.label for each in after_crash.presence.tell(5)] == ["offline", "offline"]


def test_the_presence_of_assets_outlives_a_stop(opened: Open) -> None:
    before = opened()
    before.tick(T0)
    feed(before, telemetry(1_000, vibration=1.0))
    tick_through(before, 2_000, 80_000)
    before.close()

    after = opened()

    assert [(each.asset, each.status.label) for each in after.presence.tell(5)] == [("P-1", "stale")]
    assert ("P-1", ASSET_OFFLINE, "activated") in tick_through(after, 80_000, 130_000)


def test_an_unheard_tick_lets_no_asset_fall_silent(opened: Open) -> None:
    stream = opened()
    stream.tick(T0)
    feed(stream, telemetry(1_000, vibration=1.0))

    for at in range(2_000, 300_000, 10_000):
        assert stream.tick(T0 + at, Notes(unheard=True)) == []


def test_a_snapshot_of_another_version_is_replaced_by_evaluating_all_that_is_kept(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = opened()
    bad = Received(topic="plantroom/v1/s/P-1/telemetry", payload=b"{broken", arrived=T0)
    feed(before, bad)
    feed(before, telemetry(0, vibration=5.0))
    before.close()

    def refuse(*_: object) -> None:
        raise SnapshotInvalid("snapshot of version 0")

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "restore", refuse)
        after_upgrade = opened()

    assert feed(after_upgrade, telemetry(10_000, vibration=5.0)) == [("P-1", "activated", 10_000)]
    assert [group.count for group in after_upgrade.dead_letters.groups()] == [1]


def test_what_cannot_be_written_is_said_once(
    opened: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stream = opened()
    feed(stream, telemetry(0, vibration=5.0))

    def refuse(_: object) -> None:
        raise SpoolFull("disk full")

    monkeypatch.setattr(stream.outbox, "put", refuse)
    feed(stream, telemetry(10_000, vibration=5.0))
    for _ in range(5):
        stream.send_out()

    assert [record.message for record in caplog.records].count("transitions wait in memory") == 1


def test_an_identity_that_a_power_cut_emptied_is_made_again_and_kept(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "ingest").mkdir()
    (tmp_path / "ingest" / "id").write_text("")

    made = opened().id

    assert len(made) == 32
    assert opened().id == made


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, installation: Installation) -> None:
    (tmp_path / "ingest").write_text("a file")

    with pytest.raises(SpoolBroken, match="ingest"):
        Stream(installation=installation, folder=tmp_path / "ingest")


def test_a_device_clock_that_stays_wrong_raises_an_alarm_with_the_offset(opened: Open) -> None:
    stream = opened()

    transitions = []
    for minute in range(4):
        arrived = minute * 60_000
        message = telemetry(arrived + 8 * 3_600_000, arrived=arrived, vibration=1.0)
        unkept = stream.take([message], now=message.arrived)
        transitions += stream.apply(stream.keep(unkept))

    of_pump = [(t.rule, t.value, t.unit) for t in transitions if t.asset == "P-1"]
    assert of_pump == [(DEVICE_CLOCK, 28_800.0, "s")]


def test_the_journal_is_dropped_only_up_to_what_store_and_checkpoint_both_have(opened: Open) -> None:
    stream = opened()
    feed(stream, telemetry(0, vibration=1.0))
    stream.drop_through(1_000)

    assert told(opened().active()) == []
    assert opened().journal.last == 1


def test_transitions_wait_in_memory_while_the_outbox_cannot_be_written(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = opened()
    feed(stream, telemetry(0, vibration=5.0))

    def refuse(_: object) -> None:
        raise SpoolFull("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(stream.outbox, "put", refuse)
        feed(stream, telemetry(10_000, vibration=5.0))
        stream.save()
    assert outgoing(stream) == []
    stream.send_out()

    assert outgoing(stream) == [("P-1", "activated")]
