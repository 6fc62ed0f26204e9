"""Reports survive being written down."""

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.report import from_document, to_document
from plantroom.domain.rule import Dependence, Severity

SUPPRESSED = Transition(
    site="riverside",
    asset="P-101",
    rule="pump-flow-low",
    kind=TransitionKind.SUPPRESSED,
    at=2_000,
    activated_at=1_000,
    text=AlarmText(severity=Severity.MAJOR, group="flow", inhibits=(Dependence.FED_BY, Dependence.PARENT)),
    suppressed=True,
    cause="0123456789abcdef0123",
)


def test_a_report_comes_back_whole() -> None:
    found = from_document(to_document(SUPPRESSED))

    assert found == SUPPRESSED
    assert found.text.inhibits == (Dependence.FED_BY, Dependence.PARENT)


def test_a_report_from_before_there_was_suppression_is_of_an_alarm_that_is_not_suppressed() -> None:
    document = to_document(SUPPRESSED)
    for later in ("suppressed", "cause", "inhibits"):
        del document[later]

    found = from_document(document)

    assert (found.suppressed, found.cause, found.text.inhibits) == (False, "", ())
