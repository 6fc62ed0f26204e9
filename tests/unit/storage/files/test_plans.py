from datetime import timedelta
from pathlib import Path

import pytest

from plantroom.domain.model import Gate, ModelPlan
from plantroom.storage.files.classes import shipped_classes
from plantroom.storage.files.plans import shipped_plans
from plantroom_testing.files import loaded, mistakes

ASSET = "assets: [{id: P-1, class: pump}]"


def plan_of(folder: Path, site: str) -> ModelPlan | None:
    return loaded(folder, site).table.assets[0].models


def test_a_machine_has_the_models_of_its_class(tmp_path: Path) -> None:
    assert plan_of(tmp_path, f"site: s\n{ASSET}") == shipped_plans()["pump"]


def test_shipped_plans_gate_on_and_read_points_that_their_class_has() -> None:
    for name, plan in shipped_plans().items():
        known = {point.name for point in shipped_classes()[name].points}
        named = {gate.point for gate in plan.gates}.union(*(each.points for each in plan.detectors))
        assert {point for point in named if "." not in point} <= known
        assert plan.detectors


@pytest.mark.parametrize(
    "site",
    [
        f"site: s\nmodels: {{pump: off}}\n{ASSET}",
        "site: s\nassets: [{id: P-1, class: pump, models: off}]",
        "site: s\nassets: [{id: P-1, class: gateway}]",
    ],
    ids=["class", "asset", "class-without"],
)
def test_models_can_be_off(tmp_path: Path, site: str) -> None:
    assert plan_of(tmp_path, site) is None


def test_an_asset_can_have_models_though_its_class_is_off(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        "site: s\nmodels: {pump: off}\nassets: [{id: P-1, class: pump, models: {use: on, models: ["
        "{id: whole, kind: pca, points: [flow, current]}]}}]",
    )

    assert plan is not None
    assert [each.points for each in plan.detectors] == [("flow", "current")]


def test_what_a_site_says_goes_before_the_product_and_the_asset_before_the_site(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        """
        site: s
        models:
          pump:
            settle: 3 min
            models:
              - {id: load, kind: expected, target: current, points: [current, flow], degree: 1, side: high}
        assets:
          - {id: P-1, class: pump, models: {gates: [{point: speed, low: 30}]}}
        """,
    )

    assert plan is not None
    assert plan.gates == (Gate(point="speed", low=30),)
    assert plan.settle == timedelta(minutes=3)
    [model] = plan.detectors
    assert (model.id, model.target, dict(model.settings)) == (
        "load",
        "current",
        {"degree": 1.0, "side": "high"},
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("pmp: off", "unknown class 'pmp'; did you mean pump?"),
        ("pump: of", "use: expected on, off or a mapping, got 'of'"),
        ("pump: {gate: []}", "unknown key 'gate'; did you mean gates?"),
        ("pump: {gates: [{point: runing}]}", "unknown point 'runing'; did you mean running?"),
        ("pump: {gates: [{point: speed, low: 3, high: 1}]}", "expected low below high, got low 3 and high 1"),
        ("gateway: on", "class gateway has no models of its own"),
        ("pump: {models: [{id: a, kind: pcb, points: [flow]}]}", "no kind of model 'pcb'; did you mean pca?"),
        ("pump: {models: [{id: a, kind: pca, points: [flw]}]}", "unknown point 'flw'; did you mean flow?"),
        ("pump: {models: [{id: a, kind: pca, points: [up.flow]}]}", "unknown relation 'up'"),
        ("pump: {models: [{id: a, kind: pca, points: []}]}", "points: expected at least one point"),
        ("pump: {models: [{id: a, kind: pca, points: [flow, flow]}]}", "points: given twice: flow"),
        ("pump: {models: [{id: a, kind: expected, points: [flow]}]}", "needs a target"),
        (
            "pump: {models: [{id: a, kind: expected, target: speed, points: [flow]}]}",
            "target: expected one of its points, got 'speed'",
        ),
        ("pump: {models: [{id: a, kind: pca, target: flow, points: [flow]}]}", "kind pca has no target"),
        (
            "pump: {models: [{id: a, kind: expected, target: flow, points: [flow], degre: 2}]}",
            "unknown key 'degre'; did you mean degree?",
        ),
        (
            "pump: {models: [{id: a, kind: pca, points: [flow]}, {id: a, kind: pca, points: [speed]}]}",
            "model a is already declared",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, written: str, told: str) -> None:
    [mistake] = mistakes(tmp_path, f"site: s\nmodels:\n  {written}\n{ASSET}")

    assert told in mistake
    assert ":3: " in mistake
