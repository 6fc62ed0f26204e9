"""How often models were wrong, and what they found beside rules."""

import pytest

from plantroom.cli.detection_models import beside_rules, rate_of
from plantroom.cli.evaluating import FaultOutcome, Outcome
from plantroom.domain.text import Text
from plantroom.rules.trial.truth import Finding, Judgement, Truth, Where

YEAR_H = 8760.0
TRUTH = Truth(asset="P-1", fault="bearing_wear", point=None, start=0, end=None, severity=1.0)


def finding(rule: str, after_h: float, where: Where = Where.ON_IT) -> Finding:
    return Finding(rule=rule, asset="P-1", where=where, after=round(after_h * 3_600_000))


def fault(*findings: Finding, only_models: str = "", models_watch: bool = True) -> FaultOutcome:
    return FaultOutcome(
        asset_class="pump",
        judgement=Judgement(truth=TRUTH, findings=findings),
        only_models=Text(en=only_models),
        models_watch=models_watch,
    )


def outcome(
    *faults: FaultOutcome, hours: float = 10, elsewhere: tuple[tuple[str, str, int], ...] = ()
) -> Outcome:
    return Outcome(
        name="one",
        title=Text(en="One"),
        hours=hours,
        faults=faults,
        transitions=0,
        shown=0,
        suppressed=0,
        orders=0,
        elsewhere=elsewhere,
        wrong_rules=(),
        modelled=2,
    )


def test_a_rate_is_over_what_models_watched_while_nothing_was_wrong() -> None:
    quiet = outcome(hours=YEAR_H / 2)
    noisy = outcome(hours=YEAR_H / 2, elsewhere=(("P-1", "model-anomaly", 1), ("P-1", "pump-dry", 5)))
    broken = outcome(fault(), hours=YEAR_H, elsewhere=(("P-2", "model-anomaly", 3),))

    rate = rate_of([quiet, noisy, broken])

    assert rate is not None
    assert (rate.count, rate.asset_years, rate.per_asset_year) == (1, 2.0, 0.5)
    # Of a Poisson count of 1: 0.0253 to 5.572 (Garwood 1936).
    assert rate.low == pytest.approx(0.0253 / 2, rel=1e-2)
    assert rate.high == pytest.approx(5.572 / 2, rel=1e-3)


def test_no_false_alarm_has_an_upper_end_all_the_same() -> None:
    rate = rate_of([outcome(hours=YEAR_H)])

    assert rate is not None
    assert (rate.count, rate.low) == (0, 0.0)
    assert rate.high == pytest.approx(3.689 / 2, rel=1e-3)


def test_without_models_there_is_no_rate() -> None:
    assert rate_of([outcome(fault())]) is None


def test_models_and_rules_are_timed_apart() -> None:
    both = fault(finding("model-anomaly", 2), finding("pump-vibration-high", 9), finding("model-days", 10))

    assert both.by_model == 2 * 3_600_000
    assert both.by_rule == 9 * 3_600_000


def test_an_alarm_on_the_machine_itself_goes_before_an_earlier_one_near_it() -> None:
    near = finding("model-anomaly", 1, Where.NEAR_IT)

    assert fault(near, finding("model-anomaly", 3)).by_model == 3 * 3_600_000
    assert fault(near).by_model == 3_600_000


@pytest.mark.parametrize(
    ("found", "is_as_said"),
    [
        pytest.param(fault(finding("pump-dry", 1)), True, id="a rule finds it"),
        pytest.param(fault(finding("model-anomaly", 1)), False, id="only a model does, which nobody said"),
        pytest.param(fault(finding("model-anomaly", 1), only_models="slight"), True, id="as was said"),
        pytest.param(fault(only_models="slight"), False, id="the model does not"),
        pytest.param(fault(only_models="slight", models_watch=False), True, id="no model watches"),
        pytest.param(fault(finding("pump-dry", 1), only_models="slight"), False, id="a rule does after all"),
    ],
)
def test_a_fault_is_found_as_it_is_said(found: FaultOutcome, *, is_as_said: bool) -> None:
    assert found.as_said is is_as_said


def test_the_page_shows_where_a_model_was_first() -> None:
    page = beside_rules(
        [outcome(fault(finding("model-anomaly", 2.5), finding("pump-dry", 9))), outcome(hours=YEAR_H)]
    )

    assert "| bearing_wear on P-1 | 9.0 h | **2.5 h** |" in page
    assert "0 false alarms of models in 2.00 asset-years" in page
