"""A few machines that live together, without a plant around them."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Chance, Flows, Machine, Moment, Shared, Supply, Value
from plantroom_testing.simulation import asset_of, world

Builds: TypeAlias = Mapping[str, Callable[[Asset, Site], Machine[Any]]]
"""What makes machines, by class, in the order in which they are stepped."""
WEDNESDAY = datetime(2026, 7, 15, 9, tzinfo=UTC)


def part(
    asset_class: str, id_: str, *, parent: str | None = None, location: str = "", **rated: float
) -> Asset:
    """Return an asset in its place."""
    return replace(asset_of(asset_class, id_=id_, **rated), parent=parent, location=location)


@dataclass(slots=True, kw_only=True)
class _Member:
    machine: Machine[Any]
    chance: Chance
    state: Any = None


class Course:
    """Machines stepped one after the other, and all that they have shown."""

    def __init__(
        self,
        assets: list[Asset],
        builds: Builds,
        *,
        start: datetime = WEDNESDAY,
        seed: int = 1,
        weather: Mapping[str, float] | None = None,
    ) -> None:
        site = Site(id="s", assets=tuple(assets))
        self._members = {
            asset.id: _Member(machine=build(asset, site), chance=Chance(seed))
            for name, build in builds.items()
            for asset in assets
            if asset.asset_class == name
        }
        self.flows: dict[str, Flows] = {}
        self.shown: dict[str, list[Mapping[str, Value]]] = defaultdict(list)
        self.given: dict[str, list[Flows]] = defaultdict(list)
        self._now, self._weather, self._is_first = start, weather or {}, True

    def run(
        self,
        hours: float,
        *,
        dt: float = 10.0,
        faults: Mapping[str, Mapping[str, float]] | None = None,
        supply: Supply | None = None,
        shared: Shared | None = None,
    ) -> "Course":
        """Live on for some hours."""
        for _ in range(round(hours * 3600 / dt)):
            self._step(0.0 if self._is_first else dt, faults or {}, supply or Supply(), shared or Shared())
            self._is_first = False
        return self

    def column(self, asset: str, point: str) -> list[Any]:
        """Return what a point has shown."""
        return [values[point] for values in self.shown[asset]]

    def last(self, asset: str, point: str) -> Any:
        """Return what a point shows now."""
        return self.shown[asset][-1][point]

    def _step(
        self,
        dt: float,
        faults: Mapping[str, Mapping[str, float]],
        supply: Supply,
        shared: Shared,
    ) -> None:
        self._now += timedelta(seconds=dt)
        world_now = world(local=self._now, **self._weather)
        for id_, member in self._members.items():
            now = Moment(
                t=0.0,
                dt=dt,
                world=world_now,
                flows=self.flows,
                faults=faults.get(id_, {}),
                supply=supply,
                shared=shared,
                fed=(),
                chance=member.chance,
            )
            if member.state is None:
                member.state = member.machine.initial(now)
            step = member.machine.step(member.state, now)
            member.state, self.flows[id_] = step.state, step.flows
            self.shown[id_].append(step.values)
            self.given[id_].append(step.flows)
