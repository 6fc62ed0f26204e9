"""`/rules`, what people change about them, and reading their files again (contract 4.4)."""

import asyncio
import hashlib
import threading
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.status import HTTP_304_NOT_MODIFIED

from plantroom.api.access.gate import Engineer, Pipeline, Viewer
from plantroom.api.access.identity import Identity
from plantroom.api.act import Act
from plantroom.api.documents.override import (
    OverrideDocument,
    OverrideIn,
    Overrides,
    Rulings,
)
from plantroom.api.documents.rule import (
    AssetRule,
    AssetRules,
    ReloadDocument,
    RuledAsset,
    RuleDetail,
    RuleDocument,
    RulePage,
)
from plantroom.api.documents.trial import TrialDocument, TrialIn
from plantroom.api.problems import needed, not_found
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import Cursor, Limit, number_of, reply, split
from plantroom.api.ruling import overriding
from plantroom.api.ruling.effect import Effects
from plantroom.api.ruling.rulebook import effects_of, last_reload
from plantroom.api.ruling.trying import trial_of
from plantroom.api.services import Services, ServicesOf
from plantroom.api.threads import at_its_leisure
from plantroom.api.writing import Writing
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset, Site
from plantroom.storage.records import rule_overrides

router = APIRouter(prefix=PREFIX, tags=["rules"])
_LOOK = 0.25
"""Seconds between two looks at whether somebody still waits for a trial."""
AnyOf = Query(description="May be given several times")
OfClass = Query(alias="class", description="May be given several times")


@router.get("/rules", response_model=RulePage[RuleDocument])
def list_rules(
    services: ServicesOf,
    _viewer: Viewer,
    *,
    site: Annotated[list[str], AnyOf] = [],
    asset_class: Annotated[list[str], OfClass] = [],
    asset: str | None = None,
    enabled: Annotated[
        bool | None,
        Query(description="Whether it is switched on where an asset says nothing else, or on `asset`"),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the rules of each site, in the order of the files, and what came of reading those last."""
    effects = effects_of(services)
    ruled = None if asset is None else _asset(effects, asset)
    rules = [
        (rule, each)
        for each in effects.installation.table.sites
        if (not site or each.id in site) and (ruled is None or each is ruled[1])
        for rule in effects.installation.rules.get(each.id, ())
        if (not asset_class or rule.asset_class in asset_class)
        and (ruled is None or rule.asset_class == ruled[0].asset_class)
        and (enabled is None or _is_on(effects, rule, each, ruled and ruled[0]) == enabled)
    ]
    after = number_of(cursor)
    numbers = range(0 if after is None else after + 1, len(rules))
    shown, following = split(numbers, limit=limit, cursor=str)
    items = [RuleDocument.of(*rules[number], effects) for number in shown]
    reload = ReloadDocument.of(last_reload(services))
    return reply(RulePage[RuleDocument](items=items, next=following, reload=reload))


@router.get("/rules/{rule_id}", response_model=RuleDetail)
def get_rule(
    services: ServicesOf,
    _viewer: Viewer,
    rule_id: str,
    *,
    site: str | None = None,
    asset_class: Annotated[str | None, Query(alias="class")] = None,
) -> Response:
    """Return a rule with every asset of its class; of several sites and classes the first, or those given."""
    effects = effects_of(services)
    found = effects.named(rule_id, site=site, asset_class=asset_class)
    if not found:
        raise not_found(f"rule {rule_id}" + (f" at site {site}" if site else ""))
    return reply(RuleDetail.with_assets(*found[0], effects))


@router.get("/assets/{asset_id}/rules", response_model=AssetRules)
def list_rules_of_asset(services: ServicesOf, _viewer: Viewer, asset_id: str) -> Response:
    """List the rules of an asset's class, and what each comes to on it."""
    effects = effects_of(services)
    asset, site = _asset(effects, asset_id)
    return reply(
        AssetRules(
            items=[
                AssetRule(rule=RuleDocument.of(rule, site, effects), here=RuledAsset.of(effect))
                for rule, effect in effects.on_asset(asset, site)
            ]
        )
    )


@router.get("/rule-overrides", response_model=Overrides)
def list_overrides(services: ServicesOf, _viewer: Viewer) -> Response:
    """List all that people have changed about rules: who, when and why."""
    with services.records.read() as connection:
        found = rule_overrides.every(connection)
    return reply(Overrides.of(found, effects_of(services)))


@router.get("/pipeline/rules", response_model=Rulings, responses={304: {"description": "as before"}})
def get_rulings(
    services: ServicesOf, _pipeline: Pipeline, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Return what a pipeline must know about rules beside its files; with an ETag."""
    now = services.clock()
    with services.records.read() as connection:
        found = [each for each in rule_overrides.every(connection) if each.holds(now)]
    asked = services.pipelines.reload_asked
    body = Rulings(
        overrides=[OverrideDocument.of(each) for each in found],
        reload_asked=None if asked is None else to_rfc3339(asked),
    ).model_dump_json()
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    if if_none_match == tag:
        return Response(status_code=HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
    return Response(body, media_type="application/json", headers={"ETag": tag})


@router.post("/rules/reload", response_model=ReloadDocument)
def reload_rules(services: ServicesOf, _engineer: Engineer, write: Writing) -> Response:
    """Read the rule files again, here and in every pipeline; with a mistake in any nothing changes."""
    now = services.clock()
    reload = services.rules.reload(now)
    services.pipelines.reload_asked = now

    def note(act: Act) -> ReloadDocument:
        act.record("rules.reload", "rules", "; ".join(reload.errors) or "ok")
        return ReloadDocument.of(reload)

    return write(note)


@router.post("/rules/try", response_model=TrialDocument)
async def try_rule(request: Request, services: ServicesOf, _engineer: Engineer, body: TrialIn) -> Response:
    """Say what a rule would have done; whoever goes away before the answer ends the trial."""
    store = needed(services.store)
    trial = await run_in_threadpool(lambda: trial_of(body, effects_of(services), now=services.clock()))
    cancelled = threading.Event()
    work = asyncio.ensure_future(at_its_leisure(lambda: services.trials.run(trial, store, cancelled.is_set)))
    try:
        while not work.done():
            await asyncio.wait([work], timeout=_LOOK)
            if await request.is_disconnected():
                cancelled.set()
        return reply(work.result())
    finally:
        cancelled.set()


@router.put("/assets/{asset_id}/rules/{rule_id}", response_model=OverrideDocument)
def put_override_of_asset(
    services: ServicesOf, engineer: Engineer, write: Writing, asset_id: str, rule_id: str, body: OverrideIn
) -> Response:
    """Change a rule on one asset: its limits, or whether it watches; instead of what was changed before."""
    _, site = _asset(effects_of(services), asset_id)
    return _put(services, engineer, write, (site.id, asset_id, rule_id), body)


@router.put("/sites/{site_id}/rules/{rule_id}", response_model=OverrideDocument)
def put_override_of_site(
    services: ServicesOf, engineer: Engineer, write: Writing, site_id: str, rule_id: str, body: OverrideIn
) -> Response:
    """Change a rule on all assets of a site that say nothing else."""
    return _put(services, engineer, write, (site_id, "", rule_id), body)


@router.delete("/assets/{asset_id}/rules/{rule_id}", response_model=OverrideDocument)
def remove_override_of_asset(
    services: ServicesOf, engineer: Engineer, write: Writing, asset_id: str, rule_id: str
) -> Response:
    """End what was changed; the answer says what that was."""
    _, site = _asset(effects_of(services), asset_id)
    return _remove(services, engineer, write, (site.id, asset_id, rule_id))


@router.delete("/sites/{site_id}/rules/{rule_id}", response_model=OverrideDocument)
def remove_override_of_site(
    services: ServicesOf, engineer: Engineer, write: Writing, site_id: str, rule_id: str
) -> Response:
    """End what was changed; the answer says what that was."""
    return _remove(services, engineer, write, (site_id, "", rule_id))


def _put(
    services: Services, who: Identity, write: Writing, place: tuple[str, str, str], body: OverrideIn
) -> Response:
    installation = services.rules.installation
    overriding.rules_of(installation, place[0], place[2])
    return write(lambda act: overriding.put(act, body, place=place, installation=installation, role=who.role))


def _remove(services: Services, who: Identity, write: Writing, place: tuple[str, str, str]) -> Response:
    site, _, name = place
    known = services.rules.installation.rules.get(site, ())
    life_safety = any(rule.id == name and rule.life_safety for rule in known)
    return write(lambda act: overriding.remove(act, place=place, life_safety=life_safety, role=who.role))


def _is_on(effects: Effects, rule: Rule, site: Site, asset: Asset | None) -> bool:
    if asset is None:
        return effects.of_site(rule, site).enabled
    return effects.of_asset(rule, asset, site).enabled


def _asset(effects: Effects, asset_id: str) -> tuple[Asset, Site]:
    table = effects.installation.table
    number = table.asset_number.get(asset_id)
    if number is None:
        raise not_found(f"asset {asset_id}")
    return table.assets[number], table.site_of[number]
