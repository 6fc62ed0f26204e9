"""Rule files: read first, checked against the points of the assets they watch afterwards."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from yaml import Node

from plantroom.domain.expression.tree import Expression
from plantroom.domain.quantity import Quantity
from plantroom.domain.rule import Dependence, Rule, Severity, Source, WorkOrderTemplate
from plantroom.domain.site import concerns_life
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority
from plantroom.storage.files import values
from plantroom.storage.files.each import ANY_CLASS, Each, read_class, read_each
from plantroom.storage.files.fields import Fields, items
from plantroom.storage.files.nodes import is_mapping, list_of
from plantroom.storage.files.problems import Place, Problems
from plantroom.storage.files.source import SUFFIXES, node_of, read_node, shipped_files

_PACKS: Final = "rules/packs"
_RE_ALARM: Final = timedelta(hours=24)
_RE_ALARM_LIFE_SAFETY: Final = timedelta(minutes=30)
_ENABLED: Final = "enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRule:
    """A rule whose expressions nobody has checked yet."""

    id: str
    asset_class: str
    place: Place
    class_place: Place
    when: tuple[Place, str]
    clear: tuple[Place, str] | None
    suppress: tuple[Place, str] | None
    params: tuple[tuple[str, Quantity], ...]
    make: Callable[..., Rule]
    """Makes the rule of its checked expressions."""
    each: Each | None = None
    """Which points it is to be written out for; None: it names its points itself."""
    having: str = ""
    """Point whose presence makes it a rule of a class; "": it is of the class that it names."""
    pack: str = ""
    """The shipped pack it comes from, "" for a file of the engineer's."""


def shipped_packs() -> Mapping[str, Traversable]:
    """Return the files of the rule packs that come with the product, by name of the pack."""
    return dict(sorted((each.name.rpartition(".")[0], each) for each in shipped_files(_PACKS)))


def rule_files(paths: tuple[Path, ...], problems: Problems) -> Iterator[Path]:
    """Yield the rule files that `paths` are or hold, each once."""
    seen: set[Path] = set()
    for path in paths:
        if not path.exists():
            problems.add(Place(str(path), 1), "cannot be read: no such file or directory")
            continue
        inside = (
            sorted(each for each in path.iterdir() if each.suffix in SUFFIXES) if path.is_dir() else [path]
        )
        for file in inside:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def read_rules(file: Path | Traversable, problems: Problems, *, pack: str = "") -> tuple[WrittenRule, ...]:
    """Return the rules of one file; the wrong ones are left out."""
    node = read_node(file, problems)
    return () if node is None else _read_listed(node, str(file), problems, pack)


def read_rules_in(text: str, problems: Problems) -> tuple[WrittenRule, ...]:
    """Return the rules that `text` writes as a file would, or the only one without a list around it."""
    node = node_of(text, "rule", problems)
    if node is not None and is_mapping(node):
        node = list_of(node)
    return () if node is None else _read_listed(node, "rule", problems, "")


def _read_listed(node: Node, file: str, problems: Problems, pack: str) -> tuple[WrittenRule, ...]:
    listed = items(node, what="rules", file=file, problems=problems)
    return tuple(rule for fields in listed if (rule := _read_rule(fields, pack)) is not None)


def _read_rule(fields: Fields, pack: str) -> WrittenRule | None:
    rule_id = fields.required("id", values.identifier("rule"))
    asset_class = fields.required("class", read_class)
    when = fields.required("when", values.text)
    params = tuple(fields.pairs("params", values.quantity).items())
    for name, _ in params:
        _check_param(fields, name)
    make = partial(
        _make,
        params=params,
        pack=pack,
        id=rule_id or "",
        asset_class=asset_class or "",
        hold=fields.optional("for", values.duration, timedelta(0)),
        keep=fields.optional("keep", values.duration, timedelta(0)),
        severity=fields.optional("severity", values.choice(Severity), Severity.WARNING),
        group=fields.optional("group", values.identifier("group"), rule_id or ""),
        title=fields.texts("title", Text(en=rule_id or "")),
        work_order=_read_work_order(fields),
        source=_read_source(fields),
        causes=fields.listed_texts("causes"),
        actions=fields.listed_texts("actions"),
        inhibits=tuple(each for _, each in fields.listed("inhibits", values.choice(Dependence))),
        re_alarm=_read_re_alarm(fields),
        reopen_within=fields.optional("reopen_within", values.duration, timedelta(hours=1)),
        inhibited=fields.optional("inhibited", values.boolean, default=True),
        latch=fields.optional("latch", values.boolean, default=False),
        life_safety=_read_life_safety(fields),
    )
    clear, suppress = _read_condition(fields, "clear"), _read_condition(fields, "suppress")
    each = read_each(fields)
    having = fields.optional("having", values.point_name, "")
    if asset_class == ANY_CLASS and each is None and not having:
        fields.problem("class", f"class: {ANY_CLASS} is for rules with each: measurement, or having: a point")
        asset_class = None
    if having and (asset_class != ANY_CLASS or each is not None):
        fields.problem("having", f'having is for rules with class: "{ANY_CLASS}" and without each')
        asset_class = None
    fields.finish()
    if rule_id is None or asset_class is None or when is None:
        return None
    return WrittenRule(
        id=rule_id,
        asset_class=asset_class,
        place=fields.place_of("id"),
        class_place=fields.place_of("class"),
        when=(fields.place_of("when"), when),
        clear=clear,
        suppress=suppress,
        params=params,
        make=make,
        each=each,
        having=having,
        pack=pack,
    )


def _read_condition(fields: Fields, key: str) -> tuple[Place, str] | None:
    written = fields.optional(key, values.text, "")
    return (fields.place_of(key), written) if written else None


def _read_re_alarm(fields: Fields) -> timedelta | None:
    return fields.optional("re_alarm", values.interval, timedelta(0)) or None


def _read_life_safety(fields: Fields) -> bool | None:
    if "life_safety" not in fields:
        fields.know("life_safety")
        return None
    return fields.optional("life_safety", values.boolean, default=False)


def _make(
    *, system: str, when: Expression, re_alarm: timedelta | None, life_safety: bool | None, **said: Any
) -> Rule:
    """Return the rule, with what it does not say derived from the system that it watches."""
    point = when.subject or ""
    lives = concerns_life(system=system, point=point) if life_safety is None else life_safety
    again = re_alarm or (_RE_ALARM_LIFE_SAFETY if lives else _RE_ALARM)
    return Rule(when=when, re_alarm=again, life_safety=lives, **said)


def _check_param(fields: Fields, name: str) -> None:
    try:
        values.point_name(name)
    except ValueError as error:
        fields.problem("params", f"params: {error}")
    if name == _ENABLED:
        fields.problem("params", f"params: {_ENABLED} is kept for switching a rule off")


def _read_work_order(rule: Fields) -> WorkOrderTemplate | None:
    fields = rule.mapping("work_order")
    if fields is None:
        return None
    template = WorkOrderTemplate(
        priority=fields.optional("priority", values.choice(Priority), Priority.NORMAL),
        skill=fields.optional("skill", values.text, ""),
    )
    fields.finish()
    return template


def _read_source(rule: Fields) -> Source | None:
    fields = rule.mapping("source")
    if fields is None:
        return None
    standard = fields.required("standard", values.text)
    source = Source(
        standard=standard or "",
        clause=fields.optional("clause", values.text, ""),
        verified=fields.optional("verified", values.boolean, default=False),
    )
    fields.finish()
    return source
