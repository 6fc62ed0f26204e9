"""Times as texts, many at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.report import from_rfc3339, to_rfc3339
from plantroom.domain.times import plain_times, rfc3339_texts
from plantroom.storage.series.port import EARLIEST, LATEST

MS = st.integers(EARLIEST, LATEST - 1)


@given(st.lists(MS))
def test_texts_are_those_of_one_at_a_time_and_come_back(times: list[int]) -> None:
    texts = rfc3339_texts(np.array(times, np.int64))

    assert texts == [to_rfc3339(ts) for ts in times]
    found = plain_times(texts)
    assert found is not None
    assert found.tolist() == times


def test_seconds_are_enough() -> None:
    found = plain_times(["2026-01-31T08:00:00Z"])

    assert found is not None
    assert found.tolist() == [from_rfc3339("2026-01-31T08:00:00Z")]


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T08:00:00+08:00",
        "2026-01-31T08:00:00",
        "2026-02-31T08:00:00Z",
        "2026-01-31T08:00Z",
        "now",
        "",
    ],
)
def test_any_other_text_is_left_to_who_reads_one_at_a_time(text: str) -> None:
    assert plain_times(["2026-01-31T08:00:00Z", text]) is None
