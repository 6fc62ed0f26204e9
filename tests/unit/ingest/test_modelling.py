"""The models at work are those of the registry, as it changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from plantroom.ingest.modelling import Modelling
from plantroom.ingest.scoring import Models
from plantroom.models.bundle import Bundle, to_kept
from plantroom.models.frame import Frame
from plantroom.models.pca import Pca
from plantroom.storage.models.manifest import Training
from plantroom.storage.models.registry import Registry
from plantroom_testing.modelled import asset, bundle, fitted, table

PLANT = table(asset("P-1"), asset("P-2"))


def trained(name: str) -> Bundle:
    rows = np.random.default_rng(1).normal(size=(600, 2)) + 9
    healthy = Frame(
        ts=np.arange(600) * 60_000, values=rows, live=np.ones(600, np.bool_), points=("flow", "current")
    )
    return bundle(name, fitted(Pca(points=("flow", "current")).fit(healthy)))


def put_to_work(folder: Path, name: str) -> None:
    document, arrays = to_kept(trained(name))
    training = Training(
        asset=name, asset_class="pump", plan="", start=0, end=1, rows=600, trained_at=2, metrics={}, limits={}
    )
    Registry(folder).add(training, document, arrays, activate=True)


def at_work(models: Models) -> list[tuple[str, int, bool]]:
    return sorted((each.asset, each.version, each.confirmed) for each in models.scorer.bundles)


class Scored:
    """Remembers which models it was given."""

    def __init__(self) -> None:
        self.given: list[Models] = []

    async def change_models(self, models: Models) -> None:
        self.given.append(models)


@asynccontextmanager
async def followed(modelling: Modelling) -> AsyncIterator[Scored]:
    scored = Scored()
    task = asyncio.create_task(modelling.run(scored, look=0.01))
    try:
        yield scored
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


def test_without_a_registry_there_are_no_models(tmp_path: Path) -> None:
    models = Modelling(tmp_path / "models", PLANT).models

    assert (at_work(models), models.unusable) == ([], ())


def test_the_models_at_work_are_loaded(tmp_path: Path) -> None:
    for name in ("P-1", "P-2", "elsewhere"):
        put_to_work(tmp_path, name)

    assert at_work(Modelling(tmp_path, PLANT).models) == [("P-1", 1, False), ("P-2", 1, False)]


def test_a_model_whose_file_was_changed_is_told_and_the_others_are_at_work(tmp_path: Path) -> None:
    for name in ("P-1", "P-2"):
        put_to_work(tmp_path, name)
    (tmp_path / "assets/P-1/1.npz").write_bytes(b"anything")

    models = Modelling(tmp_path, PLANT).models

    assert at_work(models) == [("P-2", 1, False)]
    assert [(fault.asset, fault.version) for fault in models.unusable] == [("P-1", 1)]
    assert "checksum" in models.unusable[0].reason


async def test_what_is_trained_meanwhile_is_put_to_work(tmp_path: Path) -> None:
    put_to_work(tmp_path, "P-1")
    modelling = Modelling(tmp_path, PLANT)

    async with followed(modelling) as scored:
        put_to_work(tmp_path, "P-2")
        await until(lambda: scored.given)

    assert at_work(scored.given[-1]) == [("P-1", 1, False), ("P-2", 1, False)]
    first, second = (models.scorer.bundles for models in (modelling.models, scored.given[-1]))
    assert second[0].models[0].detector is first[0].models[0].detector


async def test_a_version_that_is_taken_back_is_taken_back_here(tmp_path: Path) -> None:
    put_to_work(tmp_path, "P-1")
    put_to_work(tmp_path, "P-1")

    async with followed(Modelling(tmp_path, PLANT)) as scored:
        Registry(tmp_path).activate("P-1", 1)
        await until(lambda: scored.given)

    assert at_work(scored.given[-1]) == [("P-1", 1, False)]


async def test_an_index_that_cannot_be_read_leaves_what_is_known_at_work(tmp_path: Path) -> None:
    put_to_work(tmp_path, "P-1")

    async with followed(Modelling(tmp_path, PLANT)) as scored:
        (tmp_path / "index.json").write_text("{")
        await until(lambda: scored.given)

    assert at_work(scored.given[-1]) == [("P-1", 1, False)]
    assert [fault.asset for fault in scored.given[-1].unusable] == [""]


async def test_an_index_that_never_rests_is_read_all_the_same(tmp_path: Path) -> None:
    put_to_work(tmp_path, "P-1")

    async with followed(Modelling(tmp_path, PLANT)) as scored:
        for _ in range(2000):
            Registry(tmp_path).activate("P-1", 1)
            await asyncio.sleep(0.001)
            if scored.given:
                break

    assert scored.given


@pytest.mark.parametrize("kind", ["unheard_of", ""])
def test_a_model_of_a_kind_that_is_not_known_is_told(tmp_path: Path, kind: str) -> None:
    document, arrays = to_kept(trained("P-1"))
    document["models"][0]["kind"] = kind
    training = Training(
        asset="P-1", asset_class="pump", plan="", start=0, end=1, rows=1, trained_at=2, metrics={}, limits={}
    )
    Registry(tmp_path).add(training, document, arrays, activate=True)

    models = Modelling(tmp_path, PLANT).models

    assert at_work(models) == []
    assert "no kind of model" in models.unusable[0].reason
