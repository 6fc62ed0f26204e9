import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from plantroom.domain.errors import ModelUnusable
from plantroom.domain.feedback import Verdict
from plantroom.storage.models.manifest import Training
from plantroom.storage.models.registry import KEPT_VERSIONS, Registry

DOCUMENT = {"asset": "P-101", "version": 0, "models": []}


def training(asset: str = "P-101") -> Training:
    return Training(
        asset=asset, asset_class="pump", plan="abc", start=0, end=60_000, rows=1, trained_at=60_000
    )


def add(registry: Registry, asset: str = "P-101", *, activate: bool = True, value: float = 1.0) -> int:
    arrays = {"whole/mean": np.array([value, 2.0])}
    return registry.add(training(asset), DOCUMENT, arrays, activate=activate).version


def test_a_folder_that_is_not_there_has_no_models(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "models")

    assert registry.active().models == {}
    assert not registry.folder.exists()


def test_what_is_at_work_is_what_was_added(tmp_path: Path) -> None:
    add(Registry(tmp_path))

    kept = Registry(tmp_path).active().models["P-101"]

    assert kept.version == 1
    assert kept.document == {**DOCUMENT, "version": 1}
    assert kept.arrays["whole/mean"].tolist() == [1.0, 2.0]
    assert not kept.confirmed


def test_the_same_arrays_are_the_same_bytes(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry)
    add(registry)

    first, second = registry.manifests("P-101")

    assert first.sha256 == second.sha256


def test_a_version_that_is_not_put_to_work_changes_nothing(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry, value=1.0)
    before = registry.index.read_bytes()

    add(registry, value=9.0, activate=False)

    assert registry.index.read_bytes() == before
    assert [each.version for each in registry.manifests("P-101")] == [1, 2]


def test_an_older_version_is_put_to_work_again(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry, value=1.0)
    add(registry, value=9.0)

    registry.activate("P-101", 1)

    assert registry.active().models["P-101"].arrays["whole/mean"][0] == 1.0


def test_a_version_that_does_not_exist_cannot_be_put_to_work(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry)

    with pytest.raises(ModelUnusable, match="No such file"):
        registry.activate("P-101", 7)

    assert registry.standings()["P-101"].active == 1


def test_a_damaged_model_is_refused_with_its_reason_and_the_rest_is_loaded(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry, "P-101")
    add(registry, "P-102")
    (tmp_path / "assets/P-101/1.npz").write_bytes(b"something else")

    active = registry.active()

    assert set(active.models) == {"P-102"}
    assert "checksum" in active.refused["P-101"]


@pytest.mark.parametrize(
    "written", [{"format": 2}, {"version": "x"}, {}], ids=["newer", "wrong-kind", "empty"]
)
def test_a_manifest_of_another_format_is_refused(tmp_path: Path, written: dict[str, object]) -> None:
    registry = Registry(tmp_path)
    add(registry)
    path = tmp_path / "assets/P-101/1.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **written} if written else {}))

    assert "1.json" in registry.active().refused["P-101"]


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    registry = Registry(tmp_path)

    with pytest.raises(TypeError, match="objects"):
        registry.add(training(), DOCUMENT, {"a": np.array([{}])}, activate=True)


def test_pickled_arrays_are_not_loaded_even_with_the_right_checksum(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry)
    np.savez(tmp_path / "assets/P-101/1.npz", a=np.array([{}], dtype=object), allow_pickle=True)
    path = tmp_path / "assets/P-101/1.json"
    manifest = json.loads(path.read_text())
    manifest["sha256"] = hashlib.sha256((tmp_path / "assets/P-101/1.npz").read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest))

    assert "pickle" in registry.active().refused["P-101"]


def test_an_index_of_a_newer_version_is_said_to_be_one(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.index.write_text('{"format": 2, "assets": {}}')

    with pytest.raises(ModelUnusable, match=r"index\.json"):
        registry.active()


def test_two_real_faults_confirm_an_assets_models(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry)

    first = registry.record_feedback("P-101", verdict=Verdict.REAL_FAULT, alarm="a", at=1)
    second = registry.record_feedback("P-101", verdict=Verdict.REAL_FAULT, alarm="b", at=2)

    assert (first.confirmed, second.confirmed) == (False, True)
    assert registry.active().models["P-101"].confirmed


def test_many_false_alarms_take_the_confirmation_away(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry)
    for alarm in "ab":
        registry.record_feedback("P-101", verdict=Verdict.REAL_FAULT, alarm=alarm, at=1)

    for alarm in "cd":
        standing = registry.record_feedback("P-101", verdict=Verdict.FALSE_ALARM, alarm=alarm, at=2)

    assert not standing.confirmed
    assert standing.precision == 0.5


def test_a_second_verdict_on_an_alarm_replaces_the_first(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry)
    registry.record_feedback("P-101", verdict=Verdict.FALSE_ALARM, alarm="a", at=1)

    standing = registry.record_feedback("P-101", verdict=Verdict.REAL_FAULT, alarm="a", at=1, cause="worn")

    assert (standing.real_faults, standing.false_alarms) == (1, 0)
    [said] = registry.feedback("P-101")
    assert (said.cause, said.version) == ("worn", 1)


def test_old_versions_are_forgotten_but_not_the_one_at_work(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry)

    for _ in range(KEPT_VERSIONS + 3):
        add(registry, activate=False)

    versions = [each.version for each in registry.manifests("P-101")]
    assert versions == [1, *range(5, 5 + KEPT_VERSIONS)]


def test_a_number_that_a_crash_left_behind_is_not_used_again(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry)
    (tmp_path / "assets/P-101/2.npz").write_bytes(b"half")

    assert add(registry) == 3
    assert [each.version for each in registry.manifests("P-101")] == [1, 3]


def test_the_last_word_about_drift_is_kept(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry)

    registry.record_drift("P-101", {"state": "known"})
    registry.record_drift("P-101", {"state": "moved"})

    assert registry.drift("P-101") == {"state": "moved"}
    assert registry.drift("P-102") is None
