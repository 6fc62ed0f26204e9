"""How remaining life is scored."""

import numpy as np
import pytest

from plantroom.models.run_to_failure import Machine
from plantroom.models.trials.cmapss import CAP, CUTS, FIRST_CUT, Predicted, predicted
from plantroom_testing.engines import engines


def said(life: list[float], truth: list[float]) -> Predicted:
    column = np.array(life)[:, None]
    return Predicted(truth=np.array(truth)[:, None], life=column, low=column - 5, high=column + 5)


def test_late_costs_more_than_early():
    assert said([60, 40], [50, 50]).phm08 == pytest.approx(np.expm1(1) + np.expm1(10 / 13))
    assert said([60], [50]).phm08 > said([40], [50]).phm08


def test_rmse_and_coverage():
    outcome = said([53, 46], [50, 50])

    assert outcome.rmse == pytest.approx((12.5) ** 0.5)
    assert said([53, 40], [50, 50]).coverage == 0.5
    assert outcome.width == 10


def test_engines_are_asked_of_models_that_have_not_seen_them(monkeypatch: pytest.MonkeyPatch):
    machines = [Machine(settings=settings, readings=sensors) for settings, sensors in engines(10)]
    seen: list[list[Machine]] = []

    class Fake:
        def __init__(self, *, cap: float, seed: int) -> None:
            assert cap == CAP

        def fit(self, others: list[Machine]) -> "Fake":
            seen.append(others)
            return self

        def predict(self, machine: Machine) -> np.ndarray:
            assert all(machine is not other for other in seen[-1])
            truth = np.arange(len(machine))[::-1]
            return np.minimum(np.stack([truth, truth, truth]), CAP)

    monkeypatch.setattr("plantroom.models.trials.cmapss.RunToFailure", Fake)

    outcome = predicted(machines)

    assert [len(others) for others in seen] == [8] * 5
    assert (outcome.rmse, outcome.phm08, outcome.coverage) == (0, 0, 1)
    assert outcome.truth.shape == (10, CUTS)
    assert outcome.truth.max() <= max(len(each) for each in machines) - FIRST_CUT


def test_too_few_engines_are_refused():
    machines = [Machine(settings=settings, readings=sensors) for settings, sensors in engines(5)]

    with pytest.raises(ValueError, match="5 engines"):
        predicted(machines)
