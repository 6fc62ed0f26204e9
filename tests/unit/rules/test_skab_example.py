"""The example rule for the SKAB rig, on a stand-in for its recordings."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from plantroom.domain.alarm import Transition
from plantroom.domain.samples import SampleBatch
from plantroom.rules.engine import Engine
from plantroom.storage.files import load_installation

EXAMPLE = Path(__file__).parents[3] / "examples/skab"
START = 1_763_750_000_000
SPEEDS = [
    pytest.param(0.027, 32.0, id="slow"),
    pytest.param(0.08, 77.0, id="middle"),
    pytest.param(0.21, 122.0, id="fast"),
]


def observed(flow: npt.NDArray[np.float64], *, vibration: float) -> list[Transition]:
    """Return what the engine says of a flow (l/min) measured once a second."""
    installation = load_installation(sites=[EXAMPLE / "site.yaml"], rules=[EXAMPLE / "rules"])
    number = installation.table.number
    ts = START + 1000 * np.repeat(np.arange(len(flow), dtype=np.int64), 2)
    points = [number[("P-SKAB", "flow")], number[("P-SKAB", "accelerometer_1")]]
    batch = SampleBatch(
        point=np.tile(np.array(points, np.int32), len(flow)),
        ts=ts,
        value=np.column_stack((flow, np.full(len(flow), vibration))).ravel(),
        quality=np.zeros(len(ts), np.uint8),
        arrived=ts,
        message=np.repeat(np.arange(len(flow), dtype=np.int32), 2),
    )
    return Engine(installation).observe(batch, int(ts[-1]))


def with_drop(normal: float, *, seconds: int) -> npt.NDArray[np.float64]:
    """Return ten minutes of flow with a drop of a tenth in the middle."""
    flow = np.full(600, normal)
    flow[300 : 300 + seconds] *= 0.9
    return flow


@pytest.mark.parametrize(("vibration", "normal"), SPEEDS)
def test_a_lasting_drop_raises_one_alarm_with_a_work_order(vibration: float, normal: float) -> None:
    activated, cleared = observed(with_drop(normal, seconds=60), vibration=vibration)

    assert (activated.rule, activated.at) == ("skab-flow-low", START + 320_000)
    assert activated.text.work_order is not None
    assert (cleared.kind.value, cleared.at) == ("cleared", START + 370_000)


@pytest.mark.parametrize(("vibration", "normal"), SPEEDS)
def test_a_dip_as_long_as_healthy_ones_raises_nothing(vibration: float, normal: float) -> None:
    assert observed(with_drop(normal, seconds=10), vibration=vibration) == []


@pytest.mark.parametrize(("vibration", "normal"), SPEEDS)
def test_the_flow_of_a_healthy_rig_raises_nothing(vibration: float, normal: float) -> None:
    wobble = np.random.default_rng(7).choice([-1.0, 0.0, 0.0, 1.0], size=3000)

    assert observed(normal + wobble, vibration=vibration) == []
