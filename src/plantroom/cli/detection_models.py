"""What models find beside rules, and how often they are wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from plantroom.cli.evaluating import FaultOutcome, Outcome
from plantroom.cli.rules_report import written_s

_HEAD: Final = """\
# What models find on the simulators

Made by `make detection-models`: the demo building, seed 1, is put through scenarios and watched by all
shipped rules and by its models, as they come with the product. They have learnt (`make demo-models`) from
four weeks of other weather, people and noise, seed 101, one of each season.

The normal weeks of seed 1 are the test: limits and settings were tried on the same weeks of seed 102 and on
sixteen days with change-overs of seed 103. The faults below were looked at while it was chosen which points
the models of a class read, so their times are no test.

Times are from the beginning of the fault; in bold where a model was first. Where a model says nothing there
is mostly no point that would show it: a tripped breaker needs no model.
"""
_YEAR_H: Final = 8760.0
SURE: Final = 0.95
"""Probability of the interval about a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """How often models were heard of where nothing was wrong."""

    count: int
    asset_years: float
    """Watched by models while nothing was wrong."""
    per_asset_year: float
    low: float
    """With `high`, of the rate: exact interval of a Poisson count, Garwood 1936."""
    high: float


def rate_of(outcomes: Sequence[Outcome]) -> FalseAlarms | None:
    """Return how often models were wrong in scenarios without faults; None: they watched none."""
    from scipy.stats import chi2

    quiet = [outcome for outcome in outcomes if not outcome.faults and outcome.modelled]
    years = sum(outcome.hours * outcome.modelled for outcome in quiet) / _YEAR_H
    if not years:
        return None
    count, tail = sum(outcome.false_alarms for outcome in quiet), (1 - SURE) / 2
    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    high = float(chi2.ppf(1 - tail, 2 * count + 2)) / 2
    return FalseAlarms(
        count=count, asset_years=years, per_asset_year=count / years, low=low / years, high=high / years
    )


def written_rate(rate: FalseAlarms) -> str:
    """Return a rate for people."""
    return (
        f"{rate.count} false alarms of models in {rate.asset_years:.2f} asset-years of normal operation: "
        f"{rate.per_asset_year:.2f} per asset and year ({SURE:.0%}: {rate.low:.2f} to {rate.high:.2f})"
    )


def beside_rules(outcomes: Sequence[Outcome]) -> str:
    """Return the page, by class of the faulty asset."""
    return "\n".join([_HEAD, *_faults(outcomes), *_normal(outcomes), ""])


def _faults(outcomes: Sequence[Outcome]) -> Iterator[str]:
    rows = [(fault.asset_class, outcome, fault) for outcome in outcomes for fault in outcome.faults]
    if not rows:
        return
    first = sum(_is_first(fault) for _, _, fault in rows)
    found = sum(fault.by_model is not None for _, _, fault in rows)
    yield f"Models found {found} of these {len(rows)} faults, {first} of them before any rule.\n"
    yield "| class | scenario | fault | first rule after | model after | of models elsewhere |"
    yield "|---|---|---|---|---|---|"
    for asset_class, outcome, fault in sorted(rows, key=lambda row: (row[0], row[1].name)):
        truth = fault.judgement.truth
        named = f"{truth.fault}{f' of {truth.point}' if truth.point else ''} on {truth.asset}"
        model = _after(fault.by_model)
        told = ", ".join(
            f"{asset} {rule}" for asset, rule, _ in outcome.elsewhere if rule.startswith("model-")
        )
        yield (
            f"| {asset_class} | {outcome.name} | {named} | {_after(fault.by_rule)} "
            f"| {f'**{model}**' if _is_first(fault) else model} | {told} |"
        )


def _is_first(fault: FaultOutcome) -> bool:
    return fault.by_model is not None and (fault.by_rule is None or fault.by_model < fault.by_rule)


def _after(ms: int | None) -> str:
    return "" if ms is None else written_s(ms / 1000)


def _normal(outcomes: Sequence[Outcome]) -> Iterator[str]:
    rate = rate_of(outcomes)
    if rate is None:
        return
    yield f"\n## Nothing wrong\n\n{written_rate(rate)[0].upper()}{written_rate(rate)[1:]}.\n"
    yield "| scenario | hours | assets with models | alarms of models |\n|---|---|---|---|"
    for outcome in outcomes:
        if not outcome.faults and outcome.modelled:
            told = [
                f"{asset} {rule} {times}x"
                for asset, rule, times in outcome.elsewhere
                if rule.startswith("model-")
            ]
            yield f"| {outcome.name} | {outcome.hours:g} | {outcome.modelled} | {', '.join(told) or 'none'} |"
