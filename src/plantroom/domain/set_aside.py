"""What people set aside: alarms shelved or out of service, assets in maintenance or being tested."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from plantroom.domain.alarm import AlarmState


class SetAsideKind(Enum):
    """Why alarms are not to be acted upon."""

    SHELVED = "shelved"
    """A person does not want to be bothered for a time."""
    OUT_OF_SERVICE = "out_of_service"
    """The alarm cannot be relied on until a work order is done."""
    MAINTENANCE = "maintenance"
    """Somebody works on the asset: what its rules say is known and suppressed."""
    TEST = "test"
    """The asset is being commissioned: its alarms are tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """(site, asset, rule) set aside; times are ms since the epoch, UTC. It outlives alarms."""

    kind: SetAsideKind
    site: str
    asset: str = ""
    """"" is every asset of the site."""
    rule: str = ""
    """"" is every rule of the asset."""
    until: int | None
    """None: until a person or the closing of its work order ends it."""
    reason: str
    who: str
    at: int
    one_shot: bool = False
    """Whether it also ends when the condition does."""
    life_safety: bool = False
    """Whether it covers alarms about people's lives."""
    remind_at: int | None = None
    """When to remind people of its end; None: they have been, or there is none."""
    work_order: int | None = None

    @property
    def key(self) -> tuple[SetAsideKind, str, str, str]:
        """What there is at most one of."""
        return (self.kind, self.site, self.asset, self.rule)

    def covers(self, *, site: str, asset: str, rule: str, life_safety: bool) -> bool:
        """Whether the alarm of (site, asset, rule) is set aside by this."""
        if self.site != site or (life_safety and not self.life_safety):
            return False
        return self.asset in ("", asset) and self.rule in ("", rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """By what one alarm is set aside: by people, and by the rules."""

    shelved: SetAside | None = None
    out_of_service: SetAside | None = None
    maintenance: SetAside | None = None
    test: SetAside | None = None
    suppressed: bool = False
    """Whether the rules have set it aside."""

    @classmethod
    def of(cls, found: Iterable[SetAside], *, suppressed: bool = False) -> "Aside":
        """Return what `found`, all of which cover the alarm, make of it; the longest of a kind counts."""
        by_kind: dict[SetAsideKind, SetAside] = {}
        for each in found:
            other = by_kind.get(each.kind)
            if other is None or _end_of(each) > _end_of(other):
                by_kind[each.kind] = each
        return cls(**{kind.value: each for kind, each in by_kind.items()}, suppressed=suppressed)

    @property
    def first(self) -> SetAside | None:
        """What people did that decides the alarm's state, or the test it is part of."""
        return self.out_of_service or self.shelved or self.maintenance or self.test

    @property
    def state(self) -> AlarmState | None:
        """The state of an open alarm that is set aside so; None: that of its condition."""
        if self.out_of_service:
            return AlarmState.OUT_OF_SERVICE
        if self.shelved:
            return AlarmState.SHELVED
        return AlarmState.SUPPRESSED if self.maintenance or self.suppressed else None

    @property
    def mark(self) -> str:
        """What an activation is recorded as; "": nobody had set it aside."""
        if self.state is not None:
            return self.state.value
        return "test" if self.test else ""


def _end_of(each: SetAside) -> float:
    return float("inf") if each.until is None else each.until


IN_VIEW = Aside()
"""Nobody has set it aside, nor have the rules."""
