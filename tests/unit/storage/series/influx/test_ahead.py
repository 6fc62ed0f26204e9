from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from plantroom.storage.series.influx.ahead import ahead


def test_all_items_come_in_order() -> None:
    with ThreadPoolExecutor(1) as worker:
        assert list(ahead(iter(["a", "b", "c"]), worker)) == ["a", "b", "c"]
        assert list(ahead(iter(()), worker)) == []


def test_the_next_item_is_made_while_the_last_is_used() -> None:
    second_made = Event()

    def items() -> Iterator[int]:
        yield 1
        second_made.set()
        yield 2

    with ThreadPoolExecutor(1) as worker:
        coming = ahead(items(), worker)
        next(coming)

        assert second_made.wait(30)


def test_an_error_in_making_reaches_the_user() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise RuntimeError("broken")

    with ThreadPoolExecutor(1) as worker, pytest.raises(RuntimeError, match="broken"):
        list(ahead(items(), worker))
