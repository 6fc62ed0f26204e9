"""Rules that watch when another is suppressed by design; their transitions are for the stage behind alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from plantroom.domain.rule import Rule

_SUFFIX: Final = "~suppress"
"""No rule of a file has such an id (contract 4.1)."""


def with_companions(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return `rules` after the companions of those that may be suppressed, which are told first."""
    rules = tuple(rules)
    return (*(_companion(rule) for rule in rules if rule.suppress), *rules)


def suppressed_by(rule: str) -> str:
    """Return the id of the rule that `rule` is the companion of; empty if it is none."""
    return rule.removesuffix(_SUFFIX) if rule.endswith(_SUFFIX) else ""


def _companion(rule: Rule) -> Rule:
    return replace(
        rule,
        id=rule.id + _SUFFIX,
        when=rule.suppress or rule.when,
        clear=None,
        suppress=None,
        suppresses=rule.id,
        hold=timedelta(0),
        keep=timedelta(0),
    )
