"""Rules and what they come to, as documents."""

from collections import Counter
from collections.abc import Sequence

from plantroom.api.documents.common import (
    Item,
    Out,
    Page,
    TextDocument,
    TimeOut,
)
from plantroom.api.documents.override import OverrideDocument
from plantroom.api.ruling.effect import Effect, Effects, Origin, Param
from plantroom.domain.reload import Reload
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule import Dependence, Rule, Severity
from plantroom.domain.site import Site
from plantroom.domain.work_order import Priority


class SourceDocument(Out):
    """Where a threshold comes from."""

    standard: str
    clause: str
    verified: bool
    """Whether the number was read in the standard itself."""


class TemplateDocument(Out):
    """The work order that an activation opens."""

    priority: Priority
    skill: str


class ParamDocument(Out):
    """A number of a rule, as it counts."""

    name: str
    default: float
    unit: str
    """Of both numbers; empty: the rule writes none."""
    value: float
    origin: Origin
    """Who says so."""

    @classmethod
    def of(cls, param: Param) -> "ParamDocument":
        """Return the document of `param`."""
        return cls(
            name=param.name, default=param.default, unit=param.unit, value=param.value, origin=param.origin
        )


class LackDocument(Out):
    """Why a rule does not watch so many assets."""

    lacks: list[str]
    assets: int


class RuleDocument(Out):
    """A condition on the points of each asset of a class, as it holds in a site."""

    id: str
    site: str
    asset_class: str
    when: str
    clear: str | None
    suppress: str | None
    for_s: float
    keep_s: float
    severity: Severity
    group: str
    title: TextDocument
    params: list[ParamDocument]
    """As they count where an asset says nothing else."""
    enabled: bool
    """Whether it watches where an asset says nothing else."""
    enabled_by: Origin
    work_order: TemplateDocument | None
    source: SourceDocument | None
    causes: list[TextDocument]
    actions: list[TextDocument]
    inhibits: list[Dependence]
    latch: bool
    life_safety: bool
    pack: str | None
    """null: it is from a file of the engineer's."""
    re_alarm_s: float
    reopen_within_s: float
    watched: int
    """How many assets it watches."""
    switched_off: int
    """On how many assets it is switched off."""
    lacking: list[LackDocument]
    """Why it does not watch others."""
    overrides: list[OverrideDocument]

    @classmethod
    def of(cls, rule: Rule, site: Site, effects: Effects) -> "RuleDocument":
        """Return the document of `rule` as it holds in `site`."""
        return cls.model_validate(_members(rule, site, effects, effects.on(rule, site)))


class RuledAsset(Out):
    """What a rule comes to on one asset."""

    asset: str
    name: TextDocument
    watched: bool
    enabled: bool
    enabled_by: Origin
    lacks: list[str]
    """What the rule names that the asset has not."""
    params: list[ParamDocument]
    override: OverrideDocument | None

    @classmethod
    def of(cls, effect: Effect) -> "RuledAsset":
        """Return the document of `effect`."""
        assert effect.asset is not None
        return cls(
            asset=effect.asset.id,
            name=TextDocument.of(effect.asset.name),
            watched=effect.watched,
            enabled=effect.enabled,
            enabled_by=effect.enabled_by,
            lacks=list(effect.lacks),
            params=[ParamDocument.of(param) for param in effect.params],
            override=OverrideDocument.of(effect.override) if effect.override else None,
        )


class RuleDetail(RuleDocument):
    """A rule with every asset of its class at the site."""

    sites: list[str]
    """All sites that use it."""
    classes: list[str]
    """All classes that the site uses it for; where they are several, ask for one."""
    assets: list[RuledAsset]

    @classmethod
    def with_assets(cls, rule: Rule, site: Site, effects: Effects) -> "RuleDetail":
        """Return the document of `rule` with the assets of its class at `site`."""
        found = effects.on(rule, site)
        assets = [RuledAsset.of(each) for each in found]
        named = effects.named(rule.id)
        sites = list(dict.fromkeys(other.id for _, other in named))
        classes = [each.asset_class for each, other in named if other.id == site.id]
        return cls.model_validate(
            _members(rule, site, effects, found) | {"sites": sites, "classes": classes, "assets": assets}
        )


class AssetRule(Out):
    """A rule of an asset's class and what it comes to on that asset."""

    rule: RuleDocument
    here: RuledAsset


class AssetRules(Out):
    """All rules of an asset's class at its site."""

    items: list[AssetRule]


class ReloadDocument(Out):
    """What came of reading the files last; where it is not ok, the rules before go on."""

    at: TimeOut
    ok: bool
    errors: list[str]
    """`file:line: message` each."""
    restart_needed: list[str]
    """What the files change beside rules."""

    @classmethod
    def of(cls, reload: Reload) -> "ReloadDocument":
        """Return the document of `reload`."""
        return cls(
            at=to_rfc3339(reload.at),
            ok=reload.ok,
            errors=list(reload.errors),
            restart_needed=list(reload.restart_needed),
        )


class RulePage(Page[Item]):
    """A part of the list of rules."""

    reload: ReloadDocument


def _members(rule: Rule, site: Site, effects: Effects, on: Sequence[Effect]) -> dict[str, object]:
    order, source = rule.work_order, rule.source
    whole = effects.of_site(rule, site)
    lacking = Counter(each.lacks for each in on if each.enabled and each.lacks)
    of_rule = (each for key, each in effects.overrides.items() if key[0] == site.id and key[2] == rule.id)
    return {
        "id": rule.id,
        "site": site.id,
        "asset_class": rule.asset_class,
        "when": rule.when.text,
        "clear": rule.clear.text if rule.clear else None,
        "suppress": rule.suppress.text if rule.suppress else None,
        "for_s": rule.hold.total_seconds(),
        "keep_s": rule.keep.total_seconds(),
        "severity": rule.severity,
        "group": rule.group or rule.id,
        "title": TextDocument.of(rule.title),
        "params": [ParamDocument.of(param) for param in whole.params],
        "enabled": whole.enabled,
        "enabled_by": whole.enabled_by,
        "work_order": TemplateDocument(priority=order.priority, skill=order.skill) if order else None,
        "source": SourceDocument(standard=source.standard, clause=source.clause, verified=source.verified)
        if source
        else None,
        "causes": [TextDocument.of(text) for text in rule.causes],
        "actions": [TextDocument.of(text) for text in rule.actions],
        "inhibits": list(rule.inhibits),
        "latch": rule.latch,
        "life_safety": bool(rule.life_safety),
        "pack": rule.pack or None,
        "re_alarm_s": rule.re_alarm.total_seconds(),
        "reopen_within_s": rule.reopen_within.total_seconds(),
        "watched": sum(each.watched for each in on),
        "switched_off": sum(not each.enabled for each in on),
        "lacking": [LackDocument(lacks=list(names), assets=count) for names, count in lacking.items()],
        "overrides": [OverrideDocument.of(each) for each in of_rule],
    }
