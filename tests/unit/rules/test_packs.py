"""Every shipped rule is tried on cases and says what people need who are told by it."""

import re
from collections.abc import Iterable, Iterator

import pytest

from plantroom.domain.alarm import TransitionKind
from plantroom.domain.rule_case import RuleCase
from plantroom.domain.text import Text
from plantroom.rules.engine import Engine
from plantroom.rules.trial.cases import Comparison, Told, try_case
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files import load_installation
from plantroom.storage.files.cases import load_cases, shipped_cases
from plantroom.storage.files.problems import Problems
from plantroom.storage.files.rules import WrittenRule, read_rules, shipped_packs

RULES = tuple(
    rule for pack, file in shipped_packs().items() for rule in read_rules(file, Problems(), pack=pack)
)
CASES, MISTAKES = load_cases(shipped_cases())

COMPARED_NUMBER = re.compile(
    r"(?:[<>]=?|[=!]=)\s*-?(\d+\.?\d*)|(\d+\.?\d*)(?: ?[a-zA-Z%°][\w/°]*)?\s*(?:[<>]=?|[=!]=)"
)
NO_THRESHOLDS = {"0", "1", "2", "3"}
"""Counts and codes, which no site would change; nor what only says when a rule with parameters is to look."""
CALENDAR = re.compile(r"\b(hour|weekday)\s*(?:[<>]=?|[=!]=)\s*[\d.]+|rated\.\w*category\s*==\s*\d+")


def of(rule: WrittenRule) -> str:
    return f"{rule.place}: {rule.id}"


def about(rule: WrittenRule, ids: Iterable[str]) -> bool:
    """Whether one of `ids` is the rule, or the rule written out for one point."""
    return any(each == rule.id or each.startswith(f"{rule.id}.") for each in ids)


def kinds(case: RuleCase, rule: WrittenRule) -> set[TransitionKind]:
    return {each.kind for each in case.expect if about(rule, [each.rule])}


def told(each: Comparison, case: RuleCase) -> str:
    if each.expected is not None:
        return f"{case.file}:{each.expected.line}: {each.told.value}: {each.expected.rule} {each.happened}"
    assert each.happened is not None
    after_s = (each.happened.at - case.started) / 1000
    return f"{case.file}:{case.line}: unexpected: {each.happened.rule} {each.happened.kind} at {after_s:g}s"


def test_the_case_files_hold_no_mistakes() -> None:
    assert [str(mistake) for mistake in MISTAKES] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file.rpartition('/')[2]}:{case.line}")
def test_rules_do_what_the_case_says(case: RuleCase) -> None:
    result = try_case(case)

    wrong = [told(each, case) for each in result.compared if each.told is not Told.RIGHT]
    assert (wrong, result.faults) == ([], ()), result.idle


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_case_raises_and_clears_the_rule(rule: WrittenRule) -> None:
    both = {TransitionKind.ACTIVATED, TransitionKind.CLEARED}

    assert any(both <= kinds(case, rule) for case in CASES), of(rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_case_nearly_raises_the_rule(rule: WrittenRule) -> None:
    assert any(about(rule, case.rules) and not kinds(case, rule) for case in CASES), of(rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_people_need_in_both_languages(rule: WrittenRule) -> None:
    said = rule.make.keywords  # type: ignore[attr-defined]

    lacks = list(lacking(said["title"], said["causes"], said["actions"], said["source"]))

    assert lacks == [], of(rule)


def lacking(
    title: Text, causes: tuple[Text, ...], actions: tuple[Text, ...], source: object
) -> Iterator[str]:
    if not (title.en and title.zh):
        yield "title in both languages"
    if source is None:
        yield "source"
    if not 2 <= len(causes) <= 6:
        yield f"2 to 6 causes, has {len(causes)}"
    if not 2 <= len(actions) <= 8:
        yield f"2 to 8 actions, has {len(actions)}"
    for text in (*causes, *actions):
        if not (text.en and text.zh):
            yield f"{text.en or text.zh} in the other language"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_thresholds_of_a_rule_are_parameters(rule: WrittenRule) -> None:
    written = (each for each in (rule.when, rule.clear) if each is not None)

    fixed = [f"{place}: {number}" for place, text in written for number in compared_numbers(text)]

    assert fixed == [] or rule.params, of(rule)


def compared_numbers(expression: str) -> list[str]:
    bare = CALENDAR.sub("", expression)
    found = [first or second for first, second in COMPARED_NUMBER.findall(bare)]
    return [number for number in found if number not in NO_THRESHOLDS]


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("running and vibration > 4.0 mm/s", ["4.0"]),
        ("vibration > limit - deadband or flow <= 0", []),
        ("50 kPa > pressure", ["50"]),
        ("avg(flow, 10m) > limit and hour < 6.5", []),
    ],
    ids=["a number", "parameters", "a number first", "spans and the calendar"],
)
def test_a_number_that_something_is_compared_with_is_seen(expression: str, numbers: list[str]) -> None:
    assert compared_numbers(expression) == numbers


def test_the_demo_building_names_every_pack() -> None:
    (site,) = load_installation(sites=[SITE_FILE]).table.sites

    assert set(shipped_packs()) - set(site.packs) == set()


def test_the_engine_finds_nothing_wrong_with_the_packs() -> None:
    assert Engine(load_installation(sites=[SITE_FILE])).faults == ()
