"""A small plant for the stage behind the engine, whose transitions are made up; times are seconds."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind, alarm_id
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Dependence, Rule, Severity
from plantroom.domain.site import Asset, AssetClass, Site
from plantroom.rules.inhibition import Inhibition
from plantroom_testing.rule_plant import rule

SETTLE = 900
ASSETS = (
    Asset(id="MAINS", asset_class="panel"),
    Asset(id="GEN", asset_class="panel"),
    Asset(id="PANEL", asset_class="panel", fed_by=("MAINS",)),
    Asset(id="EMERGENCY", asset_class="panel", fed_by=("PANEL", "GEN")),
    Asset(id="METER", asset_class="pump", parent="PANEL"),
    Asset(id="GATEWAY", asset_class="gateway", fed_by=("EMERGENCY",)),
    Asset(id="CHILLER", asset_class="pump", fed_by=("PANEL",), gateway="GATEWAY"),
    Asset(id="PUMP", asset_class="pump", parent="CHILLER", fed_by=("PANEL",), gateway="GATEWAY"),
    Asset(id="SUMP", asset_class="pump", fed_by=("EMERGENCY",), gateway="GATEWAY"),
    Asset(id="CABINET", asset_class="pump", fed_by=("EMERGENCY",)),
    Asset(id="HEATER", asset_class="pump", fed_by=("CABINET",)),
    Asset(id="BELL", asset_class="fire_alarm", fed_by=("PANEL",)),
)
FED_BY, GATEWAY, PARENT = Dependence.FED_BY, Dependence.GATEWAY, Dependence.PARENT
RULES = (
    replace(rule("temp > 5", name="dead", hold=2), inhibits=(FED_BY,)),
    replace(rule("temp > 5", name="slow", hold=300), inhibits=(FED_BY,)),
    replace(rule("temp > 5", name="stopped"), inhibits=(PARENT,)),
    rule("missing(temp, 1m)", name="silent"),
    rule("temp > 5", name="no-flow"),
    rule("temp > 5", name="worn", hold=60),
    replace(rule("temp > 5", name="trapped"), life_safety=True),
    replace(rule("temp > 5", name="flood"), inhibited=False),
    replace(
        rule(
            "temp > 5",
            name="by-design",
        ),
        suppress=rule("not running").when,
    ),
)
OFFLINE = AlarmText(severity=Severity.WARNING, group="asset-offline", inhibits=(GATEWAY,))
Story = tuple[str, str, str, float, str]
"""Asset, rule, what happened, when, and of what it is a consequence: asset, rule and its activation."""


def plant(assets: Sequence[Asset] = ASSETS, rules: Sequence[Rule] = RULES) -> Installation:
    classes = {"fire_alarm": AssetClass(name="fire_alarm", system="fire")}
    return Installation(
        table=PointTable((Site(id="s", assets=tuple(assets)),)), classes=classes, rules={"s": tuple(rules)}
    )


class Plant:
    """The stage, told what happens."""

    def __init__(self, installation: Installation | None = None) -> None:
        self.installation = installation or plant()
        self.texts = {rule.id: AlarmText.of(rule) for rule in self.installation.rules["s"]}
        self.stage = Inhibition(self.installation, settle=timedelta(seconds=SETTLE))
        self.names: dict[str, str] = {}
        self.open: dict[tuple[str, str], Transition] = {}

    def raises(self, asset: str, rule: str, *, at: float) -> list[Story]:
        begun = self.transition(asset, rule, TransitionKind.ACTIVATED, at, activated_at=at)
        self.open[asset, rule] = begun
        return self.hears(begun)

    def ends(
        self, asset: str, rule: str, *, at: float, kind: TransitionKind = TransitionKind.CLEARED
    ) -> list[Story]:
        begun = self.open.pop((asset, rule))
        return self.hears(replace(begun, kind=kind, at=round(at * 1000)))

    def says(self, asset: str, rule: str, kind: TransitionKind, *, at: float) -> list[Story]:
        return self.hears(replace(self.open[asset, rule], kind=kind, at=round(at * 1000)))

    def ticks(self, at: float) -> list[Story]:
        return self.stories(self.stage.tick(round(at * 1000)))

    def hears(self, *transitions: Transition) -> list[Story]:
        return self.stories(self.stage.follow(transitions))

    def transition(
        self, asset: str, rule: str, kind: TransitionKind, at: float, *, activated_at: float
    ) -> Transition:
        begun = round(activated_at * 1000)
        name = alarm_id(site="s", asset=asset, rule=rule, activated_at=begun)
        self.names[name] = f"{asset} {rule} {activated_at:g}"
        return Transition(
            site="s",
            asset=asset,
            rule=rule,
            kind=kind,
            at=round(at * 1000),
            activated_at=begun,
            text=self.texts.get(rule.removesuffix("~suppress"), OFFLINE),
            value=1.0,
        )

    def stories(self, told: Sequence[Transition]) -> list[Story]:
        return [
            (each.asset, each.rule, each.kind.value, each.at / 1000, self.names.get(each.cause, each.cause))
            for each in told
        ]

    def active(self) -> list[Story]:
        return self.stories(self.stage.active(self.open.values()))

    def restarts(
        self,
        installation: Installation | None = None,
        *,
        told: Sequence[Transition] = (),
        at: float = 0,
        keeps: bool = True,
    ) -> list[Story]:
        kept = json.loads(json.dumps(self.stage.snapshot())) if keeps else {}
        self.installation = installation or self.installation
        self.stage = Inhibition(self.installation, settle=timedelta(seconds=SETTLE))
        active = list(self.open.values())
        return self.stories(self.stage.restore(kept, told=told, active=active, at=round(at * 1000)))
