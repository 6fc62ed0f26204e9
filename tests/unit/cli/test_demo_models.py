"""The models that come with the demo building."""

from pathlib import Path

from plantroom.cli.demo_models import lay_out
from plantroom.ingest.modelling import Modelling
from plantroom.simulators.demo import MODELS, SITE_FILE
from plantroom.storage.files import load_installation
from plantroom.storage.models.registry import Registry

MOST_BYTES = 2_000_000


def test_every_model_is_of_this_version_and_at_work() -> None:
    table = load_installation(sites=[SITE_FILE]).table

    models = Modelling(MODELS, table).models

    assert not models.unusable
    assert not models.scorer.faults
    assert len(models.scorer.bundles) == len(Registry(MODELS).standings())


def test_all_classes_with_models_are_among_them() -> None:
    assets = load_installation(sites=[SITE_FILE]).table.assets
    trained = Registry(MODELS).standings()

    assert {each.asset_class for each in assets if each.models is not None} == {
        each.asset_class for each in assets if each.id in trained
    }


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in MODELS.rglob("*")) < MOST_BYTES


def test_a_demo_finds_them_at_its_first_start(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "models"

    lay_out(folder)

    assert Registry(folder).active().models.keys() == Registry(MODELS).active().models.keys()


def test_models_that_were_trained_since_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()

    lay_out(tmp_path / "models")

    assert not list((tmp_path / "models").iterdir())
