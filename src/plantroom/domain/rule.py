"""Rules: when is something wrong, how sure must we be, and what is to be done."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from functools import cached_property

from plantroom.domain.expression.tree import Expression
from plantroom.domain.quantity import Quantity
from plantroom.domain.site import Asset, Site, Tuning
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority


class Severity(Enum):
    """How bad it is, in ascending order of definition."""

    INFO = "info"
    """Worth knowing; acknowledges itself."""
    WARNING = "warning"
    """Will become a fault if nothing is done."""
    MAJOR = "major"
    """A fault: act during the shift."""
    CRITICAL = "critical"
    """Danger to people or to the plant: act at once."""

    @property
    def rank(self) -> int:
        """Position in ascending order, from 0."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a threshold comes from."""

    standard: str
    clause: str = ""
    verified: bool = False
    """Whether the number was read in the standard itself."""


class Dependence(Enum):
    """In which way an asset depends on another, in the words of the site file."""

    FED_BY = "fed_by"
    GATEWAY = "gateway"
    PARENT = "parent"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderTemplate:
    """The work order that an activation opens."""

    priority: Priority = Priority.NORMAL
    skill: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A condition on the points of each asset of a class (contract 4.2)."""

    id: str
    asset_class: str
    when: Expression
    clear: Expression | None = None
    """What must hold for the alarm to clear; None: that `when` does not hold."""
    suppress: Expression | None = None
    """While this holds its alarm is suppressed by design: recorded, not shown as active, not ordered."""
    suppresses: str = ""
    """Id of the rule whose `suppress` this one watches; empty: it is a rule of its own."""
    inhibits: tuple[Dependence, ...] = ()
    """In which ways others must depend on the asset for its alarm to be the root of theirs."""
    inhibited: bool = True
    """Whether its alarm may be suppressed as a consequence of another."""
    hold: timedelta = timedelta(0)
    """`for`: how long `when` must hold before the alarm becomes active."""
    keep: timedelta = timedelta(0)
    """How long the condition must be gone before the alarm clears."""
    severity: Severity = Severity.WARNING
    group: str = ""
    """What the work orders of several rules have in common; default the rule's id."""
    title: Text = field(default_factory=Text)
    work_order: WorkOrderTemplate | None = None
    source: Source | None = None
    causes: tuple[Text, ...] = ()
    """What is usually behind it, the likeliest first."""
    actions: tuple[Text, ...] = ()
    """What a technician should check, in this order."""
    params: tuple[tuple[str, Quantity], ...] = ()
    """Names that its expressions use for numbers, with their defaults; sites and assets may change them."""
    re_alarm: timedelta = timedelta(hours=24)
    """After how long a persisting condition opens a new order once the last was closed."""
    reopen_within: timedelta = timedelta(hours=1)
    """A recurrence this soon after an order's closing re-opens that order."""
    latch: bool = False
    """Whether its alarm stays after the condition is gone, until a person resets it."""
    life_safety: bool | None = None
    """Whether people's lives depend on it; None: nobody has said."""
    pack: str = ""
    """The shipped pack it comes from; empty: a file of the engineer's."""

    @cached_property
    def fingerprint(self) -> str:
        """Names what decides the rule's transitions; state kept under another one is not its own."""
        parts: tuple[object, ...] = (
            self.asset_class,
            self.when.text,
            self.clear and self.clear.text,
            self.hold,
            self.keep,
        )
        if self.params:
            parts += (self.params,)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def watches(self, asset: Asset, site: Site) -> bool:
        """Whether neither the site nor the asset, which has the last word, has switched it off."""
        said = (tuning.enabled for tuning in self._tuning(asset, site))
        return next((enabled for enabled in said if enabled is not None), True)

    def params_of(self, asset: Asset, site: Site) -> dict[str, float]:
        """Return its parameters on an asset of a site, each in the unit of its default."""
        return {
            name: self._chosen(name, default, asset, site).number_in(default.unit)
            for name, default in self.params
        }

    def _chosen(self, name: str, default: Quantity, asset: Asset, site: Site) -> Quantity:
        return next((each.params[name] for each in self._tuning(asset, site) if name in each.params), default)

    def _tuning(self, asset: Asset, site: Site) -> tuple[Tuning, ...]:
        tuned = self.suppresses or self.id
        return tuple(each.tuning[tuned] for each in (asset, site) if tuned in each.tuning)
