"""An absence of ours extends the five minutes until what waited has been read."""

import numpy as np

from plantroom.domain.samples import SampleBatch
from plantroom.ingest.absence import LIVE_WITHIN, Absence

T0 = 1_763_750_000_000
HOUR = 3_600_000


def sample(*, age: int, arrived: int) -> SampleBatch:
    return SampleBatch(
        point=np.zeros(1, np.int32),
        ts=np.array([arrived - age], np.int64),
        value=np.ones(1),
        quality=np.zeros(1, np.uint8),
        arrived=np.array([arrived], np.int64),
        message=np.zeros(1, np.int32),
    )


def test_a_first_start_has_no_absence() -> None:
    absence = Absence(last_present=0)

    absence.returned(T0)

    assert absence.grace == 0


def test_a_restart_extends_by_the_time_since_the_last_record() -> None:
    absence = Absence(last_present=T0)

    absence.returned(T0 + HOUR)

    assert absence.grace == HOUR


def test_a_lost_connection_extends_by_the_time_it_was_lost() -> None:
    absence = Absence(last_present=0)
    absence.returned(T0)

    absence.left(T0 + 1_000)
    absence.left(T0 + 2_000)
    absence.returned(T0 + 61_000)

    assert absence.grace == 60_000


def test_it_lasts_while_old_samples_come_and_ends_when_they_have_come() -> None:
    absence = Absence(last_present=T0 - HOUR)
    absence.returned(T0)

    for second in range(0, 60, 2):
        now = T0 + second * 1_000
        absence.saw(sample(age=LIVE_WITHIN + 1, arrived=now), now)
    while_draining = absence.grace
    absence.saw(sample(age=100, arrived=T0 + 61_000), T0 + 61_000)
    just_after = absence.grace
    absence.saw(sample(age=100, arrived=T0 + 65_000), T0 + 65_000)

    assert (while_draining, just_after, absence.grace) == (HOUR, HOUR, 0)


def test_it_does_not_end_while_the_connection_is_lost_again() -> None:
    absence = Absence(last_present=T0 - HOUR)
    absence.returned(T0)
    absence.left(T0 + 1_000)

    absence.saw(sample(age=100, arrived=T0 + 30_000), T0 + 30_000)
    absence.returned(T0 + 60_000)

    assert absence.grace == HOUR + 59_000
