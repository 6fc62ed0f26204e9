"""The stage behind the engine: which alarms are suppressed, by design or as consequences of another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, NamedTuple

from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.expression.tree import Function, Window, within
from plantroom.domain.installation import Installation
from plantroom.domain.rule import Dependence, Rule
from plantroom.domain.site import concerns_life
from plantroom.rules.companions import suppressed_by
from plantroom.rules.losses import Key, Loss, Losses, Suspect
from plantroom.rules.topology import Topology

SETTLE: Final = timedelta(minutes=15)
"""How long after a loss its consequences may still come, and stay: machines start again one by one."""
_UNHEARD_MS: Final = 240_000
"""How long an asset may have been silent before an alarm that no rule decides says so."""
_LONGEST_ONSET_MS: Final = 600_000
"""What was active longer before a loss came first, whatever its rule looks back on."""
_ENDS: Final = (TransitionKind.CLEARED, TransitionKind.WITHDRAWN)


class Finding(NamedTuple):
    """Whether an alarm is suppressed."""

    suppressed: bool = False
    cause: str = ""
    """Id of the alarm it is a consequence of; empty: it is suppressed by design."""
    reason: str = ""


_HEARD: Final = Finding()


@dataclass(slots=True, kw_only=True)
class _Alarm:
    """An active alarm."""

    activation: Transition
    suspect: Suspect
    is_protected: bool
    """Whether people's lives depend on it: it is never suppressed."""
    told_at: int
    """When something was last told of it."""
    finding: Finding = _HEARD

    @property
    def has_story(self) -> bool:
        """Whether more is to be remembered of it than that it is active."""
        return self.finding.suppressed or self.told_at != self.suspect.activated_at


class Inhibition:
    """Transitions in, transitions out: those of the alarms, with what is suppressed and what no longer is.

    What it says depends only on the transitions, their order, and the ticks.
    """

    def __init__(self, installation: Installation, *, settle: timedelta = SETTLE) -> None:
        """Know how the assets of `installation` depend on each other."""
        self._topology = Topology(installation.table)
        self._losses = Losses(self._topology, settle=settle // timedelta(milliseconds=1))
        self._alarms: dict[str, dict[str, _Alarm]] = {}
        """The active ones, by asset and rule."""
        self._designed: set[Key] = set()
        """Whose `suppress` holds."""
        self._rules: Mapping[tuple[str, str], Rule] = {
            (site, rule.id): rule for site, rules in installation.rules.items() for rule in rules
        }
        self._systems = _systems(installation)

    def follow(self, transitions: Iterable[Transition]) -> list[Transition]:
        """Return what people are to know of `transitions`, which are given in the order they came."""
        told: list[Transition] = []
        for transition in transitions:
            told += self.tick(transition.at)
            told += self._take(transition)
        return told

    def tick(self, now: int) -> list[Transition]:
        """Return what is suppressed no longer at `now`, ms since the epoch."""
        told: list[Transition] = []
        while (at := self._losses.next_end) <= now:
            told += self._reconsider(self._losses.settle_next(), at)
        return told

    def active(self, active: Iterable[Transition]) -> list[Transition]:
        """Return the activations of alarms that are `active`, as they are to be sent again."""
        return [self._stamped(each) for each in active if not suppressed_by(each.rule)]

    def _take(self, transition: Transition) -> list[Transition]:
        if rule := suppressed_by(transition.rule):
            return self._take_design((transition.asset, rule), transition)
        if transition.asset not in self._topology:
            return [transition]
        if transition.kind is TransitionKind.ACTIVATED:
            return self._activated(transition)
        alarm = self._get((transition.asset, transition.rule))
        told = self._stamped(transition)
        if transition.kind in _ENDS:
            return [told, *self._ended(transition)]
        if alarm is not None:
            alarm.told_at = transition.at
        return [told]

    def _take_design(self, key: Key, transition: Transition) -> list[Transition]:
        if transition.kind is TransitionKind.ACTIVATED:
            self._designed.add(key)
        elif transition.kind in _ENDS:
            self._designed.discard(key)
        alarm = self._get(key)
        return [] if alarm is None else self._tell_if_changed(alarm, transition.at)

    def _activated(self, transition: Transition) -> list[Transition]:
        alarm = self._alarm_of(transition)
        self._alarms.setdefault(transition.asset, {})[transition.rule] = alarm
        is_loss = bool(transition.text.inhibits) and self._losses.begin(self._loss_of(alarm))
        alarm.finding = self._find(alarm)
        told = [self._stamped(transition)]
        if is_loss:
            told += self._reconsider(self._topology.behind([transition.asset]), transition.at)
        return told

    def _ended(self, transition: Transition) -> list[Transition]:
        key = transition.asset, transition.rule
        self._alarms.get(transition.asset, {}).pop(transition.rule, None)
        if transition.kind is TransitionKind.CLEARED:
            self._losses.end(key, transition.at)
            return []
        return self._reconsider(self._losses.forget([key]), transition.at)

    def _reconsider(self, assets: Iterable[str], at: int) -> list[Transition]:
        """Return what changes at `at` for the active alarms of `assets`."""
        found = (alarm for asset in assets for _, alarm in sorted(self._alarms.get(asset, {}).items()))
        return [told for alarm in found for told in self._tell_if_changed(alarm, at)]

    def _tell_if_changed(self, alarm: _Alarm, at: int) -> list[Transition]:
        was, finding = alarm.finding, self._find(alarm)
        if finding == was:
            return []
        alarm.finding = finding
        alarm.told_at = max(alarm.told_at, at)
        return [
            replace(
                alarm.activation,
                kind=TransitionKind.SUPPRESSED if finding.suppressed else TransitionKind.RELEASED,
                at=alarm.told_at,
                value=None,
                reason=finding.reason or f"no longer {was.reason}",
                suppressed=finding.suppressed,
                cause=finding.cause,
            )
        ]

    def _find(self, alarm: _Alarm) -> Finding:
        if alarm.is_protected:
            return _HEARD
        suspect = alarm.suspect
        rule = self._rules.get((alarm.activation.site, suspect.rule))
        if (suspect.asset, suspect.rule) in self._designed:
            text = rule.suppress.text if rule and rule.suppress else ""
            return Finding(suppressed=True, reason=f"suppressed by its rule: {text}")
        may_be = rule is None or rule.inhibited
        root = self._losses.root_of(suspect) if may_be else None
        if root is None:
            return _HEARD
        return Finding(suppressed=True, cause=root.id, reason=f"a consequence of {' '.join(root.key)}")

    def _stamped(self, transition: Transition) -> Transition:
        """Return `transition` with what was found of its alarm."""
        alarm = self._get((transition.asset, transition.rule))
        if alarm is None or not alarm.finding.suppressed:
            return transition
        if alarm.activation.activated_at != transition.activated_at:
            return transition
        suppressed, cause, reason = alarm.finding
        if transition.kind is not TransitionKind.ACTIVATED:
            reason = transition.reason
        return replace(transition, suppressed=suppressed, cause=cause, reason=reason)

    def _get(self, key: Key) -> _Alarm | None:
        asset, rule = key
        return self._alarms.get(asset, {}).get(rule)

    def _alarm_of(self, transition: Transition) -> _Alarm:
        text, asset = transition.text, transition.asset
        rule = self._rules.get((transition.site, transition.rule))
        system = self._systems.get(asset, "")
        lives = text.life_safety
        return _Alarm(
            activation=transition,
            suspect=Suspect(
                asset=asset,
                rule=transition.rule,
                activated_at=transition.activated_at,
                inhibits=text.inhibits,
                tells_of_silence=Dependence.GATEWAY in text.inhibits or _looks_for_silence(rule),
                hold=0 if rule is None else rule.hold // timedelta(milliseconds=1),
            ),
            is_protected=concerns_life(system=system, point=transition.point) if lives is None else lives,
            told_at=transition.activated_at,
        )

    def _loss_of(self, alarm: _Alarm) -> Loss:
        rule = self._rules.get((alarm.activation.site, alarm.activation.rule))
        return Loss(
            site=alarm.activation.site,
            suspect=alarm.suspect,
            began=alarm.suspect.activated_at,
            onset=_UNHEARD_MS if rule is None else _onset_of(rule),
        )

    def snapshot(self) -> dict[str, Any]:
        """Return what `restore` needs beside the active alarms, JSON-able."""
        alarms = [alarm for of_asset in self._alarms.values() for alarm in of_asset.values()]
        return {
            "losses": self._losses.snapshot(),
            "alarms": [
                [*alarm.suspect[:3], alarm.told_at, *alarm.finding] for alarm in alarms if alarm.has_story
            ],
        }

    def restore(
        self, kept: Mapping[str, Any], *, told: Sequence[Transition], active: Iterable[Transition], at: int
    ) -> list[Transition]:
        """Take up where `snapshot` left off, and return what people are to know of what came of the files.

        `told` is what the engine said of them, `active` the alarms that are active after it, and `at` the
        time. Nothing kept: all active alarms are looked at anew.
        """
        stories = {(asset, rule, began): rest for asset, rule, began, *rest in kept.get("alarms", ())}
        for transition in active:
            if rule := suppressed_by(transition.rule):
                self._designed.add((transition.asset, rule))
            elif transition.asset in self._topology:
                alarm = self._alarm_of(transition)
                self._alarms.setdefault(transition.asset, {})[transition.rule] = alarm
                story = stories.get(alarm.suspect[:3])
                if story is not None:
                    alarm.told_at, alarm.finding = story[0], Finding(*story[1:])
        alarms = [alarm for of_asset in self._alarms.values() for alarm in of_asset.values()]
        self._losses.restore(
            kept.get("losses", ()),
            active=[self._loss_of(alarm) for alarm in alarms if alarm.suspect.inhibits],
            cleared={
                (each.asset, each.rule): each.at for each in told if each.kind is TransitionKind.CLEARED
            },
        )
        heard = [each for each in told if not suppressed_by(each.rule)]
        return [*heard, *self._reconsider(self._topology.behind(self._alarms), at)]


def _systems(installation: Installation) -> dict[str, str]:
    """Return the system that each asset belongs to."""
    classes = installation.classes
    return {
        asset.id: classes[asset.asset_class].system if asset.asset_class in classes else ""
        for asset in installation.table.assets
    }


def _looks_for_silence(rule: Rule | None) -> bool:
    return rule is not None and any(window.function is Function.MISSING for window in _windows(rule))


def _onset_of(rule: Rule) -> int:
    """Return how long the condition of `rule` has been coming when its alarm becomes active, ms."""
    spans = (window.span for window in _windows(rule))
    return min(_LONGEST_ONSET_MS, rule.hold // timedelta(milliseconds=1) + max(spans, default=0))


def _windows(rule: Rule) -> Iterable[Window]:
    return (node for node in within(rule.when.root) if isinstance(node, Window))
