"""What a server is to have, and what was found and done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

RAW: Final = "raw"
MINUTES: Final = "minutes"
HOURS: Final = "hours"
TIERS: Final = (RAW, MINUTES, HOURS)
DAY_S: Final = 86_400


class Account(Enum):
    """Who uses the server, each with no more rights than needed."""

    WRITER = "writer"
    """The pipeline: writes samples, and reads them to down-sample."""
    READER = "reader"
    """The API, where it only reads."""
    GRAFANA = "grafana"
    """Grafana's data source: reads."""

    @property
    def writes(self) -> bool:
        """Whether it may write."""
        return self is Account.WRITER


class State(Enum):
    """How something is that the server is to have."""

    PRESENT = "present"
    """As wanted."""
    MADE = "made"
    CHANGED = "changed"
    MISSING = "missing"
    """Not there, and not made because only a check was asked for."""
    DIFFERS = "differs"
    """There, but otherwise than wanted, and not changed."""

    @property
    def is_well(self) -> bool:
        """Whether it is now as wanted."""
        return self in (State.PRESENT, State.MADE, State.CHANGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that the server is to have."""

    kind: str
    name: str
    state: State
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is wanted, and what may be done for it."""

    database: str
    days: Mapping[str, int]
    """How long each of `TIERS` is kept; 0: for ever."""
    only_check: bool = False
    apply_retention: bool = False
    """Whether what is there may be kept for another time than it is: a shorter one deletes samples."""
    renew: bool = False
    """Whether accounts that are there get another secret."""


@dataclass(slots=True)
class Outcome:
    """What was found and done, in order."""

    items: list[Item] = field(default_factory=list)
    secrets: dict[Account, str] = field(default_factory=dict, repr=False)
    """Passwords or tokens of the accounts made, which can be read only now."""

    @property
    def is_ready(self) -> bool:
        """Whether the server has all that is wanted."""
        return all(item.state.is_well for item in self.items)

    def add(self, kind: str, name: str, state: State, detail: str = "") -> None:
        """Note how something is."""
        self.items.append(Item(kind=kind, name=name, state=state, detail=detail))


def kept(days: int) -> str:
    """Return in words for how long something is kept."""
    return f"kept {days} days" if days else "kept for ever"


def other_retention(found_s: int, wanted_days: int) -> str:
    """Return in words that something is kept for another time than wanted."""
    found = f"{found_s / DAY_S:g} days" if found_s else "for ever"
    wanted = f"{wanted_days} days" if wanted_days else "for ever"
    loses = wanted_days and (not found_s or wanted_days * DAY_S < found_s)
    return f"kept {found}, wanted {wanted}" + ("; what is older is then deleted" if loses else "")
