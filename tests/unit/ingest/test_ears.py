"""We know when we could not hear."""

import pytest

from plantroom.ingest import ears as module
from plantroom.ingest.absence import BROKER, Absence
from plantroom.ingest.ears import Ears
from plantroom.ingest.health import Health


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(module, "time", watch)
    return watch


def test_without_the_broker_we_are_deaf(watch: Watch) -> None:
    absence = Absence(last_present=0, stopwatch=watch.monotonic)
    ears = Ears(absence, Health())
    assert ears.listen().deaf

    absence.returned(BROKER, 5)
    watch.now += 3

    assert not ears.listen().deaf


@pytest.mark.parametrize(("slept", "unheard"), [(9.0, False), (11.0, True)], ids=["a moment", "long"])
def test_a_process_that_was_stopped_has_heard_nothing(watch: Watch, slept: float, unheard: bool) -> None:
    ears = Ears(Absence(last_present=0), Health())

    watch.now += slept

    assert ears.listen().unheard is unheard
    assert not ears.listen().unheard


def test_without_the_sparkplug_connection_some_are_not_heard_and_that_is_an_absence_of_the_broker(
    watch: Watch,
) -> None:
    health = Health()
    ears = Ears(Absence(last_present=0), health)
    ears.note_connection(connected=True)
    assert (ears.listen().unheard, ears.lost_for()) == (False, 0.0)

    health.sparkplug = "connection lost"
    ears.lost_for()
    watch.now += 7
    assert (ears.listen().unheard, ears.lost_for()) == (True, 7.0)

    health.sparkplug = ""
    assert (ears.listen().unheard, ears.lost_for()) == (False, 0.0)


def test_the_time_without_the_broker_is_counted_from_its_loss(watch: Watch) -> None:
    ears = Ears(Absence(last_present=0), Health())
    ears.note_connection(connected=True)
    ears.note_connection(connected=False)
    watch.now += 4
    ears.note_connection(connected=False)

    assert ears.lost_for() == 4.0
