"""Remaining life learnt from machines that were run to failure."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from plantroom.models.forest import boosted
from plantroom.models.run_to_failure import Machine, RunToFailure
from plantroom_testing.engines import engines


def machines(number: int, *, seed: int = 0) -> list[Machine]:
    return [Machine(settings=settings, readings=sensors) for settings, sensors in engines(number, seed=seed)]


@pytest.fixture(scope="module")
def model() -> RunToFailure:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("plantroom.models.run_to_failure.boosted", partial(boosted, trees=40))
        return RunToFailure(cap=125).fit(machines(24))


def test_it_knows_how_long_others_have(model: RunToFailure):
    off = []
    for other in machines(8, seed=1):
        low, life, high = model.predict(other)
        truth = np.minimum(np.arange(len(other))[::-1], 125)
        assert (low <= life).all()
        assert (life <= high).all()
        off.append((life - truth)[30:])

    assert np.sqrt(np.mean(np.concatenate(off) ** 2)) < 25


def test_what_comes_later_changes_nothing_said_before(model: RunToFailure):
    whole = machines(1, seed=2)[0]
    cut = Machine(settings=whole.settings[:60], readings=whole.readings[:60])

    assert_array_equal(model.predict(cut), model.predict(whole)[:, :60])


def test_it_has_to_be_fitted_first():
    with pytest.raises(ValueError, match="not fitted"):
        RunToFailure(cap=125).predict(machines(1)[0])
