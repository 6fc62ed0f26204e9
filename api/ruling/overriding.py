"""What people change about rules while the product runs."""

from http import HTTPStatus

from plantroom.api.access.identity import Role
from plantroom.api.act import Act
from plantroom.api.documents.override import (
    OverrideDocument,
    OverrideIn,
    quantity_of,
)
from plantroom.api.problems import Problem, bad_value, not_found
from plantroom.domain.alarm_policy import milliseconds
from plantroom.domain.installation import Installation
from plantroom.domain.override import Override, mistake_in
from plantroom.domain.rule import Rule
from plantroom.storage.records import history, rule_overrides


def put(
    act: Act, wanted: OverrideIn, *, place: tuple[str, str, str], installation: Installation, role: Role
) -> OverrideDocument:
    """Change a rule on a site or an asset; `place` is site, asset ("": the whole site) and rule.

    Raises:
        Problem: `role` may not, or it does not fit the rule.
    """
    site, asset, rule_id = place
    each = Override(
        site=site,
        asset=asset,
        rule=rule_id,
        enabled=wanted.enabled,
        params={name: quantity_of(name, written) for name, written in wanted.params.items()},
        reason=wanted.reason,
        who=act.who,
        at=act.now,
        until=wanted.end(act.now),
    )
    mistake = mistake_in(each, installation)
    if mistake is not None:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, mistake)
    if each.until is not None and each.until <= act.now:
        raise bad_value("until", "must be in the future")
    if any(rule.life_safety for rule in rules_of(installation, site, rule_id)):
        _check_life_safety(act, each, role)
    rule_overrides.put(act.connection, each)
    document = OverrideDocument.of(each)
    _note(act, "rule.override", each, document)
    return document


def remove(act: Act, *, place: tuple[str, str, str], life_safety: bool, role: Role) -> OverrideDocument:
    """Let a rule be again as without the change; return what ends.

    Raises:
        Problem: nothing was changed, or `role` may not.
    """
    each = rule_overrides.find(act.connection, place)
    if each is None:
        raise not_found(f"override of rule {place[2]} on {place[1] or place[0]}")
    if life_safety:
        _refuse_ordinary(role, each.rule)
    rule_overrides.remove(act.connection, each)
    document = OverrideDocument.of(each)
    _note(act, "rule.override.end", each, document)
    return document


def end_expired(act: Act, each: Override) -> None:
    """End what was changed until a time that has come."""
    rule_overrides.remove(act.connection, each)
    _note(act, "rule.override.expired", each, OverrideDocument.of(each))


def rules_of(installation: Installation, site: str, rule: str) -> list[Rule]:
    """Return the rules of that id at `site`, one for each class.

    Raises:
        Problem: there is none.
    """
    found = [each for each in installation.rules.get(site, ()) if each.id == rule]
    if not found:
        raise not_found(f"rule {rule} at site {site}")
    return found


def _check_life_safety(act: Act, each: Override, role: Role) -> None:
    _refuse_ordinary(role, each.rule)
    if each.enabled is not False:
        return
    if each.until is None:
        raise bad_value("until", f"rule {each.rule} guards people's lives: say until when it is switched off")
    limit = act.policy.shelving.limit(role.value, life_safety=True)
    if each.until > act.now + milliseconds(limit):
        hours = limit.total_seconds() / 3600
        raise bad_value(
            "until", f"rule {each.rule} guards people's lives: it is switched off for at most {hours:g} h"
        )


def _refuse_ordinary(role: Role, rule: str) -> None:
    if not role.may(Role.ADMIN):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"rule {rule} guards people's lives: only the role admin may change it, you are {role.value}",
        )


def _note(act: Act, action: str, each: Override, document: OverrideDocument) -> None:
    act.record(action, f"{each.asset or each.site}/{each.rule}", _told(each))
    history.emit(act.connection, at=act.now, kind="rule_override", document=document.model_dump_json())


def _told(each: Override) -> str:
    words = [f"{name} {quantity.exact}" for name, quantity in each.params.items()]
    if each.enabled is not None:
        words.insert(0, "on" if each.enabled else "off")
    return f"{', '.join(words)}: {each.reason}"
