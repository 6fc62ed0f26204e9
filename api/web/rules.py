"""The pages about rules: all of them, and one with its assets, its limits and a trial."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from plantroom.api.access.identity import Role
from plantroom.api.documents.rule import ReloadDocument, RuledAsset, RuleDetail, RuleDocument
from plantroom.api.problems import not_found
from plantroom.api.ruling.effect import Effects
from plantroom.api.ruling.rulebook import effects_of, last_reload
from plantroom.api.web.door import door
from plantroom.api.web.reader import Reader, VisitorOf
from plantroom.api.web.render import render
from plantroom.api.web.rule_texts import SCRIPT_RULE_WORDS
from plantroom.domain.expression.tree import (
    Node,
    Number,
    Operation,
    Operator,
    PointValue,
    Window,
    within,
)
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset, Site
from plantroom.domain.text import Text

ASSETS_SHOWN: Final = 200
LIFE_SAFETY_MINUTES: Final = (30, 120, 480)
MINUTES: Final = (120, 480, 1440, 10_080)

router = APIRouter(include_in_schema=False)


@router.get("/rules")
def show_rules(
    request: Request, reader: VisitorOf, asset: Annotated[str | None, Query(max_length=64)] = None
) -> Response:
    """Show all rules by class, or those of one asset's class."""
    return door(request) if reader is None else _rules(reader, asset)


@router.get("/rules/{rule_id}")
def show_rule(
    request: Request,
    reader: VisitorOf,
    rule_id: str,
    site: Annotated[str | None, Query(max_length=64)] = None,
    asset_class: Annotated[str | None, Query(alias="class", max_length=64)] = None,
    asset: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Show one rule with every asset of its class at a site."""
    if reader is None:
        return door(request)
    return _rule(reader, rule_id, site_id=site, asset_class=asset_class, asset=asset)


def _rules(reader: Reader, asset_id: str | None) -> Response:
    effects = effects_of(reader.services)
    table = effects.installation.table
    number = table.asset_number.get(asset_id or "")
    ruled = None if number is None else table.assets[number]
    groups: dict[str, list[RuleDocument]] = {}
    for site in table.sites:
        for rule in effects.installation.rules.get(site.id, ()):
            if ruled is None or (rule.asset_class == ruled.asset_class and ruled in site.assets):
                groups.setdefault(rule.asset_class, []).append(RuleDocument.of(rule, site, effects))
    title = reader.voice.word("rules")
    if ruled is not None:
        title = reader.voice.word("rules_of", asset=reader.places.place(ruled.id).name)
    return render(
        "rules.html",
        title=title,
        groups=[(_label(effects, name), rules) for name, rules in groups.items()],
        ruled=ruled,
        here={} if ruled is None else _here(effects, ruled),
        several_sites=len(table.sites) > 1,
        reload=ReloadDocument.of(last_reload(reader.services)),
        zone_info=reader.places.zone,
        **reader.base(),
    )


def _here(effects: Effects, asset: Asset) -> dict[str, RuledAsset]:
    """Return what each rule comes to on `asset`."""
    table = effects.installation.table
    site = table.site_of[table.asset_number[asset.id]]
    return {rule.id: RuledAsset.of(effect) for rule, effect in effects.on_asset(asset, site)}


def _rule(
    reader: Reader, rule_id: str, *, site_id: str | None, asset_class: str | None, asset: str | None
) -> Response:
    effects = effects_of(reader.services)
    table = effects.installation.table
    number = table.asset_number.get(asset or "")
    asset_class = asset_class if number is None else table.assets[number].asset_class
    found = effects.named(rule_id, site=site_id, asset_class=asset_class)
    if not found:
        problem = not_found(f"rule {rule_id}")
        return render("missing.html", problem.status, **reader.shell(), detail=problem.detail)
    rule, site = found[0]
    document = RuleDetail.with_assets(rule, site, effects)
    return render(
        "rule.html",
        title=reader.voice.text(rule.title, otherwise=rule.id),
        rule=document,
        class_label=_label(effects, rule.asset_class),
        may_rule=reader.identity.role.may(Role.ADMIN if document.life_safety else Role.ENGINEER),
        assets_shown=ASSETS_SHOWN,
        minutes=LIFE_SAFETY_MINUTES if document.life_safety else MINUTES,
        script=_for_script(reader, rule, site, document),
        **reader.base(),
    )


def _for_script(reader: Reader, rule: Rule, site: Site, document: RuleDetail) -> dict[str, Any]:
    """Return what the script of a rule's page must know."""
    example = next((asset for asset in site.assets if asset.asset_class == rule.asset_class), None)
    point = _charted(rule, example)
    return {
        "rule": rule.id,
        "site": site.id,
        "zone": site.timezone.key,
        "point": point,
        "lines": _lines(rule, point["name"]) if point else [],
        "params": [param.model_dump(mode="json") for param in document.params],
        "site_override": next(
            (each.model_dump(mode="json") for each in document.overrides if each.asset is None), None
        ),
        "assets": {
            each.asset: {
                "params": [param.model_dump(mode="json") for param in each.params],
                "override": each.override.model_dump(mode="json") if each.override else None,
            }
            for each in document.assets
        },
        "words": {name: reader.voice.word(name) for name in SCRIPT_RULE_WORDS},
    }


def _charted(rule: Rule, asset: Asset | None) -> dict[str, str] | None:
    """Return the point of the asset itself that tells how bad it is; None: there is none."""
    points = {point.name: point for point in asset.points} if asset else {}
    names = (rule.when.subject, *rule.when.points)
    found = next((points[name] for name in names if name in points), None)
    return {"name": found.name, "unit": found.unit} if found else None


_COMPARISONS: Final = frozenset(
    {Operator.LESS, Operator.LESS_EQUAL, Operator.GREATER, Operator.GREATER_EQUAL}
)


def _lines(rule: Rule, point: str) -> list[float]:
    """Return the numbers that `point`, or a window of it, is compared with."""
    found = []
    for node in within(rule.when.root):
        if isinstance(node, Operation) and node.operator in _COMPARISONS:
            numbers = [each.value for each in node.operands if isinstance(each, Number)]
            others = [each for each in node.operands if not isinstance(each, Number)]
            if len(others) == 1 and _is_of(others[0], point):
                found += numbers
    return list(dict.fromkeys(found))


def _is_of(node: Node, point: str) -> bool:
    inner = node.operand if isinstance(node, Window) else node
    return isinstance(inner, PointValue) and inner.point == point


def _label(effects: Effects, asset_class: str) -> Text:
    known = effects.installation.classes.get(asset_class)
    return known.label if known and known.label != Text() else Text(en=asset_class)
