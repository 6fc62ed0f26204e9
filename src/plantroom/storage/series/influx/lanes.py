"""Several requests on their way at once, those of one asset one after the other."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")

LANES: Final = 3
"""Requests on their way at once: one written by the server, one read by it, one made by us."""
MIN_SAMPLES: Final = 5_000
"""A lane is not worth its request for fewer."""


def lanes_of(assets: npt.NDArray[np.int32]) -> list[npt.NDArray[np.int64]]:
    """Divide rows by their asset, shape (n,); return the rows of each lane, ascending."""
    lanes = min(max(len(assets) // MIN_SAMPLES, 1), LANES)
    if lanes == 1:
        return [np.arange(len(assets))]
    lane = assets % lanes
    return [np.flatnonzero(lane == number) for number in range(lanes)]


def side_by_side(works: Sequence[Callable[[], Iterator[T]]]) -> list[T]:
    """Return what all `works` yield, each in a thread of its own; after an error all end at their next step.

    The threads do not keep the process from ending, whatever a server does to them.

    Raises:
        Exception: the first error of the first of the works that had one, once all have ended.
    """
    failed = threading.Event()
    results: list[Future[list[T]]] = [Future() for _ in works]
    threads = [
        threading.Thread(target=_work, args=(work, result, failed), name="influx-lane", daemon=True)
        for work, result in zip(works[1:], results[1:], strict=True)
    ]
    for thread in threads:
        thread.start()
    for work, result in zip(works[:1], results[:1], strict=True):
        _work(work, result, failed)
    for thread in threads:
        thread.join()
    return [each for result in results for each in result.result()]


def _work(work: Callable[[], Iterator[T]], result: "Future[list[T]]", failed: threading.Event) -> None:
    done = []
    try:
        for each in work():
            done.append(each)
            if failed.is_set():
                break
    except BaseException as error:
        failed.set()
        result.set_exception(error)  # raised where it was asked for
    else:
        result.set_result(done)
