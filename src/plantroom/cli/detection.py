"""The page that says which rule finds which fault, and after how long."""

from collections.abc import Iterator, Sequence
from typing import Final

from plantroom.cli.evaluating import FaultOutcome, Outcome
from plantroom.cli.rules_report import written_s
from plantroom.domain.text import Text
from plantroom.rules.trial.truth import Where

_HEAD: Final = """\
# What finds which fault

Made by `make detection`: the demo building, seed 1, is put through every shipped scenario and watched by all
shipped rules, with the [inhibition](alarm-life-cycle.md) and the watch for
[silent devices](silent-devices.md) of the pipeline. Times are from the beginning of the fault; most faults
grow over hours, so they say little about how quickly a rule decides. The [pictures](faults/README.md) show
what each fault does to the readings.

A rule that is not on the faulty machine itself but on one that it depends on, or that depends on it, stands
with the id of that machine. *Elsewhere* are alarms on machines that have nothing to do with the fault.
"""
_SHOWN: Final = 4
"""Rules that are named for one fault; the others are counted."""


def markdown_of(outcomes: Sequence[Outcome]) -> str:
    """Return the page, in the order of the scenarios' names."""
    return "\n".join(
        [_HEAD, *_faults(outcomes), *_for_models(outcomes), *_normal(outcomes), *_storms(outcomes)]
    )


def _faults(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "| class | scenario | fault | found after | by | elsewhere |\n|---|---|---|---|---|---|"
    rows = [(fault.asset_class, outcome, fault) for outcome in outcomes for fault in outcome.faults]
    for asset_class, outcome, fault in sorted(rows, key=lambda row: (row[0], row[1].name)):
        truth = fault.judgement.truth
        named = f"{truth.fault}{f' of {truth.point}' if truth.point else ''} on {truth.asset}"
        elsewhere = ", ".join(f"{asset} {rule}" for asset, rule, _ in outcome.elsewhere)
        yield f"| {asset_class} | {outcome.name} | {named} | {_found(fault)} | {_by(fault)} | {elsewhere} |"


def _found(fault: FaultOutcome) -> str:
    if fault.judgement.after is not None:
        return written_s(fault.judgement.after / 1000)
    return "only a model" if fault.only_models != Text() else "**not found**"


def _by(fault: FaultOutcome) -> str:
    own = [f"`{each.rule}`" for each in fault.judgement.findings if each.where is Where.ON_IT]
    near = [f"{each.asset} `{each.rule}`" for each in fault.judgement.findings if each.where is Where.NEAR_IT]
    shown = (own or near)[:_SHOWN]
    more = len(own) + len(near) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _for_models(outcomes: Sequence[Outcome]) -> Iterator[str]:
    rows = [(outcome, fault) for outcome in outcomes for fault in outcome.faults if fault.only_models.en]
    if rows:
        yield "\n## Only a model can see\n\n| scenario | fault | why |\n|---|---|---|"
    for outcome, fault in rows:
        yield f"| {outcome.name} | {fault.judgement.truth.fault} | {fault.only_models.en} |"


def _normal(outcomes: Sequence[Outcome]) -> Iterator[str]:
    quiet = [outcome for outcome in outcomes if not outcome.faults]
    if quiet:
        yield "\n## Nothing wrong\n\n| scenario | hours | alarms |\n|---|---|---|"
    for outcome in quiet:
        told = ", ".join(f"{asset} {rule} {count}x" for asset, rule, count in outcome.elsewhere)
        yield f"| {outcome.name} | {outcome.hours:g} | {told or 'none'} |"


def _storms(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield what people are shown of what sets off much at once."""
    worst = [each for each in outcomes if each.suppressed]
    if worst:
        yield (
            "\n## What is shown of what happens\n\n"
            "| scenario | transitions | alarms suppressed | shown | work orders |\n|---|---|---|---|---|"
        )
    for each in worst:
        yield f"| {each.name} | {each.transitions} | {each.suppressed} | {each.shown} | {each.orders} |"
    yield ""
