import numpy as np
import numpy.typing as npt
import pytest

from plantroom.storage.series.influx import isolation
from plantroom.storage.series.influx.connection import Refusal
from plantroom.storage.series.influx.isolation import Search, halves, isolate

Rows = npt.NDArray[np.int64]


class Server:
    """Keeps what it can of each request, and says how many it dropped if it is that talkative."""

    def __init__(self, poison: set[int], *, counts: bool) -> None:
        self.poison, self.counts = poison, counts
        self.kept: set[int] = set()
        self.requests = 0

    def send(self, rows: Rows) -> Refusal | None:
        self.requests += 1
        bad = self.poison & set(rows.tolist())
        self.kept |= set(rows.tolist()) - bad
        return Refusal(reason="poison", dropped=len(bad) if self.counts else None) if bad else None


def search_on(server: Server, *, groups: int = 1) -> Search:
    """Divide by remainder first, where there are several groups."""

    def divide(rows: Rows, _: Refusal) -> list[Rows]:
        parts = [rows[rows % groups == group] for group in np.unique(rows % groups)]
        return parts if len(parts) > 1 else halves(rows)

    return Search(
        send=server.send, is_whole=lambda rows, refusal: refusal.dropped == len(rows), divide=divide
    )


def refused(server: Server, count: int = 100, *, groups: int = 1) -> list[int]:
    rows = np.arange(count)
    refusal = server.send(rows)
    found = [] if refusal is None else isolate(rows, refusal, search_on(server, groups=groups))
    return sorted(row for each in found for row in each.rows.tolist())


@pytest.mark.parametrize("counts", [False, True], ids=["silent", "counting"])
@pytest.mark.parametrize("poison", [set(), {0}, {99}, {5, 50, 51}, set(range(0, 100, 7)), set(range(100))])
def test_only_the_refused_are_left(poison: set[int], counts: bool) -> None:
    server = Server(poison, counts=counts)

    assert refused(server) == sorted(poison)
    assert server.kept == set(range(100)) - poison


def test_refused_of_one_field_cost_few_requests_where_the_server_counts() -> None:
    server = Server(set(range(0, 10_000, 5)), counts=True)

    assert len(refused(server, 10_000, groups=5)) == 2_000
    assert server.requests == 6


def test_the_search_ends_and_loses_nothing_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "MAX_ATTEMPTS", 20)
    server = Server(set(range(0, 1000, 2)), counts=False)

    found = refused(server, 1000)

    assert server.requests <= 21
    assert set(found) >= server.poison
    assert server.kept == set(range(1000)) - server.poison


def test_what_is_given_up_is_not_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "MAX_ATTEMPTS", 4)
    server = Server({3, 77}, counts=False)
    rows = np.arange(100)

    found = isolate(rows, Refusal(reason="poison"), search_on(server))

    assert {3, 77} <= {row for each in found for row in each.rows.tolist()}
    assert not any(each.certain for each in found)
