"""`plantroom rules test`: what rules make of made-up readings, held against what they should."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from plantroom.domain.alarm import Transition
from plantroom.domain.errors import Problem
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule_case import ExpectedTransition, RuleCase
from plantroom.rules.trial.cases import CaseResult, Comparison, Told, try_case
from plantroom.storage.files.cases import case_files, load_cases, shipped_cases

_SIGNS = {Told.RIGHT: "  ", Told.MISSING: "- ", Told.UNEXPECTED: "+ ", Told.OTHERWISE: "! "}


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--rules",
    "rules",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Rule file, or directory of rule files, that the cases are about, besides the shipped packs; "
    "may be given several times.",
)
@click.option("--rule", "only", metavar="ID", multiple=True, help="Only the cases about this rule.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def test(paths: tuple[Path, ...], rules: tuple[Path, ...], only: tuple[str, ...], *, as_json: bool) -> None:
    """Try rules on the cases in files or directories, by default on those of the shipped packs.

    The exit status is 1 if anything happened otherwise than a case says, or if there was no case.
    """
    files = case_files(paths) if paths else shipped_cases()
    cases, problems = load_cases(files, rules=rules)
    results = [try_case(case) for case in cases if not only or set(only) & set(case.rules)]
    good = not problems and bool(results) and all(result.passed for result in results)
    if as_json:
        click.echo(json.dumps(_document(results, problems, ok=good), ensure_ascii=False))
    else:
        _show_all(results, problems, files=len(files))
    sys.exit(0 if good else 1)


def _show_all(results: Sequence[CaseResult], problems: Sequence[Problem], *, files: int) -> None:
    for result in results:
        _show(result)
    for problem in problems:
        click.echo(str(problem))
    mistakes = f", {len(problems)} mistakes in files" if problems else ""
    click.echo(_summary(results, files=files) + mistakes)


def _summary(results: Sequence[CaseResult], *, files: int) -> str:
    failed = sum(not result.passed for result in results)
    about = len({rule for result in results for rule in result.case.rules})
    told = f"{len(results) - failed} of {len(results)} cases passed" if results else "no cases"
    return f"{told}: {about} rules, {files} files"


def _show(result: CaseResult) -> None:
    case = result.case
    if result.passed:
        click.echo(f"ok    {_place(case, case.line)}: {case.name}")
        return
    click.echo(f"FAIL  {_place(case, case.line)}: {case.name}")
    for fault in (*result.faults, *result.idle):
        click.echo(f"      rule {fault}")
    for each in result.compared:
        click.echo(f"      {_SIGNS[each.told]}{_line(each, case)}")
    if any(each.told is not Told.RIGHT for each in result.compared):
        click.echo("      (- expected, + happened, ! otherwise)")


def _line(each: Comparison, case: RuleCase) -> str:
    if each.expected is None:
        assert each.happened is not None
        at = written(_after(each.happened, case))
        words = [at, *_named(each.happened, case), each.happened.kind.value, *_told(each.happened)]
        return " ".join(words)
    words = [written(each.expected.at), *_named(each.expected, case), each.expected.kind.value]
    if each.told is Told.OTHERWISE and each.happened is not None:
        expected = [f"at {each.expected.value:g}"] if each.expected.value is not None else []
        expected += ["suppressed"] if each.expected.suppressed else []
        happened = [*_told(each.happened), *([] if each.happened.suppressed else ["not suppressed"])]
        words += [*expected, f"but happened {' '.join(happened)}"]
    return f"{' '.join(words):60s} {_place(case, each.expected.line)}"


def _after(happened: Transition, case: RuleCase) -> timedelta:
    return timedelta(milliseconds=happened.at - case.started)


def _place(case: RuleCase, line: int) -> str:
    file = Path(case.file)
    here = Path.cwd()
    return f"{file.relative_to(here) if file.is_relative_to(here) else file}:{line}"


def _named(each: ExpectedTransition | Transition, case: RuleCase) -> Iterator[str]:
    if len(case.installation.table.assets) > 1:
        yield each.asset
    yield each.rule


def _told(happened: Transition) -> Iterator[str]:
    if happened.value is not None:
        yield f"at {happened.value:g} {happened.unit}".rstrip()
    if happened.suppressed:
        yield "suppressed"
    if happened.reason:
        yield f"({happened.reason})"


def written(span: timedelta) -> str:
    """Return a span as it is written in files, `1m30s`."""
    ms = round(span / timedelta(milliseconds=1))
    parts = []
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        if ms >= size:
            parts.append(f"{ms // size}{unit}")
            ms %= size
    return "".join(parts) or "0s"


def _document(results: Sequence[CaseResult], problems: Sequence[Problem], *, ok: bool) -> dict[str, Any]:
    return {
        "ok": ok,
        "problems": [{"file": each.file, "line": each.line, "message": each.message} for each in problems],
        "cases": len(results),
        "failed": sum(not result.passed for result in results),
        "items": [
            {
                "case": result.case.name,
                "file": result.case.file,
                "line": result.case.line,
                "rules": list(result.case.rules),
                "passed": result.passed,
                "faults": list(result.faults),
                "transitions": [_transition(each, result.case) for each in result.compared],
            }
            for result in results
        ],
    }


def _transition(each: Comparison, case: RuleCase) -> dict[str, Any]:
    of = each.expected or each.happened
    assert of is not None
    after = of.at if isinstance(of, ExpectedTransition) else _after(of, case)
    return {
        "told": each.told.value,
        "after": written(after),
        "at": to_rfc3339(case.started + round(after / timedelta(milliseconds=1))),
        "asset": of.asset,
        "rule": of.rule,
        "is": of.kind.value,
        "value": each.happened.value if each.happened else None,
        "line": each.expected.line if each.expected else None,
    }
