"""Making the next thing while the last one is used."""

from collections.abc import Iterator
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], worker: Executor) -> Iterator[T]:
    """Give `items`, each made by `worker` while the caller is busy with the one before."""
    coming = worker.submit(next, items, None)
    while (item := coming.result()) is not None:
        coming = worker.submit(next, items, None)
        yield item
