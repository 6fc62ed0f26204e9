"""Cases are played as they are written and compared with what happened."""

from pathlib import Path

import numpy as np
import pytest

from plantroom.domain.alarm import TransitionKind
from plantroom.domain.rule_case import RuleCase
from plantroom.domain.samples import Quality
from plantroom.rules.trial.cases import CaseResult, Told, samples_of, try_case
from plantroom.storage.files.cases import load_cases
from plantroom_testing.files import written

RULES = """
- {id: shaky, class: pump, params: {limit: 4 mm/s}, when: vibration > limit, for: 30s}
- {id: quiet, class: pump, when: vibration > 4, suppress: not running}
- {id: rated, class: pump, when: power > rated.power_kw}
"""
CASE = """
- case: shaky
  asset: {class: pump}
  rules: [%s]
  series: {running: {0s: false, 5m: true}, vibration: {0s: 2, 1m: %s}}
  until: 10m
  expect: [%s]
"""


def case(folder: Path, text: str) -> RuleCase:
    rules = written(folder, "rules.yaml", RULES)
    cases, mistakes = load_cases([written(folder, "cases.yaml", text)], rules=[rules])
    assert [str(each) for each in mistakes] == []
    return cases[0]


def tried(folder: Path, expect: str, *, rule: str = "shaky", value: str = "5") -> CaseResult:
    return try_case(case(folder, CASE % (rule, value, expect)))


def told(result: CaseResult) -> list[Told]:
    return [each.told for each in result.compared]


def test_a_case_passes_if_all_happens_at_its_time(tmp_path: Path) -> None:
    assert tried(tmp_path, "{at: 1m30s, rule: shaky, is: activated, value: 5}").passed


def test_what_happens_at_another_time_is_missing_there_and_unexpected_here(tmp_path: Path) -> None:
    result = tried(tmp_path, "{at: 1m, rule: shaky, is: activated}")

    assert told(result) == [Told.MISSING, Told.UNEXPECTED]
    assert not result.passed


def test_another_value_is_told_apart(tmp_path: Path) -> None:
    result = tried(tmp_path, "{at: 1m30s, rule: shaky, is: activated, value: 5.1}")

    assert told(result) == [Told.OTHERWISE]


def test_what_happens_without_a_sample_happens_at_its_deadline(tmp_path: Path) -> None:
    result = tried(tmp_path, "{at: 1m30s, rule: shaky, is: activated}", value="5, 2m: gone")

    unknown = result.compared[-1].happened
    assert unknown is not None
    assert unknown.kind is TransitionKind.UNKNOWN
    assert unknown.at - result.case.started == 140_000  # the last reading came at 1m50s, and holds for 30 s


def test_a_suppressed_alarm_must_be_expected_as_such(tmp_path: Path) -> None:
    released = "{at: 5m, rule: quiet, is: released}"

    unsaid = tried(tmp_path, "{at: 1m, rule: quiet, is: activated}, " + released, rule="quiet")
    said = tried(
        tmp_path, "{at: 1m, rule: quiet, is: activated, suppressed: true}, " + released, rule="quiet"
    )

    assert told(unsaid) == [Told.OTHERWISE, Told.RIGHT]
    assert said.passed


def test_a_rule_that_watches_nothing_says_what_is_lacking(tmp_path: Path) -> None:
    result = tried(tmp_path, "{at: 1m, rule: rated, is: activated}", rule="rated")

    assert result.idle == ("rated watches nothing: A-1 has no rated.power_kw",)
    assert not result.passed


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ("{0s: 2}", [2, 2, 2, 2, 2]),
        ("{0s: 2, 20s: {ramp: 4}}", [2, 3, 4, 4, 4]),
        ("{0s: 2, 10s: gone, 30s: 1}", [2, 1, 1]),
        ("{0s: 2 cm/s}", [20, 20, 20, 20, 20]),
    ],
    ids=["held", "a ramp", "gone for a while", "in another unit"],
)
def test_a_series_shows_what_is_written(tmp_path: Path, steps: str, shown: list[float]) -> None:
    text = f"""
    - case: x
      asset: {{class: pump}}
      rules: [shaky]
      series: {{vibration: {steps}}}
      until: 40s
      expect: []
    """

    assert samples_of(case(tmp_path, text)).value.tolist() == shown


def test_readings_that_are_bad_or_out_of_range_are_so(tmp_path: Path) -> None:
    text = """
    - case: x
      asset: {class: pump}
      rules: [shaky]
      series: {vibration: {0s: 2, 10s: bad, 20s: 1e9}}
      until: 20s
      expect: []
    """

    samples = samples_of(case(tmp_path, text))

    assert samples.quality.tolist() == [Quality.GOOD, Quality.NOT_A_NUMBER, Quality.RANGE]


def test_points_of_an_asset_come_in_one_message(tmp_path: Path) -> None:
    text = """
    - case: x
      assets: {P-1: {class: pump}, P-2: {class: pump}}
      every: 20s
      rules: [shaky]
      series: {P-1.running: true, P-1.vibration: 2, P-2.vibration: 2}
      until: 20s
      expect: []
    """

    samples = samples_of(case(tmp_path, text))

    assert samples.message.tolist() == [0, 0, 1, 2, 2, 3]
    assert np.diff(samples.ts)[[2, 3]].tolist() == [20_000, 0]
