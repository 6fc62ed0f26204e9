from dataclasses import replace
from pathlib import Path

import pytest

from plantroom.domain.site import Asset, Point, PointKind, ValueType
from plantroom.models.kinds import new_detector
from plantroom.storage.files import load_installation
from plantroom.storage.files.plans import shipped_plans
from plantroom_testing.files import loaded, mistakes

MODELS = """
        gates: [{point: running, low: 0.5}]
        models:
          - {id: whole, kind: pca, points: [flow, current]}
          - {id: current, kind: expected, target: current, points: [current, flow]}
          - {id: bearing, kind: life, points: [vibration], limit: 7.1}
"""


def pump(folder: Path, lines: str = "", models: str = MODELS) -> Asset:
    site = f"site: s\nmodels:\n      pump:\n{models}\nassets: [{{id: P-1, class: pump, {lines}}}]\n"
    return loaded(folder, site).table.assets[0]


def derived(asset: Asset) -> dict[str, Point]:
    return {point.name: point for point in asset.points if point.kind is PointKind.DERIVED}


def test_an_asset_has_the_points_that_its_models_derive(tmp_path: Path) -> None:
    points = derived(pump(tmp_path))

    assert list(points) == [
        "anomaly",
        "anomaly_confirmed",
        "expected_current",
        "residual_current",
        "days_to_limit",
        "days_to_limit_low",
        "days_to_limit_high",
    ]
    assert points["anomaly_confirmed"].value_type is ValueType.BOOLEAN
    assert (points["expected_current"].unit, points["residual_current"].unit) == ("A", "A")
    assert points["days_to_limit"].unit == "d"
    assert points["expected_current"].label.zh == "电机电流(预期值)"


def test_a_difference_of_temperatures_is_in_kelvin(tmp_path: Path) -> None:
    models = """
        models: [{id: oil, kind: expected, target: bearing_temp, points: [bearing_temp, current]}]
    """

    points = derived(pump(tmp_path, models=models))

    assert (points["expected_bearing_temp"].unit, points["residual_bearing_temp"].unit) == ("degC", "K")


@pytest.mark.parametrize("lines", ["models: off", "class: gateway"])
def test_an_asset_without_models_has_no_derived_points(tmp_path: Path, lines: str) -> None:
    site = f"site: s\nassets: [{{id: A-1, {lines if 'class' in lines else 'class: pump, ' + lines}}}]\n"

    assert derived(loaded(tmp_path, site).table.assets[0]) == {}


def test_a_point_that_a_device_sends_under_such_a_name_stays_what_it_is(tmp_path: Path) -> None:
    asset = pump(tmp_path, "points: {anomaly: {unit: '%'}}")

    assert "anomaly" not in derived(asset)
    assert [point.unit for point in asset.measured if point.name == "anomaly"] == ["%"]


def test_no_device_can_be_mapped_to_a_derived_point(tmp_path: Path) -> None:
    site = """
        site: s
        assets: [{id: P-1, class: pump}]
        mappings: [{topic: "gw/{asset}", points: {anomaly: {path: a}}}]
    """

    assert any("anomaly" in mistake for mistake in mistakes(tmp_path, site))


def test_rules_may_speak_of_derived_points(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("site: s\nassets: [{id: P-1, class: pump}]\n")
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "- {id: abnormal, class: pump, when: anomaly > 1, severity: warning, title: {en: Abnormal}}\n"
    )

    assert load_installation(sites=[site], rules=[rules]).rules["s"][0].id == "abnormal"


def test_what_shipped_models_derive_is_declared(tmp_path: Path) -> None:
    for name, plan in shipped_plans().items():
        asset = loaded(tmp_path, f"site: s\nassets: [{{id: A-1, class: {name}}}]\n").table.assets[0]
        for detector in plan.detectors:
            # What a machine says of itself, such as `rated.power`, is any number here.
            is_limit = {key: 7.0 for key, value in detector.settings.items() if key == "limit"}
            made = new_detector(replace(detector, settings={**detector.settings, **is_limit}))
            assert set(made.derived) <= derived(asset).keys(), (name, detector.id)
