"""The pipeline's own figures are kept now and then, and hold nothing up."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest

from plantroom.domain.errors import StoreUnavailable
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.figures import Figures, StoreLag, figures_of
from plantroom.ingest.health import Health
from plantroom.ingest.pipeline import Pipeline
from plantroom.ingest.store_writer import StoreWriter
from plantroom.ingest.stream import Stream
from plantroom.storage.files import load_installation
from plantroom_testing.filled_plant import FIGURES

NOW = 1_763_750_000_000


class FakeFigures:
    def __init__(self) -> None:
        self.kept: list[tuple[str, dict[str, float], int]] = []
        self.away = False

    def put(self, pipeline: str, figures: Mapping[str, float], *, at: int) -> None:
        if self.away:
            raise StoreUnavailable("connection refused")
        self.kept.append((pipeline, dict(figures), at))

    def close(self) -> None: ...


@pytest.fixture
async def pipeline(tmp_path: Path) -> AsyncIterator[Pipeline]:
    (tmp_path / "site.yaml").write_text("site: s\nassets:\n  - {id: P-1, class: pump}\n")
    stream = Stream(installation=load_installation(sites=[tmp_path / "site.yaml"]), folder=tmp_path)
    async with httpx.AsyncClient() as client:
        writer = StoreWriter(
            journal=stream.journal,
            store=None,  # type: ignore[arg-type]  # nothing is written here
            cursor=tmp_path / "stored",
            on_rejected=lambda *_: None,
        )
        yield Pipeline(
            stream=stream, store_writer=writer, delivery=Delivery(stream.outbox, client), health=Health()
        )
    writer.close()
    stream.close()


async def test_figures_are_kept_under_the_name_of_the_pipeline(pipeline: Pipeline) -> None:
    pipeline.stream.tally.messages = 7
    store = FakeFigures()

    await Figures(pipeline, store, clock=lambda: NOW).put()

    ((name, figures, at),) = store.kept
    assert (name, at) == (pipeline.stream.id, NOW)
    assert (figures["messages"], figures["store_lag_s"], figures["assets_unknown"]) == (7.0, 0.0, 1.0)


async def test_a_store_that_is_away_is_asked_again_later_and_said_once(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    store = FakeFigures()
    figures = Figures(pipeline, store, clock=lambda: NOW)
    store.away = True
    await figures.put()
    await figures.put()
    store.away = False

    await figures.put()

    assert len(store.kept) == 1
    assert [record.message for record in caplog.records] == ["pipeline's figures not kept"]


class FakeDownSampler:
    def __init__(self, lag_ms: int | None) -> None:
        self.lag_ms = lag_ms


async def test_how_far_minutes_and_hours_are_behind_is_kept_once_it_is_known(pipeline: Pipeline) -> None:
    store = FakeFigures()

    for lag in (None, 65_000):
        await Figures(pipeline, store, down_sampler=FakeDownSampler(lag), clock=lambda: NOW).put()

    unknown, known = (figures for _, figures, _ in store.kept)
    assert "down_sampling_lag_s" not in unknown
    assert known["down_sampling_lag_s"] == 65.0


async def test_the_dashboards_are_tried_with_just_these_figures(pipeline: Pipeline) -> None:
    assert set(FIGURES) == figures_of(pipeline).keys() | {"store_lag_s", "down_sampling_lag_s"}


async def test_whether_something_holds_is_1_or_0(pipeline: Pipeline) -> None:
    before = figures_of(pipeline)
    pipeline.health.broker = ""

    after = figures_of(pipeline)

    assert (before["ready"], before["broker_connected"]) == (0.0, 0.0)
    assert (after["ready"], after["broker_connected"]) == (1.0, 1.0)


def test_the_lag_is_how_long_the_oldest_unstored_record_has_waited() -> None:
    lag = StoreLag()

    assert lag.note(last=10, stored=10, now=0) == 0
    assert lag.note(last=20, stored=10, now=10_000) == 0
    assert lag.note(last=30, stored=10, now=20_000) == 10
    assert lag.note(last=30, stored=20, now=30_000) == 10
    assert lag.note(last=30, stored=30, now=40_000) == 0
