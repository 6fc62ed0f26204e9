"""Advice on alarms, from how they came and went and how noisy their signal is."""

import numpy as np
import pytest

from plantroom.domain.alarm_advice import Cause, advise, rms_noise

SECOND = 1000


def times(*pairs: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    begin, end = np.array(pairs, np.int64).T * SECOND
    return begin, end


def noise_of(sigma: float, *, drift: float = 0.0, jumps: int = 0) -> np.ndarray:
    random = np.random.default_rng(7)
    value = random.normal(5, sigma, 5000) + drift * np.arange(5000)
    for place in range(jumps):
        value[place * 400 :] += 3
    return value


@pytest.mark.parametrize("sigma", [0.01, 0.3, 20.0])
def test_noise_is_measured_from_the_steps_of_a_signal(sigma: float) -> None:
    assert rms_noise(noise_of(sigma)) == pytest.approx(sigma, rel=0.05)


def test_neither_drift_nor_jumps_are_noise() -> None:
    assert rms_noise(noise_of(0.3, drift=0.05, jumps=5)) == pytest.approx(0.3, rel=0.05)


def test_few_readings_and_a_still_signal_say_nothing() -> None:
    assert rms_noise(noise_of(0.3)[:49]) is None
    assert rms_noise(np.full(1000, 4.0)) is None


def test_a_chattering_alarm_gets_deadband_and_delays() -> None:
    begin, end = times(*[(n * 10, n * 10 + 3) for n in range(50)])

    advice = advise(begin=begin, end=end, chatters=True, fleeting=50, stale=False, noise=0.123)

    assert advice.cause is Cause.CHATTERING
    assert (advice.delay_s, advice.keep_s) == (5, 10)
    assert advice.deadband == pytest.approx(0.31)
    assert advice.remaining == 0


def test_what_the_delays_would_have_left_is_counted() -> None:
    begin, end = times(*[(n * 100, n * 100 + 3) for n in range(19)], (5000, 6000), (6008, 7000))

    advice = advise(begin=begin, end=end, chatters=False, fleeting=19, stale=False, noise=None)

    assert advice.cause is Cause.FLEETING
    assert advice.delay_s == 5 or advice.delay_s is not None
    assert advice.deadband is None
    assert advice.remaining == 1


def test_a_stale_alarm_gets_no_delay() -> None:
    begin, end = times((0, 200_000))

    advice = advise(begin=begin, end=end, chatters=False, fleeting=0, stale=True, noise=1.0)

    assert (advice.cause, advice.delay_s, advice.deadband) == (Cause.STALE, None, None)


def test_an_alarm_that_is_real_each_time_is_to_be_mended() -> None:
    begin, end = times((0, 3600), (10_000, 13_600))

    assert (
        advise(begin=begin, end=end, chatters=False, fleeting=0, stale=False, noise=1.0).cause
        is Cause.FREQUENT
    )
