import threading
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from plantroom.storage.series.influx.lanes import LANES, MIN_SAMPLES, lanes_of, side_by_side


@pytest.mark.parametrize(
    ("samples", "lanes"),
    [(0, 1), (1, 1), (2 * MIN_SAMPLES - 1, 1), (2 * MIN_SAMPLES, 2), (20 * MIN_SAMPLES, LANES)],
)
def test_few_samples_make_few_requests(samples: int, lanes: int) -> None:
    assert len(lanes_of(np.arange(samples, dtype=np.int32))) == lanes


def test_all_samples_of_an_asset_are_in_one_lane_in_order() -> None:
    assets = np.random.default_rng(1).integers(0, 50, LANES * MIN_SAMPLES, dtype=np.int32)

    lanes = lanes_of(assets)

    assert sorted(np.concatenate(lanes).tolist()) == list(range(len(assets)))
    assert all((np.diff(rows) > 0).all() for rows in lanes)
    assert sum(len(np.unique(assets[rows])) for rows in lanes) == len(np.unique(assets))


def test_works_go_on_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=30)

    def work(number: int) -> Iterator[int]:
        together.wait()
        yield number

    assert side_by_side([partial(work, number) for number in range(3)]) == [0, 1, 2]


@pytest.mark.parametrize("broken", [0, 1])
def test_an_error_ends_the_others_and_reaches_the_caller(broken: int) -> None:
    steps = threading.Semaphore(0)

    def endless() -> Iterator[int]:
        while True:
            steps.release()
            yield 1

    def failing() -> Iterator[int]:
        yield 1
        assert steps.acquire(timeout=30)
        raise RuntimeError("broken")

    works = [endless, endless]
    works[broken] = failing

    with pytest.raises(RuntimeError, match="broken"):
        side_by_side(works)


def test_the_threads_do_not_keep_the_process_from_ending() -> None:
    kept: list[bool] = []

    def work() -> Iterator[int]:
        kept.append(threading.current_thread().daemon)
        yield 1

    side_by_side([work, work, work])

    assert kept.count(True) == 2


def test_no_works_have_no_results() -> None:
    assert side_by_side([]) == []
