"""What sites and assets change about rules: parameters, and whether they watch at all."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from plantroom.domain.quantity import Quantity
from plantroom.domain.rule import Rule
from plantroom.domain.site import Tuning
from plantroom.domain.suggestion import suggest
from plantroom.storage.files import values
from plantroom.storage.files.fields import Fields
from plantroom.storage.files.problems import Place, Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTuning:
    """A change of a rule, and where it is written."""

    rule: str
    tuning: Tuning
    place: Place


def read_tuning(fields: Fields) -> Iterator[WrittenTuning]:
    """Yield what is under the key `rules` of a site or an asset."""
    for rule, changes in fields.entries("rules"):
        written: dict[str, str] = changes.all_pairs(values.text)
        enabled: bool | None = None
        params: dict[str, Quantity] = {}
        for name, value in written.items():
            try:
                if name == "enabled":
                    enabled = values.boolean(value)
                else:
                    params[name] = values.quantity(value)
            except ValueError as error:
                changes.problem(name, f"{name}: {error}")
        yield WrittenTuning(rule=rule, tuning=Tuning(enabled=enabled, params=params), place=changes.place)


def check_tuning(
    written: Iterable[tuple[WrittenTuning, str]], rules: Mapping[str, Rule], problems: Problems
) -> None:
    """Note changes of rules that are not there, or not for the class they are given for (empty: for any)."""
    for each, asset_class in written:
        rule = rules.get(each.rule)
        if rule is None:
            problems.add(each.place, f"unknown rule {each.rule!r}; {suggest(each.rule, rules)}")
        elif asset_class and rule.asset_class != asset_class:
            problems.add(each.place, f"rule {rule.id} is for {rule.asset_class}, not for {asset_class}")
        else:
            _check_params(each, rule, problems)


def _check_params(written: WrittenTuning, rule: Rule, problems: Problems) -> None:
    known = dict(rule.params)
    for name, quantity in written.tuning.params.items():
        if name not in known:
            problems.add(
                written.place,
                f"rule {rule.id} has no parameter {name!r}; {suggest(name, [*known, 'enabled'])}",
            )
            continue
        try:
            quantity.number_in(known[name].unit)
        except ValueError as error:
            problems.add(written.place, f"{name}: {error}")
