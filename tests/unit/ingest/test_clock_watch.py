import numpy as np
import pytest

from plantroom.domain.samples import Quality, SampleBatch
from plantroom.ingest.clock_watch import ClockReport, ClockWatch
from plantroom_testing.telemetry import NOW, small_table

HOUR = 3_600_000
S = 1000


def heard(*messages, asset="P-1"):
    """Return a batch of two-sample messages, each given as (arrived, offset or None for a right clock)."""
    first = small_table().number[asset, "flow"]
    arrived = np.repeat([NOW + at for at, _ in messages], 2)
    offset = np.repeat([offset or 0 for _, offset in messages], 2)
    quality = [Quality.GOOD if offset is None else Quality.CLOCK for _, offset in messages]
    return SampleBatch(
        point=np.tile([first, first + 1], len(messages)).astype(np.int32),
        ts=arrived + offset,
        value=np.zeros(len(arrived)),
        quality=np.repeat(quality, 2).astype(np.uint8),
        arrived=arrived,
        message=np.repeat(np.arange(len(messages)), 2).astype(np.int32),
    )


def watch():
    return ClockWatch(small_table())


def wrong_by(offset, at, asset="P-1"):
    return ClockReport(asset=asset, offset=offset, at=NOW + at)


def test_three_messages_over_a_minute_with_one_offset_make_a_clock_wrong_once():
    reports = watch().observe(
        heard((0, 8 * HOUR), (30 * S, 8 * HOUR - 50), (60 * S, 8 * HOUR), (90 * S, 8 * HOUR))
    )

    assert reports == (wrong_by(8 * HOUR, 60 * S),)


def test_a_right_message_before_a_wrong_one_in_its_batch_does_not_hide_what_follows():
    together, apart = watch(), watch()
    batches: list[list[tuple[int, int | None]]] = [
        [(0, None), (1 * S, HOUR)],
        [(2 * S, None)],
        [(30 * S, HOUR), (70 * S, HOUR)],
    ]

    reports = [together.observe(heard(*batch)) for batch in batches]

    singly = [apart.observe(heard(message)) for batch in batches for message in batch]
    assert [report for some in reports for report in some] == [report for some in singly for report in some]
    assert together.snapshot().tolist() == apart.snapshot().tolist()


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([(0, HOUR), (90 * S, HOUR)], id="two messages"),
        pytest.param([(0, HOUR), (1 * S, HOUR), (59 * S, HOUR)], id="less than a minute"),
        pytest.param([(0, HOUR), (30 * S, None), (60 * S, HOUR), (90 * S, HOUR)], id="right in between"),
        pytest.param([(i * 40 * S, -HOUR + i * 400 * S) for i in range(9)], id="a backlog"),
    ],
)
def test_less_does_not(messages):
    assert watch().observe(heard(*messages)) == ()


def test_a_wrong_clock_is_right_again_after_three_right_messages_in_a_row():
    clocks = watch()
    clocks.observe(heard((0, HOUR), (30 * S, HOUR), (60 * S, HOUR)))

    reports = clocks.observe(
        heard(
            (70 * S, None), (80 * S, HOUR), (90 * S, None), (100 * S, None), (110 * S, None), (120 * S, None)
        )
    )

    assert reports == (ClockReport(asset="P-1", offset=None, at=NOW + 110 * S),)


def test_a_wrong_clock_that_becomes_wrong_by_another_hour_is_reported_anew():
    clocks = watch()
    clocks.observe(heard((0, HOUR), (30 * S, HOUR), (60 * S, HOUR)))

    reports = clocks.observe(heard(*((at * S, 2 * HOUR) for at in (100, 130, 160, 190))))

    assert reports == (wrong_by(2 * HOUR, 160 * S),)


def test_each_asset_has_its_own_clock():
    clocks = watch()
    clocks.observe(heard((0, HOUR), (30 * S, HOUR)))
    clocks.observe(heard((0, None), (30 * S, None), asset="P-2"))
    clocks.observe(heard((0, -HOUR), (30 * S, -HOUR), asset="P-4"))

    assert clocks.observe(heard((60 * S, -HOUR), asset="P-4")) == (wrong_by(-HOUR, 60 * S, asset="P-4"),)
    assert clocks.observe(heard((60 * S, HOUR))) == (wrong_by(HOUR, 60 * S),)


def test_history_says_nothing_of_a_clock():
    batch = heard((0, HOUR), (30 * S, HOUR), (60 * S, HOUR))
    batch.quality[:] = Quality.HISTORICAL

    assert watch().observe(batch) == ()


@pytest.mark.parametrize("cut", range(8))
def test_a_restart_makes_no_difference(cut):
    messages = [
        (0, HOUR),
        (30 * S, HOUR),
        (60 * S, HOUR),
        (70 * S, None),
        (80 * S, None),
        (90 * S, None),
        (99 * S, 1),
    ]
    clocks = watch()
    whole = clocks.observe(heard(*messages))

    before, after = watch(), watch()
    reports = before.observe(heard(*messages[:cut]))
    after.restore(before.snapshot(), range(4))
    reports += after.observe(heard(*messages[cut:]))

    assert reports == whole
    assert len(whole) == 2
    np.testing.assert_array_equal(after.snapshot(), clocks.snapshot())


def test_an_asset_that_is_no_more_is_forgotten_and_one_with_another_number_known():
    before, after = watch(), watch()
    before.observe(heard((0, HOUR), (30 * S, HOUR)))
    before.observe(heard((0, HOUR), (30 * S, HOUR), asset="P-2"))

    after.restore(before.snapshot(), [-1, 3, 2, 1])

    assert after.observe(heard((60 * S, HOUR), asset="P-4")) == (wrong_by(HOUR, 60 * S, asset="P-4"),)
    assert after.observe(heard((60 * S, HOUR))) == ()
