"""Down-sampling goes on beside everything else, whatever the store does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry

from plantroom.domain.errors import StoreUnavailable
from plantroom.ingest import down_sampler
from plantroom.ingest.down_sampler import SETTLED_AFTER_MS, DownSampler
from plantroom.ingest.health import Health
from plantroom.ingest.metrics import DownSamplingCollector
from plantroom.storage.series.tiers import HOUR_MS, MINUTE_MS, Retention

NOW = 1_763_750_000_000


class FakeJob:
    """Needs some steps to come up to date; complains or fails as it is told."""

    def __init__(self) -> None:
        self.until: int | None = None
        self.steps = 1
        self.stale = 0
        self.away = False
        self.complaints: tuple[str, ...] = ()
        self.done: list[str] = []

    def prepare(self, _: Retention, *, now: int) -> tuple[str, ...]:
        self.done.append(f"prepare {now - NOW}")
        return self.complaints

    def advance(self, to: int) -> bool:
        if self.away:
            raise StoreUnavailable("connection refused")
        self.done.append(f"advance {to - NOW}")
        self.steps -= 1
        self.until = to - max(self.steps, 0) * HOUR_MS
        return self.steps > 0

    def mend(self) -> int:
        self.done.append("mend")
        mended, self.stale = self.stale, 0
        return mended

    def forget(self, retention: Retention, *, now: int) -> tuple[str, ...]:
        self.done.append(f"forget {retention.raw}")
        return ()


class Bench:
    def __init__(self) -> None:
        self.job = FakeJob()
        self.health = Health()
        self.behind = False
        self.now = NOW
        self.sampler = DownSampler(
            self.job,  # type: ignore[arg-type]  # what is called is all that is asked of it here
            retention=Retention(raw=7),
            is_behind=lambda: self.behind,
            health=self.health,
            clock=lambda: self.now,
        )


@pytest.fixture
def bench() -> Bench:
    return Bench()


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[None]:
    task = asyncio.create_task(bench.sampler.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_has_settled_is_down_sampled_and_what_is_old_forgotten_at_the_end(bench: Bench) -> None:
    bench.job.steps, bench.job.stale = 2, 3

    more = [await bench.sampler.do_some() for _ in range(3)]

    settled = f"advance {-SETTLED_AFTER_MS}"
    assert more == [True, False, False]
    assert bench.job.done == ["prepare 0", settled, "mend", settled, "mend", "forget 7", settled, "mend"]
    assert bench.sampler.remade == 3


async def test_what_is_still_to_be_written_is_waited_for(bench: Bench) -> None:
    bench.behind = True

    assert not await bench.sampler.do_some()

    assert bench.job.done == ["prepare 0", "mend"]


async def test_without_room_for_tiers_health_says_so(bench: Bench) -> None:
    bench.job.complaints = ("retention policy 'hours' is missing",)

    more = [await bench.sampler.do_some() for _ in range(2)]

    assert "tiers: retention policy 'hours' is missing" in list(bench.health.reasons())
    assert (more, bench.job.done) == ([False, False], ["prepare 0"])


async def test_room_for_tiers_is_looked_for_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(down_sampler, "_PREPARE_EVERY", 0.0)
    bench.job.complaints = ("retention policy 'hours' is missing",)
    await bench.sampler.do_some()
    bench.job.complaints = ()

    await bench.sampler.do_some()

    assert bench.job.done[:3] == ["prepare 0", "prepare 0", f"advance {-SETTLED_AFTER_MS}"]
    assert bench.health.tiers == ""


async def test_a_store_that_is_away_delays_the_work(bench: Bench) -> None:
    bench.job.away = True
    await bench.sampler.do_some()
    told = bench.health.tiers
    bench.job.away = False

    await bench.sampler.do_some()

    assert told == "connection refused"
    assert bench.health.tiers == ""
    assert bench.job.until == NOW - SETTLED_AFTER_MS


async def test_being_far_behind_is_told(bench: Bench) -> None:
    bench.job.steps = 3

    await bench.sampler.do_some()

    assert bench.health.tiers == "120 min behind"


async def test_the_lag_is_a_metric(bench: Bench) -> None:
    registry = CollectorRegistry()
    registry.register(DownSamplingCollector(bench.sampler))
    unknown = registry.get_sample_value("plantroom_down_sampling_lag_seconds")
    bench.job.stale = 4
    await bench.sampler.do_some()
    bench.now += MINUTE_MS

    assert unknown is None
    assert registry.get_sample_value("plantroom_down_sampling_lag_seconds") == 360.0
    assert registry.get_sample_value("plantroom_down_sampling_remade_total") == 4.0


async def test_it_runs_by_itself_until_it_is_cancelled(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(down_sampler, "_PAUSE", 0.01)
    bench.job.away = True
    async with running(bench), asyncio.timeout(30):
        while not bench.health.tiers:
            await asyncio.sleep(0.01)
        bench.job.away = False
        while bench.job.done.count("mend") < 3:
            await asyncio.sleep(0.01)

    assert bench.health.tiers == ""
