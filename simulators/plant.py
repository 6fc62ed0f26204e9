"""A site's machines, stepped together through the state they share."""

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
        self._members = [
            _Member(
                asset=asset, machine=KINDS[asset.asset_class].build(asset, site), noise=_noise(asset, seed)
            )
            for asset in sorted(site.assets, key=lambda asset: _order(asset, site))
            if asset.asset_class in KINDS
        ]
        self._check_faults()
        self._cooling_kw = _chillers_give(site)
        self._flows: dict[str, Flows] = {}
        self._states: dict[str, Any] = {}

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The assets that are simulated, in the order in which they are stepped."""
        return tuple(member.asset for member in self._members)

    @property
    def flows(self) -> Mapping[str, Flows]:
        """What each machine took and gave in the last step, by asset id."""
        return self._flows

    def step(self, *, local: datetime, dt: float) -> dict[str, Mapping[str, Value]]:
        """Move on by `dt` seconds and return the readings by asset id; `local` is the site's time."""
        self.t += dt
        readings: dict[str, Mapping[str, Value]] = {}
        for member in self._members:
            asset, building = member.asset, self._building(local)
            moment = Moment(
                t=self.t,
                dt=dt,
                building=building,
                faults=severities(self.faults, asset=asset.id, t=self.t),
                noise=member.noise,
            )
            if asset.id not in self._states:
                self._states[asset.id] = member.machine.initial(building)
            step = member.machine.step(self._states[asset.id], moment)
            self._states[asset.id], self._flows[asset.id] = step.state, step.flows
            readings[asset.id] = step.values
        return readings

    def _building(self, local: datetime) -> Building:
        loads = [self._flows.get(member.asset.id, Flows()) for member in self._of_stage(Stage.LOAD)]
        leaving = [
            self._flows.get(member.asset.id, Flows()).leaving_c for member in self._of_stage(Stage.COLD)
        ]
        known = [celsius for celsius in leaving if celsius is not None]
        base = BASE_SHARE * self._cooling_kw
        taken = base + sum(flows.cooling_kw for flows in loads)
        return Building(
            local=local,
            outdoor_c=outdoor_temperature(local),
            occupancy=occupancy(local),
            flows=self._flows,
            chilled_water_c=sum(known) / len(known) if known else CHILLED_WATER_C,
            base_cooling_kw=base,
            cooling_demand=taken / self._cooling_kw if self._cooling_kw else occupancy(local),
        )

    def _of_stage(self, stage: Stage) -> Iterable[_Member]:
        return (member for member in self._members if KINDS[member.asset.asset_class].stage is stage)

    def _check_faults(self) -> None:
        machines = {member.asset.id: member.machine for member in self._members}
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


def _noise(asset: Asset, seed: int) -> Noise:
    return Noise(seed, crc32(asset.id.encode()))


def _order(asset: Asset, site: Site) -> tuple[int, int]:
    """Return the asset's stage, and within it the deepest in the tree of supplies first."""
    kind = KINDS.get(asset.asset_class)
    return (kind.stage.value if kind else 0, -_depth(asset, {other.id: other for other in site.assets}))


def _depth(asset: Asset, assets: Mapping[str, Asset], seen: frozenset[str] = frozenset()) -> int:
    """Return how many supplies lie before `asset`; one that feeds itself counts as the first."""
    feeders = [assets[id_] for id_ in asset.fed_by if id_ in assets and id_ not in seen]
    return 1 + max((_depth(feeder, assets, seen | {asset.id}) for feeder in feeders), default=-1)
