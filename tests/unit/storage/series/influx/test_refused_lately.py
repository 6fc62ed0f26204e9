import numpy as np
import pytest

from plantroom.storage.series.influx import refused_lately
from plantroom.storage.series.influx.connection import Fault, Refusal
from plantroom.storage.series.influx.refused_lately import ASK_AGAIN, SUSPECT, Marks, RefusedLately

HOUR = 3_600_000
CONFLICT = Refusal(reason="field type conflict", fault=Fault.TYPE)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> RefusedLately:
    return RefusedLately(clock)


def marks(*samples: tuple[int, int, int]) -> Marks:
    """Return the marks of samples (ts, asset, form)."""
    ts, asset, form = zip(*samples, strict=True)
    return Marks(ts=np.array(ts, np.int64), asset=np.array(asset, np.int32), form=np.array(form, np.int64))


def known(memory: RefusedLately, asked: Marks) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for each in memory.known(asked):
        found.setdefault(each.reason, []).extend(each.rows.tolist())
    return found


def test_a_field_is_known_for_the_hour_in_which_it_was_refused(memory: RefusedLately) -> None:
    memory.note(marks((5, 1, 7)), CONFLICT)

    asked = marks((HOUR - 1, 2, 7), (HOUR, 2, 7), (5, 1, 8), (-1, 1, 7))

    assert known(memory, asked) == {"field type conflict": [0]}


def test_a_field_is_sent_apart_whatever_the_hour(memory: RefusedLately, clock: Clock) -> None:
    memory.note(marks((5, 1, 7)), CONFLICT)
    asked = marks((5, 2, 7), (50 * HOUR, 2, 7), (5, 1, 8))

    now = memory.suspected(asked).tolist()
    clock.now += SUSPECT + 1

    assert now == [True, True, False]
    assert not memory.suspected(asked).any()


@pytest.mark.parametrize("fault", [Fault.TYPE, Fault.LIMIT, Fault.AGE])
def test_everything_is_asked_again_after_a_while(memory: RefusedLately, clock: Clock, fault: Fault) -> None:
    memory.note(marks((5, 1, 7)), Refusal(reason="no", fault=fault))
    asked = marks((5, 1, 7))

    before = known(memory, asked)
    clock.now += ASK_AGAIN + 1

    assert before == {"no": [0]}
    assert known(memory, asked) == {}


def test_an_asset_is_known_whatever_its_fields_and_times(memory: RefusedLately) -> None:
    memory.note(marks((5, 0, 7)), Refusal(reason="limit", fault=Fault.LIMIT))

    assert known(memory, marks((9 * HOUR, 0, 3), (5, 1, 7))) == {"limit": [0]}


def test_what_is_older_than_the_newest_that_was_too_old_is_known(memory: RefusedLately) -> None:
    memory.note(marks((5, 1, 7), (90, 1, 7)), Refusal(reason="old", fault=Fault.AGE))

    assert known(memory, marks((91, 1, 7), (90, 2, 3), (-HOUR, 1, 1))) == {"old": [1, 2]}


@pytest.mark.parametrize("fault", [Fault.OTHER, Fault.SIZE])
def test_what_says_nothing_of_other_samples_is_not_remembered(memory: RefusedLately, fault: Fault) -> None:
    memory.note(marks((5, 1, 7)), Refusal(reason="unable to parse", fault=fault))

    assert known(memory, marks((5, 1, 7))) == {}
    assert not memory.suspected(marks((5, 1, 7))).any()


def test_only_so_much_is_remembered(memory: RefusedLately, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused_lately, "_MOST", 3)
    for hour in range(10):
        memory.note(marks((hour * HOUR, 1, 7)), CONFLICT)

    assert known(memory, marks(*((hour * HOUR, 1, 7) for hour in range(10)))) == {
        "field type conflict": [7, 8, 9]
    }
