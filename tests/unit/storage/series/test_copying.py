"""What is read of an asset to be copied: all of it once, in the order of time, a little at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.storage.series import copying
from plantroom.storage.series.copying import Held, batch_of, compare, windows
from plantroom.storage.series.paging import pages
from plantroom.storage.series.port import Series
from plantroom_testing.series import table_of

DAY = 86_400_000
TABLE = table_of({"P-1": "pump"}, points=("a", "b", "c"))


def series(ts: list[int], *, value: float = 1.0) -> Series:
    times = np.array(ts, np.int64)
    return Series(ts=times, value=np.full(len(ts), value), quality=np.zeros(len(ts), np.uint8))


class Memory:
    """Series by point."""

    def __init__(self, **points: Series) -> None:
        self.points = points
        self.largest = 0

    def read(self, *, asset: str, point: str, start: int, end: int, limit: int) -> Series:
        whole = self.points[point]
        first, last = np.searchsorted(whole.ts, [start, end])
        rows = slice(first, min(int(last), int(first) + limit))
        self.largest = max(self.largest, rows.stop - rows.start)
        return Series(ts=whole.ts[rows], value=whole.value[rows], quality=whole.quality[rows])


TIMES = st.lists(st.integers(0, 400 * DAY // 3_600_000), unique=True, max_size=60).map(
    lambda hours: sorted(hour * 3_600_000 for hour in hours)
)


@settings(max_examples=60)
@given(TIMES, TIMES, TIMES)
def test_every_sample_comes_once_and_in_order(a: list[int], b: list[int], c: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copying, "ROWS", 7)
        memory = Memory(a=series(a), b=series(b), c=series(c))
        found: dict[str, list[int]] = {"a": [], "b": [], "c": []}
        before = 0
        for until, parts in windows(memory, asset="P-1", points=["a", "b", "c"], start=0, end=401 * DAY):
            for point, part in parts.items():
                assert all(before <= ts < until for ts in part.ts.tolist())
                found[point] += part.ts.tolist()
            before = until

    assert found == {"a": a, "b": b, "c": c}
    assert before == 401 * DAY


def test_a_batch_names_the_points_of_the_table() -> None:
    batch = batch_of(TABLE, "P-1", {"c": series([1, 2], value=3.0), "a": series([1]), "b": series([])})

    assert batch.point.tolist() == [2, 2, 0]
    assert batch.ts.tolist() == [1, 2, 1]
    assert batch.value.tolist() == [3.0, 3.0, 1.0]


def test_only_what_is_equal_counts() -> None:
    one = Memory(a=series([1, 2, 3, 4]))
    other = Memory(a=series([1, 2, 4, 5]))
    other.points["a"].value[1] = 9.0
    other.points["a"].quality[2] = 2

    found = compare(one, other, Held(asset="P-1", point="a", rows=4, first=1, last=4))

    assert (found.samples, found.same) == (4, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_a_series_comes_in_parts_of_a_size(size: int) -> None:
    memory = Memory(a=series([1, 2, 4, 8]))

    parts = list(pages(memory, asset="P-1", point="a", start=2, end=9, size=size))

    assert [ts for part in parts for ts in part.ts.tolist()] == [2, 4, 8]
    assert memory.largest <= size
