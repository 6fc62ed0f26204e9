"""What sites and assets change about rules: parameters, and whether they watch at all."""

from collections.abc import Iterable, Iterator
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
    written: Iterable[tuple[WrittenTuning, str]], rules: Iterable[Rule], problems: Problems
) -> None:
    """Note changes of rules that are not there, or not for the class they are given for (empty: for any)."""
    known: dict[str, list[Rule]] = {}
    for rule in rules:
        known.setdefault(rule.id, []).append(rule)
    for each, asset_class in written:
        named = known.get(each.rule, [])
        fitting = [rule for rule in named if not asset_class or rule.asset_class == asset_class]
        if not named:
            problems.add(each.place, f"unknown rule {each.rule!r}; {suggest(each.rule, known)}")
        elif not fitting:
            classes = ", ".join(rule.asset_class for rule in named)
            problems.add(each.place, f"rule {each.rule} is for {classes}, not for {asset_class}")
        else:
            _check_params(each, fitting[0], problems)


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
