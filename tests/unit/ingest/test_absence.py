"""An absence of ours extends the five minutes until what waited has been read, and stops the rules' time."""

import numpy as np

from plantroom.domain.samples import SampleBatch
from plantroom.ingest.absence import BROKER, LIVE_WITHIN, SPOOL, Absence

T0 = 1_763_750_000_000
HOUR = 3_600_000


class Stopwatch:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def away_since(last_present: int) -> tuple[Absence, Stopwatch]:
    stopwatch = Stopwatch()
    return Absence(last_present=last_present, stopwatch=stopwatch), stopwatch


def samples(*, age: int, arrived: int, count: int = 1) -> SampleBatch:
    return SampleBatch(
        point=np.zeros(count, np.int32),
        ts=np.full(count, arrived - age, np.int64),
        value=np.ones(count),
        quality=np.zeros(count, np.uint8),
        arrived=np.full(count, arrived, np.int64),
        message=np.arange(count, dtype=np.int32),
    )


def test_a_first_start_has_no_absence() -> None:
    absence, _ = away_since(0)

    absence.returned(BROKER, T0)

    assert (absence.grace, absence.is_deaf) == (0, False)


def test_a_restart_extends_by_the_time_since_the_last_record() -> None:
    absence, _ = away_since(T0)

    absence.returned(BROKER, T0 + HOUR)

    assert absence.grace == HOUR


def test_a_lost_connection_extends_by_the_time_it_was_lost() -> None:
    absence, _ = away_since(0)
    absence.returned(BROKER, T0)

    absence.left(BROKER, T0 + 1_000)
    absence.left(BROKER, T0 + 2_000)
    absence.returned(BROKER, T0 + 61_000)

    assert absence.grace == 60_000


def test_a_full_spool_is_an_absence_that_a_reconnection_does_not_end() -> None:
    absence, _ = away_since(0)
    absence.returned(BROKER, T0)

    absence.left(SPOOL, T0)
    absence.left(BROKER, T0 + 1_000)
    absence.returned(BROKER, T0 + 2_000)
    while_full = absence.grace
    absence.returned(SPOOL, T0 + HOUR)

    assert (while_full, absence.grace) == (0, HOUR)


def test_grace_lasts_while_old_samples_come_and_a_minute_more_for_those_who_come_back_later() -> None:
    absence, stopwatch = away_since(T0 - HOUR)
    absence.returned(BROKER, T0)

    for _ in range(60):
        stopwatch.seconds += 2
        absence.saw(samples(age=LIVE_WITHIN + 1, arrived=T0 + 100))
    while_draining = absence.grace
    stopwatch.seconds += 59
    absence.saw(samples(age=100, arrived=T0 + 200_000))
    just_after = absence.grace
    stopwatch.seconds += 2
    absence.saw(samples(age=100, arrived=T0 + 202_000))

    assert (while_draining, just_after, absence.grace) == (HOUR, HOUR, 0)


def test_it_does_not_end_while_the_connection_is_lost_again() -> None:
    absence, stopwatch = away_since(T0 - HOUR)
    absence.returned(BROKER, T0)
    absence.left(BROKER, T0 + 1_000)

    stopwatch.seconds += 120
    absence.saw(samples(age=100, arrived=T0 + 120_000))
    absence.returned(BROKER, T0 + 121_000)

    assert absence.grace == HOUR + 120_000


def test_it_is_deaf_until_most_samples_are_younger_than_the_return() -> None:
    absence, stopwatch = away_since(T0 - 10_000)
    before = absence.is_deaf
    absence.returned(BROKER, T0)

    for _ in range(10):
        stopwatch.seconds += 1
        absence.saw(samples(age=5_000, arrived=T0 + 500, count=3))
    while_draining = absence.is_deaf
    stopwatch.seconds += 1
    absence.saw(samples(age=100, arrived=T0 + 12_000))
    stopwatch.seconds += 1.5

    assert (before, while_draining, absence.is_deaf) == (True, True, False)
