"""What people found, and from when on a model is believed."""

import pytest

from plantroom.domain.feedback import Tally, is_of_model


@pytest.mark.parametrize(
    ("real", "false", "precision", "confirmed"),
    [
        pytest.param(0, 0, None, False, id="nobody-said-anything"),
        pytest.param(2, 0, 1.0, False, id="two-may-be-chance"),
        pytest.param(3, 0, 1.0, True, id="three-real-faults"),
        pytest.param(3, 1, 0.75, True, id="one-in-four-was-false"),
        pytest.param(3, 2, 0.6, False, id="too-many-were-false"),
        pytest.param(0, 4, 0.0, False, id="all-false"),
    ],
)
def test_a_model_is_believed_after_three_real_faults_and_few_false_alarms(
    real: int, false: int, precision: float | None, confirmed: bool
) -> None:
    tally = Tally(real=real, false=false)

    assert (tally.precision, tally.confirmed) == (precision, confirmed)


def test_alarms_of_models_are_told_by_their_rules() -> None:
    assert is_of_model("model-anomaly")
    assert not is_of_model("pump-vibration-high")
