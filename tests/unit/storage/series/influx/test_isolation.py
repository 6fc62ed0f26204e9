import numpy as np
import numpy.typing as npt
import pytest

from plantroom.storage.series.influx import isolation
from plantroom.storage.series.influx.connection import Refusal
from plantroom.storage.series.influx.isolation import isolate

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


def refused(server: Server, count: int = 100, *, groups: int = 1) -> list[int]:
    rows = np.arange(count)
    rejections = isolate(rows, groups=rows % groups, send=server.send, lines_in=len)
    return [row for each in rejections for row in each.rows.tolist()]


@pytest.mark.parametrize("counts", [False, True], ids=["silent", "counting"])
@pytest.mark.parametrize("poison", [set(), {0}, {99}, {5, 50, 51}, set(range(0, 100, 7)), set(range(100))])
def test_only_the_refused_are_left(poison: set[int], counts: bool) -> None:
    server = Server(poison, counts=counts)

    assert refused(server) == sorted(poison)
    assert server.kept == set(range(100)) - poison


def test_refused_of_one_field_cost_few_requests_where_the_server_counts() -> None:
    server = Server(set(range(0, 10_000, 5)), counts=True)

    assert len(refused(server, 10_000, groups=5)) == 2_000
    assert server.requests == 5


def test_the_search_ends_and_loses_nothing_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "MAX_ATTEMPTS", 20)
    server = Server(set(range(0, 1000, 2)), counts=False)

    found = refused(server, 1000)

    assert server.requests <= 20
    assert set(found) >= server.poison
    assert server.kept == set(range(1000)) - server.poison


def test_reasons_are_told_apart() -> None:
    def send(rows: Rows) -> Refusal | None:
        return Refusal(reason=f"reason {rows[0] % 2}") if len(rows) == 1 else Refusal(reason="several")

    rejections = isolate(np.arange(4), groups=np.zeros(4), send=send, lines_in=len)

    assert sorted((each.reason, each.rows.tolist()) for each in rejections) == [
        ("reason 0", [0, 2]),
        ("reason 1", [1, 3]),
    ]
