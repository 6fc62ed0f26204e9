"""Which alarms are what a model says."""

from plantroom.domain.feedback import is_of_model


def test_alarms_of_models_are_told_by_their_rules() -> None:
    assert is_of_model("model-anomaly")
    assert not is_of_model("pump-vibration-high")
