"""A running simulator is told what goes wrong, and tells the truth about it on a topic of its own."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from plantroom.domain.site import Site
from plantroom.domain.topics import PREFIX
from plantroom.simulators.control import Control, Truth
from plantroom.simulators.faults import Fault
from plantroom.simulators.simulation import Simulation
from plantroom.simulators.ticks import Timing
from plantroom_testing.simulation import START, SUMMER_NOON, asset_of

SITE = Site(id="s", assets=(asset_of("pump", id_="P-1"),))


def simulation(*faults: Fault) -> Simulation:
    simulated = Simulation(SITE, start=SUMMER_NOON, faults=faults)
    simulated.advance(0.0)
    simulated.advance(60.0)
    return simulated


def answers(simulated: Simulation, **command: Any) -> list[tuple[str, dict[str, Any]]]:
    told: Mapping[str, Any] = {"caller": "me", "do": "inject", "asset": "P-1", "fault": "bearing_wear"}
    payload = json.dumps({**told, **command}).encode()
    return [(topic, json.loads(answer)) for topic, answer in Control([simulated]).answers(payload)]


def test_an_injected_fault_begins_now_and_grows_as_told() -> None:
    simulated = simulation()

    ((topic, answer),) = answers(simulated, severity=0.5, ramp=120, lasts=600)

    assert topic == "plantroom-sim/v1/replies/me"
    assert answer["simulated"]
    assert answer["error"] is None
    (fault,) = simulated.faults
    assert (fault.onset, fault.ramp, fault.severity, fault.repaired) == (60.0, 120.0, 0.5, 660.0)


def test_a_repaired_fault_is_over_now() -> None:
    simulated = simulation(Fault(asset="P-1", fault="bearing_wear", onset=10.0))

    answers(simulated, do="repair")

    assert simulated.faults[0].repaired == 60.0


def test_who_does_not_have_the_asset_says_so() -> None:
    ((_, answer),) = answers(simulation(), asset="P-9")

    assert not answer["simulated"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param({"fault": "rust"}, "must be one of", id="unknown-fault"),
        pytest.param({"severity": 3}, "severity must be 0 to 1", id="too-severe"),
        pytest.param({"do": "explode"}, "expected inject or repair", id="unknown-order"),
        pytest.param({"do": "repair"}, "does not have the fault", id="nothing-to-repair"),
    ],
)
def test_what_cannot_be_done_is_answered_with_the_reason(command: dict[str, Any], said: str) -> None:
    ((_, answer),) = answers(simulation(), **command)

    assert answer["simulated"]
    assert said in answer["error"]
    assert "bearing_wear" in answer["possible"]


@pytest.mark.parametrize("payload", [b"", b"{", b'{"do": "inject"}', b'{"caller": 1}', b"\xff"])
def test_what_is_no_command_is_not_answered_and_harms_nothing(payload: bytes) -> None:
    assert list(Control([simulation()]).answers(payload)) == []


def test_the_truth_is_told_at_the_onset_and_again_at_the_end_and_never_before() -> None:
    fault = Fault(asset="P-1", fault="bearing_wear", onset=120.0, repaired=240.0)
    simulated = simulation(fault)
    truth = Truth(simulated, timing=Timing(started=START))

    told = []
    for _ in range(5):
        told.append([(topic, json.loads(payload)) for topic, payload in truth.news()])
        simulated.advance(60.0)

    before, begun, between, over, after = told
    assert before == between == after == []
    ((topic, label),) = begun
    assert topic == "plantroom-sim/v1/s/P-1/labels/bearing_wear"
    assert not topic.startswith(f"{PREFIX}/")
    assert label["to"] is None
    ((_, label),) = over
    assert (label["from"], label["to"]) == ("2025-06-15T15:08:40.000Z", "2025-06-15T15:10:40.000Z")
