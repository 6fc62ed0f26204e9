"""`plantroom evaluate scenarios`: whether rules and models find the simulated faults and nothing else."""

import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from plantroom.cli.detection import markdown_of
from plantroom.cli.detection_models import beside_rules, rate_of, written_rate
from plantroom.cli.evaluating import FaultOutcome, Outcome, evaluate_scenario
from plantroom.cli.rules_report import judgement_document, written_s
from plantroom.cli.scenarios import SHIPPED, scenario_called, sites_of
from plantroom.domain.suggestion import suggest
from plantroom.rules.trial.truth import Where
from plantroom.simulators.demo import MODELS
from plantroom.simulators.faults import fault_on
from plantroom.storage.files.scenarios import scenario_names


@click.command()
@click.option(
    "--only",
    metavar="CLASS|NAME",
    multiple=True,
    help="Only scenarios of this name, or with a fault on an asset of this class; several times.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="number of processors",
    help="How many scenarios at a time.",
)
@click.option(
    "--table",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the table of faults, rules and times to FILE, as Markdown.",
)
@click.option(
    "--recordings",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Play the recordings in DIR, and make there those that are missing: quick while rules change. "
    "Empty it when simulators or scenarios have changed.",
)
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Models of the demo building, as `models train` keeps them. Default: those that come with it.",
)
@click.option("--no-models", is_flag=True, help="Let rules alone watch.")
@click.option(
    "--models-table",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the table of what models find, and when, beside rules to FILE, as Markdown.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def scenarios(**given: Any) -> None:
    """Put the demo building through every shipped scenario, watched by all shipped rules and its models.

    The exit status is 1 if a fault is not found by a rule that is not said to be for models only, if one that
    is is found by a rule or not by a model, or if a scenario without faults raises an alarm.
    """
    models = None if given["no_models"] else given["models"] or MODELS
    one = partial(evaluate_scenario, kept=given["recordings"], models=models)
    outcomes = sorted(_evaluated(_chosen(given["only"]), given["jobs"], one), key=lambda each: each.name)
    if given["table"] is not None:
        given["table"].write_text(markdown_of(outcomes), "utf-8")
    if given["models_table"] is not None:
        given["models_table"].write_text(beside_rules(outcomes), "utf-8")
    if given["as_json"]:
        click.echo(json.dumps(_document(outcomes), ensure_ascii=False))
    else:
        for outcome in outcomes:
            _show(outcome)
        click.echo(_summary(outcomes))
    sys.exit(0 if all(each.as_said for each in outcomes) else 1)


def _chosen(only: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the scenarios that are asked for, the longest first.

    Raises:
        click.BadParameter: there is none of that name or class.
    """
    site = sites_of(())[0]
    classes = {asset.id: asset.asset_class for asset in site.assets}
    found: dict[str, set[str]] = {}
    length: dict[str, float] = {}
    for name in scenario_names(SHIPPED):
        scenario = scenario_called(name)
        found[name] = {name, *(classes[fault_on(site, each).asset] for each in scenario.faults)}
        length[name] = scenario.duration.total_seconds()
    known = set().union(*found.values())
    for each in only:
        if each not in known:
            raise click.BadParameter(f"no scenario or class {each!r}; {suggest(each, known)}")
    chosen = [name for name, words in found.items() if not only or words & set(only)]
    return tuple(sorted(chosen, key=lambda name: -length[name]))


def _evaluated(names: Sequence[str], jobs: int, one: Callable[[str], Outcome]) -> Iterator[Outcome]:
    """Yield what comes of the scenarios, as they end."""
    if jobs == 1 or len(names) == 1:
        with _progress(len(names)) as bar:
            for name in names:
                bar.update(bar.task_ids[0], description=name)
                yield one(name)
                bar.advance(bar.task_ids[0])
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(names)), mp_context=context) as pool, _progress(len(names)) as bar:
        for done in as_completed([pool.submit(one, name) for name in names]):
            outcome = done.result()
            bar.update(bar.task_ids[0], advance=1, description=outcome.name)
            yield outcome


def _progress(total: int) -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    bar.add_task("scenarios", total=total)
    return bar


def _show(outcome: Outcome) -> None:
    sign = "ok  " if outcome.as_said else "FAIL"
    alarms = f"{outcome.shown} alarms, {outcome.suppressed} suppressed, {outcome.orders} orders"
    click.echo(f"{sign}  {outcome.name}: {alarms}")
    for fault in outcome.faults:
        click.echo(f"      {_fault(fault)}")
    for asset, rule, count in outcome.elsewhere:
        click.echo(f"      elsewhere: {asset} {rule} {count}x")
    for rule in outcome.wrong_rules:
        click.echo(f"      wrong rule {rule}")
    for model in outcome.wrong_models:
        click.echo(f"      wrong model {model}")


def _fault(fault: FaultOutcome) -> str:
    truth, only_models = fault.judgement.truth, fault.only_models.en
    named = f"{truth.asset} {truth.fault}{f' of {truth.point}' if truth.point else ''}"
    if not fault.judgement.found:
        return f"{named}: only a model can see: {only_models}" if only_models else f"{named}: NOT FOUND"
    told = [
        f"{'' if each.where is Where.ON_IT else f'{each.asset} '}{each.rule} +{written_s(each.after / 1000)}"
        for each in fault.judgement.findings
    ]
    said = " (but it is said that only a model can see it)" if only_models and fault.by_rule else ""
    return f"{named}: {', '.join(told)}{said}"


def _summary(outcomes: Sequence[Outcome]) -> str:
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    by_rules = sum(fault.by_rule is not None for fault in faults)
    by_models = sum(fault.by_model is not None for fault in faults)
    quiet = [outcome for outcome in outcomes if not outcome.faults]
    noisy = sum(bool(outcome.elsewhere) for outcome in quiet)
    failed = sum(not outcome.as_said for outcome in outcomes)
    rate = rate_of(outcomes)
    false = "" if rate is None else f"{written_rate(rate)}; "
    return (
        f"{by_rules} of {len(faults)} faults found by rules, {by_models} by models; "
        f"{len(quiet) - noisy} of {len(quiet)} normal scenarios quiet; {false}"
        f"{failed} of {len(outcomes)} not as said"
    )


def _document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    faults = [fault for each in outcomes for fault in each.faults]
    rate = rate_of(outcomes)
    return {
        "ok": all(each.as_said for each in outcomes),
        "scenarios": len(outcomes),
        "faults": len(faults),
        "found": sum(fault.judgement.found for fault in faults),
        "found_by_rules": sum(fault.by_rule is not None for fault in faults),
        "found_by_models": sum(fault.by_model is not None for fault in faults),
        "models_false_alarms": None if rate is None else asdict(rate),
        "items": [_item(each) for each in outcomes],
    }


def _item(outcome: Outcome) -> dict[str, Any]:
    return {
        "scenario": outcome.name,
        "title": {"en": outcome.title.en, "zh": outcome.title.zh},
        "ok": outcome.as_said,
        "hours": outcome.hours,
        "transitions": outcome.transitions,
        "alarms": outcome.shown,
        "suppressed": outcome.suppressed,
        "work_orders": outcome.orders,
        "faults": [
            {
                **judgement_document(fault.judgement),
                "class": fault.asset_class,
                "only_models": fault.only_models.en or None,
                "seconds_to_rule": _seconds(fault.by_rule),
                "seconds_to_model": _seconds(fault.by_model),
                "ok": fault.as_said,
            }
            for fault in outcome.faults
        ],
        "elsewhere": [
            {"asset": asset, "rule": rule, "times": times} for asset, rule, times in outcome.elsewhere
        ],
        "wrong_rules": list(outcome.wrong_rules),
        "modelled_assets": outcome.modelled,
        "wrong_models": list(outcome.wrong_models),
    }


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
