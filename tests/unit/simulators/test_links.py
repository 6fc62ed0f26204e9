"""The way of readings to the broker, sound and failing."""

from typing import Any

import numpy as np
import pytest

from plantroom.simulators.faults import Fault
from plantroom.simulators.links import SKEW_MS, Link

T = np.arange(0.0, 2000.0, 1.0)


def link(name: str, **changes: float) -> Link:
    values: dict[str, Any] = {"onset": 500.0, "repaired": 1500.0} | changes
    return Link([Fault(asset="GW-1", fault=name, **values)])


def during(column: np.ndarray) -> np.ndarray:
    return column[500:1500]


@pytest.mark.parametrize("name", ["dead_gateway", "flapping_link", "store_and_forward", "clock_skew"])
def test_outside_its_time_a_fault_changes_nothing(name: str) -> None:
    broken = link(name)
    outside = np.concatenate([T[:500], T[1500:]])

    assert broken.is_up(outside).all()
    assert broken.arrives(outside).all()
    assert not broken.skew(outside).any()


def test_through_a_dead_gateway_nothing_comes_ever() -> None:
    assert not during(link("dead_gateway").arrives(T)).any()


def test_a_flapping_link_comes_and_goes() -> None:
    up = during(link("flapping_link").is_up(T))

    assert 0.3 < up.mean() < 0.5
    assert np.count_nonzero(np.diff(up.astype(int))) > 15


def test_stored_readings_come_later_and_none_is_lost() -> None:
    broken = link("store_and_forward")

    assert during(broken.stores(T)).all()
    assert not during(broken.is_up(T)).any()
    assert broken.arrives(T).all()


def test_local_time_sent_as_utc_is_eight_hours_ahead_in_china() -> None:
    assert set(during(link("clock_skew").skew(T)).tolist()) == {SKEW_MS}
    assert SKEW_MS == 8 * 3600 * 1000


def test_only_a_link_without_faults_is_sound() -> None:
    assert Link().is_sound
    assert not link("dead_gateway").is_sound
