"""A site's machines, stepped together through the state they share."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

from plantroom.domain.site import Asset, Site
from plantroom.simulators.chiller import rated_cooling_kw
from plantroom.simulators.climate import occupancy, outdoor_temperature
from plantroom.simulators.faults import Fault, ScenarioInvalid, severities
from plantroom.simulators.machine import Building, Flows, Machine, Moment, Noise, Value
from plantroom.simulators.registry import KINDS, Stage

CHILLED_WATER_C = 7.0
"""What the loads get where no chiller is simulated."""
BASE_SHARE = 0.2
"""Cooling taken by what no asset stands for, as a share of what the chillers can give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    asset: Asset
    machine: Machine[Any]
    noise: Noise


class Plant:
    """The machines of one site; the same seed, faults and steps give the same readings.

    Within a step, loads come first (elevators, air handling), then pumps, chillers and what feeds them all,
    so that power and cooling add up within one step; chilled water reaches the loads one step later.
    """

    def __init__(self, site: Site, *, faults: Iterable[Fault] = (), seed: int = 0) -> None:
        """Build a machine for each asset whose class has a model.

        Raises:
            ScenarioInvalid: a fault names an asset or a fault that is not simulated.
        """
        self.site = site
        self.faults = tuple(faults)
        self.t = 0.0
        self._members = {stage: _members(site, stage, seed=seed) for stage in Stage}
        self._faults_of: dict[str, list[Fault]] = defaultdict(list)
        for fault in self.faults:
            self._faults_of[fault.asset].append(fault)
        self._check_faults()
        self._cooling_kw = _chillers_give(site)
        self._flows: dict[str, Flows] = {}
        self._states: dict[str, Any] = {}

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The assets that are simulated, in the order in which they are stepped."""
        return tuple(member.asset for members in self._members.values() for member in members)

    @property
    def flows(self) -> Mapping[str, Flows]:
        """What each machine took and gave in the last step, by asset id."""
        return self._flows

    def step(self, *, local: datetime, dt: float) -> dict[str, Mapping[str, Value]]:
        """Move on by `dt` seconds and return the readings by asset id; `local` is the site's time."""
        self.t += dt
        readings: dict[str, Mapping[str, Value]] = {}
        for stage in Stage:
            building = self._building(local)
            for member in self._members[stage]:
                readings[member.asset.id] = self._step(member, building, dt=dt)
        return readings

    def _step(self, member: _Member, building: Building, *, dt: float) -> Mapping[str, Value]:
        asset = member.asset.id
        moment = Moment(
            t=self.t,
            dt=dt,
            building=building,
            faults=severities(self._faults_of.get(asset, ()), t=self.t),
            noise=member.noise,
        )
        if asset not in self._states:
            self._states[asset] = member.machine.initial(building)
        step = member.machine.step(self._states[asset], moment)
        self._states[asset], self._flows[asset] = step.state, step.flows
        return step.values

    def _building(self, local: datetime) -> Building:
        base = BASE_SHARE * self._cooling_kw
        taken = base + sum(flows.cooling_kw for flows in self._flows_of(Stage.LOAD))
        leaving = [flows.leaving_c for flows in self._flows_of(Stage.COLD) if flows.leaving_c is not None]
        return Building(
            local=local,
            outdoor_c=outdoor_temperature(local),
            occupancy=occupancy(local),
            flows=self._flows,
            chilled_water_c=sum(leaving) / len(leaving) if leaving else CHILLED_WATER_C,
            base_cooling_kw=base,
            cooling_demand=taken / self._cooling_kw if self._cooling_kw else occupancy(local),
        )

    def _flows_of(self, stage: Stage) -> Iterable[Flows]:
        return (self._flows.get(member.asset.id, Flows()) for member in self._members[stage])

    def _check_faults(self) -> None:
        machines = {
            member.asset.id: member.machine for members in self._members.values() for member in members
        }
        for fault in self.faults:
            if fault.asset not in machines:
                raise ScenarioInvalid(
                    f"fault {fault.fault!r} is on an asset that is not simulated: {fault.asset!r}"
                )
            possible = machines[fault.asset].faults
            if fault.fault not in possible:
                raise ScenarioInvalid(
                    f"fault of {fault.asset} must be one of {sorted(possible)}: {fault.fault!r}"
                )


def _chillers_give(site: Site) -> float:
    return sum(rated_cooling_kw(asset) for asset in site.assets if asset.asset_class == "chiller")


def _members(site: Site, stage: Stage, *, seed: int) -> tuple[_Member, ...]:
    """Return the machines of a stage, those at the far end of the tree of supplies first."""
    assets = {asset.id: asset for asset in site.assets}
    found = [
        asset
        for asset in site.assets
        if asset.asset_class in KINDS and KINDS[asset.asset_class].stage is stage
    ]
    return tuple(
        _Member(
            asset=asset,
            machine=KINDS[asset.asset_class].build(asset, site),
            noise=Noise(seed, crc32(asset.id.encode())),
        )
        for asset in sorted(found, key=lambda asset: -_depth(asset, assets))
    )


def _depth(asset: Asset, assets: Mapping[str, Asset], seen: frozenset[str] = frozenset()) -> int:
    """Return how many supplies lie before `asset`; one that feeds itself counts as the first."""
    feeders = [assets[id_] for id_ in asset.fed_by if id_ in assets and id_ not in seen]
    return 1 + max((_depth(feeder, assets, seen | {asset.id}) for feeder in feeders), default=-1)
