"""A site's machines, stepped together through what they share."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32

from plantroom.domain.site import Asset, Site
from plantroom.simulators.electricity import Electricity
from plantroom.simulators.faults import Fault, ScenarioInvalid, repaired, severities
from plantroom.simulators.machine import Chance, Flows, Machine, Moment, Value
from plantroom.simulators.registry import KINDS
from plantroom.simulators.shared import SharedWater
from plantroom.simulators.world import Climate

RENEWED_MS: Final = 10_000
"""The weather and what is shared change slowly: they are looked at again after so much plant time."""
_NONE: Final[Mapping[str, float]] = {}


@dataclass(slots=True, kw_only=True)
class _Member:
    asset: Asset
    machine: Machine[Any]
    chance: Chance
    every_ms: int
    feeds: bool
    state: Any = None
    stepped_ms: int = -1


class Plant:
    """The machines of one site; the same seed, start, faults and steps give the same values.

    Within a step, loads come first, then what moves and cools water for them, then what feeds them all
    (`registry.KINDS` is in that order). What is shared reaches the machines at the next step.
    """

    def __init__(self, site: Site, *, start: datetime, faults: Iterable[Fault] = (), seed: int = 0) -> None:
        """Build a machine for each asset whose class has a model; `start` is aware.

        Raises:
            ScenarioInvalid: a fault names an asset or a fault that is not simulated.
        """
        self.site = site
        self._start = start.astimezone(site.timezone)
        self._t_ms = 0
        self._members = _members(site, seed=seed)
        self._by_id = {member.asset.id: member for member in self._members}
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        for fault in faults:
            self.inject(fault)
        self._climate = Climate(seed)
        self._water = SharedWater(site)
        suppliers = frozenset(member.asset.id for member in self._members if member.feeds)
        self._electricity = Electricity(
            site,
            suppliers=suppliers,
            storing=frozenset(id_ for id_ in suppliers if KINDS[self._by_id[id_].asset.asset_class].stores),
        )
        self._flows: dict[str, Flows] = {}
        self._renewed_ms = -RENEWED_MS

    @property
    def t(self) -> float:
        """Plant time since the start, s."""
        return self._t_ms / 1000

    @property
    def local(self) -> datetime:
        """The site's time."""
        return self._start + timedelta(milliseconds=self._t_ms)

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The assets that are simulated, in the order in which they are stepped."""
        return tuple(member.asset for member in self._members)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What goes wrong, also later."""
        return tuple(fault for faults in self._faults.values() for fault in faults)

    @property
    def flows(self) -> Mapping[str, Flows]:
        """What each machine took and gave in its last step, by asset id."""
        return self._flows

    def faults_of(self, asset: str) -> frozenset[str]:
        """Return what can go wrong with the machine of that id.

        Raises:
            ScenarioInvalid: it is not simulated.
        """
        if asset not in self._by_id:
            raise ScenarioInvalid(f"asset is not simulated: {asset!r}")
        return self._by_id[asset].machine.faults

    def inject(self, fault: Fault) -> None:
        """Let `fault` happen, at its time.

        Raises:
            ScenarioInvalid: it names an asset or a fault that is not simulated.
        """
        possible = self.faults_of(fault.asset)
        if fault.fault not in possible:
            raise ScenarioInvalid(
                f"fault of {fault.asset} must be one of {sorted(possible)}: {fault.fault!r}"
            )
        self._faults[fault.asset].append(fault)

    def repair(self, asset: str, fault: str) -> tuple[Fault, ...]:
        """Let what is wrong with a machine now be gone; return the faults that are over.

        Raises:
            ScenarioInvalid: the machine does not have the fault.
        """
        over, self._faults[asset] = repaired(self._faults[asset], fault, t=self.t)
        if not over:
            raise ScenarioInvalid(f"{asset} does not have the fault {fault!r} now")
        return over

    def step(self, dt: float) -> dict[str, Mapping[str, Value]]:
        """Move on by `dt` seconds; return the true values of the machines whose turn came, by asset id.

        A machine's turn comes whenever one of its points is read, and at the first step.
        """
        self._t_ms += round(dt * 1000)
        self._renew()
        values: dict[str, Mapping[str, Value]] = {}
        for member in self._members:
            if member.stepped_ms < 0 or self._t_ms - member.stepped_ms >= member.every_ms:
                values[member.asset.id] = self._step(member)
        return values

    def _renew(self) -> None:
        if self._t_ms - self._renewed_ms >= RENEWED_MS:
            self._renewed_ms = self._t_ms
            self._world = self._climate.at(self.local)
            self._shared = self._water.of(self._flows)
        self._electricity.renew(self._flows)

    @property
    def intervals_ms(self) -> Mapping[str, int]:
        """How often each machine's turn comes, by asset id."""
        return {member.asset.id: member.every_ms for member in self._members}

    def _step(self, member: _Member) -> Mapping[str, Value]:
        asset = member.asset.id
        faults = self._faults.get(asset)
        is_first = member.stepped_ms < 0
        moment = Moment(
            t=self._t_ms / 1000,
            dt=0.0 if is_first else (self._t_ms - member.stepped_ms) / 1000,
            world=self._world,
            shared=self._shared,
            supply=self._electricity.of(asset),
            flows=self._flows,
            fed=self._electricity.fed_by(asset, self._flows) if member.feeds else (),
            faults=severities(faults, t=self._t_ms / 1000) if faults else _NONE,
            chance=member.chance,
        )
        if is_first:
            member.state = member.machine.initial(moment)
        step = member.machine.step(member.state, moment)
        member.state, self._flows[asset] = step.state, step.flows
        member.stepped_ms = self._t_ms
        return step.values


def _members(site: Site, *, seed: int) -> tuple[_Member, ...]:
    """Return the machines in the order of `KINDS`; those that power others from the far end on."""
    found = [
        _Member(
            asset=asset,
            machine=KINDS[asset.asset_class].build(asset, site),
            chance=Chance(seed, crc32(asset.id.encode())),
            every_ms=math.gcd(*(round(point.every.total_seconds() * 1000) for point in asset.measured))
            or 10_000,
            feeds=KINDS[asset.asset_class].feeds,
        )
        for asset in site.assets
        if asset.asset_class in KINDS
    ]
    order = {name: number for number, name in enumerate(KINDS)}
    suppliers = frozenset(member.asset.id for member in found if member.feeds)
    tree = Electricity(site, suppliers=suppliers, storing=frozenset())
    first_supplier = min((order[name] for name, kind in KINDS.items() if kind.feeds), default=0)

    def place(member: _Member) -> tuple[int, int]:
        if member.feeds:
            return first_supplier, -tree.depth(member.asset.id)
        return order[member.asset.asset_class], 0

    return tuple(sorted(found, key=place))
