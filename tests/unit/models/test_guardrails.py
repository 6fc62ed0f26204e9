from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from plantroom.domain.model import Gate
from plantroom.domain.text import Text
from plantroom.models.frame import Frame
from plantroom.models.guardrails import (
    Incident,
    Refused,
    Zone,
    healthy_rows,
    vibration_zone,
)
from plantroom_testing.files import loaded

MINUTE, DAY = 60_000, 86_400_000
GATES = (Gate(point="running", low=0.5),)


def recorded(days: float = 10, *, runs: float = 1.0, vibration: float = 1.5) -> Frame:
    """Return minutes of a pump that runs the first part of each day."""
    rows = round(days * 1440)
    runs_now = np.arange(rows) % 1440 < runs * 1440
    values = np.column_stack((runs_now.astype(float), np.full(rows, vibration)))
    ts = np.arange(1, rows + 1, dtype=np.int64) * MINUTE
    return Frame(ts=ts, values=values, live=runs_now, points=("running", "vibration"))


def incident(start: float, end: float | None) -> Incident:
    """Return an alarm from day to day."""
    until = None if end is None else round(end * DAY)
    return Incident(
        start=round(start * DAY), end=until, what=Text(en="alarm bearing-hot", zh="报警 轴承过热")
    )


def refusal(frame: Frame, **given: object) -> Text:
    with pytest.raises(Refused) as caught:
        healthy_rows(frame, gates=GATES, **given)  # type: ignore[arg-type]
    return caught.value.reason


def test_a_machine_that_runs_and_has_no_alarms_is_learnt_whole() -> None:
    frame = recorded()

    healthy = healthy_rows(frame, gates=GATES)

    assert healthy.frame.live.all()
    assert healthy.notes == ()


def test_too_few_readings_are_refused_with_how_many_there_are() -> None:
    assert refusal(recorded(days=2)).en == "2.0 days of readings, at least 3.0 days are needed"


def test_a_machine_that_is_mostly_off_is_refused_in_both_languages() -> None:
    reason = refusal(recorded(days=10, runs=0.1))

    assert "mostly off: it ran (running) and had settled for 1.0 days of 10.0 days" in reason.en
    assert "多数时间停机" in reason.zh


def test_a_gate_that_was_never_told_is_not_taken_for_off() -> None:
    frame = recorded()
    silent = replace(frame, values=np.full_like(frame.values, np.nan), live=np.zeros(len(frame), np.bool_))

    assert "running was never told" in refusal(silent).en


def test_what_an_alarm_called_abnormal_is_left_out_with_the_day_before_it() -> None:
    healthy = healthy_rows(recorded(), gates=GATES, incidents=[incident(5, 6)])

    days = np.unique(healthy.frame.ts[~healthy.frame.live] / DAY)
    assert days.min() == pytest.approx(4, abs=0.01)
    assert days.max() == pytest.approx(6 + 1 / 24, abs=0.01)
    [note] = healthy.notes
    assert note == Text(en="2.0 days about alarm bearing-hot left out", zh="剔除报警 轴承过热前后的2.0天")


def test_an_open_order_leaves_nothing_after_it() -> None:
    healthy = healthy_rows(recorded(), gates=GATES, incidents=[incident(7, None)])

    assert not healthy.frame.live[healthy.frame.ts > 6 * DAY].any()
    assert healthy.frame.live[healthy.frame.ts < 6 * DAY].all()


def test_incidents_that_leave_too_little_refuse_with_what_they_were() -> None:
    reason = refusal(recorded(), incidents=[incident(3, 9.5)])

    assert "2.5 days of healthy running time are left" in reason.en
    assert "about alarm bearing-hot left out" in reason.en


def test_an_incident_of_another_time_is_not_mentioned() -> None:
    assert healthy_rows(recorded(), gates=GATES, incidents=[incident(-30, -20)]).notes == ()


def test_a_machine_in_zone_c_is_refused() -> None:
    reason = refusal(recorded(vibration=4.4), zone=Zone(point="vibration", limit=4.0, danger=6.6))

    assert reason.en == "in vibration zone C or D: 4.4 mm/s on its last day, C begins at 4"


def test_hours_in_zone_c_before_a_repair_are_left_out() -> None:
    frame = recorded()
    frame.values[: 2 * 1440, 1] = 5.0

    healthy = healthy_rows(frame, gates=GATES, zone=Zone(point="vibration", limit=4.0, danger=6.6))

    assert np.flatnonzero(healthy.frame.live)[0] == 2 * 1440
    assert healthy.notes[0].en == "2.0 days in vibration zone C or D left out"


def test_a_single_shaky_minute_is_no_zone() -> None:
    frame = recorded()
    frame.values[500, 1] = 9.0

    assert healthy_rows(
        frame, gates=GATES, zone=Zone(point="vibration", limit=4.0, danger=6.6)
    ).frame.live.all()


def test_a_machine_without_a_vibration_sensor_is_in_no_zone() -> None:
    frame = recorded().columns(("running",))

    assert healthy_rows(
        frame, gates=GATES, zone=Zone(point="vibration", limit=4.0, danger=6.6)
    ).frame.live.all()


def test_less_may_be_enough_if_a_person_says_so() -> None:
    assert healthy_rows(recorded(days=2), gates=GATES, least=timedelta(days=1)).frame.live.all()


@pytest.mark.parametrize(
    ("asset", "limit"),
    [
        ("rated: {vibration_category: 1, power_kw: 22}", 4.0),
        ("rated: {vibration_category: 1, power_kw: 250}", 5.0),
        ("rated: {vibration_category: 2, power_kw: 22}", 5.1),
        ("rated: {vibration_category: 2, power_kw: 22}, rules: {pump-vibration-high: {limit_2: 4.7}}", 4.7),
        ("rated: {power_kw: 22}", None),
    ],
)
def test_where_zone_c_begins_is_said_by_the_rules(tmp_path: Path, asset: str, limit: float | None) -> None:
    installation = loaded(tmp_path, f"site: s\npacks: [pump]\nassets: [{{id: P-1, class: pump, {asset}}}]")
    [site] = installation.table.sites

    zone = vibration_zone(installation.rules["s"], site.assets[0], site)

    assert (None if zone is None else zone.limit) == limit
