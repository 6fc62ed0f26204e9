import inspect

import pytest

from plantroom.domain.model import DETECTOR_KINDS, DetectorPlan
from plantroom.models.kinds import KINDS, detector_of, new_detector

NEITHER = {"self", "points", "target", "others"}


def settings_of(kind: type) -> set[str]:
    """Return what a detector's constructors take by name, its bases' among them."""
    own = [vars(each)["__init__"] for each in kind.__mro__ if "__init__" in vars(each) and each is not object]
    return {name for init in own for name in inspect.signature(init).parameters} - NEITHER


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_plan_files_may_say_what_a_kind_can_be_told_and_nothing_else(kind: str) -> None:
    assert DETECTOR_KINDS[kind].settings == settings_of(KINDS[kind])
    assert DETECTOR_KINDS[kind].has_target == ("target" in inspect.signature(KINDS[kind]).parameters)


def test_every_kind_that_plan_files_may_name_exists() -> None:
    assert set(DETECTOR_KINDS) == set(KINDS)


def test_a_model_has_what_its_plan_says() -> None:
    plan = DetectorPlan(id="load", kind="expected", points=("current", "flow"), target="current")

    assert new_detector(plan).points == ("current", "flow")


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (DetectorPlan(id="a", kind="pcb", points=("flow",)), "no kind of model 'pcb'"),
        (DetectorPlan(id="a", kind="expected", points=("flow",)), "model a: .*target"),
        (DetectorPlan(id="a", kind="pca", points=("flow",), settings={"deep": 3}), "model a: .*deep"),
    ],
)
def test_a_plan_that_is_none_for_its_kind_is_refused(plan: DetectorPlan, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        new_detector(plan)


def test_an_unknown_kind_that_was_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind of model 'pcb'"):
        detector_of("pcb", {})
