from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from plantroom.cli.main import plantroom
from plantroom.cli.models_tasks import LOOK_BACK, Gathering, Wanted
from plantroom.cli.models_training import Keeping, Result, Side, train_all
from plantroom.cli.models_trouble import Trouble
from plantroom.cli.models_worker import Outcome
from plantroom.domain.installation import Installation
from plantroom.domain.samples import Quality
from plantroom.domain.text import Text
from plantroom.models.history import Readings
from plantroom.models.outline import Outline
from plantroom.storage.models.registry import Registry
from plantroom_testing.files import loaded

MINUTE, DAY = 60_000, 86_400_000
NOW = 100 * DAY
SITE = """
site: s
models: {pump: {models: [{id: load, kind: expected, target: current, points: [current, flow]}]}}
assets: [{id: P-1, class: pump}, {id: P-2, class: pump}]
"""
WORSE = Text(en="it is worse", zh="更差")


@dataclass(slots=True)
class SomeMinutes:
    """A pump that ran in the last days, and one that only did so long before."""

    days: float = 5
    asked: list[int] = field(default_factory=list)

    def newest(self, asset: str) -> int | None:
        return NOW

    def read(self, outline: Outline, *, start: int, end: int) -> Mapping[tuple[str, str], Readings]:
        self.asked.append(end - start)
        ts = np.arange(start, end, MINUTE, dtype=np.int64) + MINUTE - 1
        random = np.random.default_rng(1)
        flow = 80 + random.normal(0, 5, len(ts))
        running = (ts > NOW - self.days * DAY).astype(float)
        columns = {"running": running, "flow": flow, "current": 0.2 * flow + random.normal(0, 0.2, len(ts))}
        good = np.full(len(ts), Quality.GOOD, np.uint8)
        return {("P-1", name): Readings(ts=ts, value=value, quality=good) for name, value in columns.items()}


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return loaded(tmp_path, SITE)


def gathering(installation: Installation, folder: Path, minutes: SomeMinutes) -> Gathering:
    return Gathering(
        installation=installation, minutes=minutes, trouble=Trouble(), registry=Registry(folder), now=NOW
    )


def train(gathered: Gathering, wanted: Wanted) -> list[Result]:
    assets = gathered.installation.table.assets
    return train_all(assets, gathered, wanted, Side(jobs=1), activate=False, show=lambda _: None)


def keep(gathered: Gathering, *, worse: bool, activate: bool = False) -> Result:
    """Keep a model that was not trained, but could have been."""
    document = {"asset": "P-1", "version": 0, "models": [{"id": "load", "kind": "expected", "limit": 4.0}]}
    outcome = Outcome(asset="P-1", kept=(document, {"load/a": np.ones(2)}), worse=(WORSE,) if worse else ())
    return Keeping(gathered, activate=activate).keep(gathered.installation.table.assets[0], outcome)


def test_every_asset_gets_an_answer(installation: Installation, tmp_path: Path) -> None:
    gathered = gathering(installation, tmp_path / "models", SomeMinutes())

    trained, refused = train(gathered, Wanted())

    assert (trained.asset, trained.status) == ("P-1", "trained")
    assert trained.manifest is not None
    assert set(trained.manifest.training.libraries) == {
        "plantroom",
        "python",
        "numpy",
        "scipy",
        "scikit-learn",
    }
    assert (refused.asset, refused.status) == ("P-2", "refused")
    assert set(gathered.registry.active().models) == {"P-1"}


def test_a_machine_may_be_gated_by_the_one_that_it_is_part_of(tmp_path: Path) -> None:
    site = SITE.replace("{pump: {models:", "{pump: {gates: [{point: parent.running, low: 0.5}], models:")
    chiller = "{id: CH-1, class: chiller, models: off}"
    installation = loaded(tmp_path, site.replace("[{id: P-1,", f"[{chiller}, {{id: P-1, parent: CH-1,"))
    gathered = gathering(installation, tmp_path / "models", SomeMinutes())

    [task] = gathered.tasks([installation.table.assets[1]], Wanted())

    assert [asset.id for asset in task.table.assets] == ["CH-1", "P-1"]


def test_it_is_looked_further_back_only_where_a_month_is_too_little(
    installation: Installation, tmp_path: Path
) -> None:
    minutes = SomeMinutes()

    train(gathering(installation, tmp_path / "models", minutes), Wanted())

    days = [asked // DAY for asked in minutes.asked]
    assert days == [30, 30, LOOK_BACK.days]


def test_a_time_that_a_person_gave_is_not_made_longer(installation: Installation, tmp_path: Path) -> None:
    minutes = SomeMinutes()

    train(
        gathering(installation, tmp_path / "models", minutes),
        Wanted(days=timedelta(days=4), looks_back=False),
    )

    assert [asked // DAY for asked in minutes.asked] == [4, 4]


def test_a_worse_model_is_kept_and_waits_for_a_person(installation: Installation, tmp_path: Path) -> None:
    gathered = gathering(installation, tmp_path / "models", SomeMinutes())
    keep(gathered, worse=False)

    waiting = keep(gathered, worse=True)

    assert (waiting.status, waiting.reasons[0]) == ("kept", WORSE)
    assert gathered.registry.standings()["P-1"].active == 1
    assert keep(gathered, worse=True, activate=True).status == "trained"
    assert gathered.registry.standings()["P-1"].active == 3


def test_what_failed_is_told_and_keeps_what_is_at_work(installation: Installation, tmp_path: Path) -> None:
    gathered = gathering(installation, tmp_path / "models", SomeMinutes())
    keep(gathered, worse=False)

    failed = Keeping(gathered, activate=True).keep(
        installation.table.assets[0], Outcome(asset="P-1", failed="Traceback\n  ...\nKeyError: 'flow'\n")
    )

    assert (failed.status, failed.reasons[0].en) == ("failed", "KeyError: 'flow'")
    assert gathered.registry.standings()["P-1"].active == 1


def test_that_nobody_could_be_asked_about_alarms_is_said(installation: Installation, tmp_path: Path) -> None:
    gathered = gathering(installation, tmp_path / "models", SomeMinutes())

    result = keep(replace(gathered, trouble=Trouble(is_known=False)), worse=False)

    assert "alarms and work orders could not be asked" in result.reasons[-1].en


def test_a_person_goes_back_and_forth_between_versions(installation: Installation, tmp_path: Path) -> None:
    gathered = gathering(installation, tmp_path / "models", SomeMinutes())
    keep(gathered, worse=False)
    keep(gathered, worse=False)
    run = CliRunner()
    models = ("--models", str(gathered.registry.folder))

    back = run.invoke(plantroom, ["models", "rollback", "P-1", *models])
    further = run.invoke(plantroom, ["models", "rollback", "P-1", *models])
    forth = run.invoke(plantroom, ["models", "rollback", "P-1", "--to", "2", *models])
    off = run.invoke(plantroom, ["models", "rollback", "P-1", "--off", *models])

    assert back.output == "P-1: version 1 is at work, before it was 2\n"
    assert "P-1 has no version before 1; it has [1, 2]" in further.output
    assert forth.output == "P-1: version 2 is at work, before it was 1\n"
    assert off.output == "P-1: no models at work\n"
    assert gathered.registry.active().models == {}


def test_an_asset_without_models_cannot_go_back(installation: Installation, tmp_path: Path) -> None:
    gathered = gathering(installation, tmp_path / "models", SomeMinutes())
    keep(gathered, worse=False)

    said = CliRunner().invoke(
        plantroom, ["models", "rollback", "P1", "--models", str(gathered.registry.folder)]
    )

    assert said.exit_code == 2
    assert "no models of 'P1'; did you mean P-1?" in said.output


def test_an_unusable_model_is_listed_as_such(installation: Installation, tmp_path: Path) -> None:
    gathered = gathering(installation, tmp_path / "models", SomeMinutes())
    keep(gathered, worse=False)
    (gathered.registry.folder / "assets/P-1/1.npz").write_bytes(b"damaged")

    said = CliRunner().invoke(plantroom, ["models", "list", "--models", str(gathered.registry.folder)])

    assert "P-1 version 1 (active)" in said.output
    assert "NOT USABLE" in said.output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--asset", "P1"], "no asset 'P1' with models; did you mean P-1"),
        (["--class", "pmp"], "no class 'pmp' with models; did you mean pump?"),
        (["--days", "3", "--from", "-7d"], "give --days or --from, not both"),
        (["--from", "-1d", "--to", "-7d"], "must be before --to"),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, given: list[str], told: str) -> None:
    loaded(tmp_path, SITE)
    site = ["--site", str(tmp_path / "site.yaml"), "--data", str(tmp_path / "data")]

    said = CliRunner().invoke(plantroom, ["models", "train", *site, *given])

    assert said.exit_code == 2
    assert told in said.output


def test_a_backend_that_joblib_does_not_know_is_told(installation: Installation, tmp_path: Path) -> None:
    from click import BadParameter

    gathered = gathering(installation, tmp_path / "models", SomeMinutes())

    with pytest.raises(BadParameter, match="nowhere"):
        train_all(
            installation.table.assets,
            gathered,
            Wanted(),
            Side(jobs=2, backend="nowhere"),
            activate=False,
            show=lambda _: None,
        )
