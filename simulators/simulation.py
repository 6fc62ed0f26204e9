"""A site as its readings show it: the plant, its instruments, and the ways to the broker."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np

from plantroom.domain.site import Asset, Point, Site
from plantroom.simulators.faults import Fault, ScenarioInvalid, repaired
from plantroom.simulators.instruments import INSTRUMENT_FAULTS, Instrument, instrument_faults_of
from plantroom.simulators.links import LINK_FAULTS, Link
from plantroom.simulators.machine import Value
from plantroom.simulators.plant import Plant


class Simulation:
    """A site that lives and can be made to fail; same seed, start, faults and steps: same readings."""

    def __init__(self, site: Site, *, start: datetime, faults: Iterable[Fault] = (), seed: int = 0) -> None:
        """Build the site's machines; `start` is aware.

        Raises:
            ScenarioInvalid: a fault names what is not simulated or cannot happen there.
        """
        self.site = site
        self.plant = Plant(site, start=start, seed=seed)
        self.instruments = {
            asset.id: tuple(Instrument(asset.id, point, seed=seed) for point in asset.measured)
            for asset in self.plant.assets
        }
        self._behind = _behind(site)
        self._on_points: dict[tuple[str, str], list[Fault]] = defaultdict(list)
        self._on_links: dict[str, list[Fault]] = defaultdict(list)
        self._links = {asset.id: Link() for asset in self.plant.assets}
        self._truth: dict[str, Mapping[str, Value]] = {}
        for fault in faults:
            self.inject(fault)

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The assets that are simulated."""
        return self.plant.assets

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What goes wrong, also later."""
        others = (*self._on_points.values(), *self._on_links.values())
        return (*self.plant.faults, *(fault for faults in others for fault in faults))

    def link(self, asset: str) -> Link:
        """Return the way of that asset's readings."""
        return self._links[asset]

    def faults_on(self, asset: str, point: str) -> Sequence[Fault]:
        """Return what goes wrong with the sensor of a point."""
        return self._on_points.get((asset, point), ())

    def inject(self, fault: Fault) -> None:
        """Let `fault` happen, at its time.

        Raises:
            ScenarioInvalid: it names what is not simulated or cannot happen there.
        """
        if fault.point is not None:
            self._check_instrument(fault, fault.point)
            self._on_points[fault.asset, fault.point].append(fault)
        elif fault.fault in LINK_FAULTS:
            self._check_asset(fault.asset)
            self._on_links[fault.asset].append(fault)
            self._renew_links(fault.asset)
        else:
            self._check_machine(fault)
            self.plant.inject(fault)

    def repair(self, asset: str, fault: str, *, point: str | None = None) -> tuple[Fault, ...]:
        """Let what is wrong now be gone; return the faults that are over.

        Raises:
            ScenarioInvalid: that is not wrong there.
        """
        self._check_asset(asset)
        if point is None and fault not in LINK_FAULTS:
            return self.plant.repair(asset, fault)
        if point is None:
            over, self._on_links[asset] = repaired(self._on_links[asset], fault, t=self.plant.t)
            self._renew_links(asset)
        else:
            over, self._on_points[asset, point] = repaired(
                self._on_points[asset, point], fault, t=self.plant.t
            )
        if not over:
            where = asset if point is None else f"{asset}.{point}"
            raise ScenarioInvalid(f"{where} does not have the fault {fault!r} now")
        return over

    def possible(self, asset: str) -> frozenset[str]:
        """Return what can go wrong with an asset's machine and its connection.

        Raises:
            ScenarioInvalid: it is not simulated.
        """
        self._check_asset(asset)
        return self.plant.faults_of(asset) | LINK_FAULTS

    def advance(self, dt: float) -> None:
        """Let `dt` seconds of plant time pass."""
        self._truth.update(self.plant.step(dt))

    def readings(self, asset: str, due: Sequence[Instrument]) -> dict[str, Value]:
        """Return what the sensors of an asset show now; those that fail to show anything are left out."""
        t, truth = np.array([self.plant.t]), self._truth[asset]
        shown: dict[str, Value] = {}
        for instrument in due:
            point = instrument.point.name
            if point not in truth:
                continue
            read, kept = instrument.read(instrument.encode([truth[point]]), t, self.faults_on(asset, point))
            if kept is None or kept[0]:
                shown[point] = instrument.decode(float(read[0]))
        return shown

    def _check_asset(self, asset: str) -> None:
        if asset not in self._links and asset not in self._behind:
            raise ScenarioInvalid(f"asset is not simulated: {asset!r}")

    def _check_machine(self, fault: Fault) -> None:
        possible = self.possible(fault.asset)
        if fault.fault in INSTRUMENT_FAULTS:
            raise ScenarioInvalid(
                f"fault {fault.fault!r} is of an instrument: name the point of {fault.asset}"
            )
        if fault.fault not in possible:
            raise ScenarioInvalid(
                f"fault of {fault.asset} must be one of {', '.join(sorted(possible))}: {fault.fault!r}"
            )

    def _check_instrument(self, fault: Fault, name: str) -> None:
        self._check_asset(fault.asset)
        points: dict[str, Point] = {each.point.name: each.point for each in self.instruments[fault.asset]}
        if name not in points:
            raise ScenarioInvalid(f"{fault.asset} has no point {name!r}")
        possible = instrument_faults_of(points[name])
        if fault.fault not in possible:
            raise ScenarioInvalid(
                f"fault of the instrument {fault.asset}.{name} must be one of {', '.join(sorted(possible))}: "
                f"{fault.fault!r}"
            )

    def _renew_links(self, asset: str) -> None:
        for each in (asset, *self._behind.get(asset, ())):
            if each in self._links:
                gateways = [each, *_gateways_of(each, self.site)]
                self._links[each] = Link([fault for id_ in gateways for fault in self._on_links[id_]])


def _gateways_of(asset: str, site: Site) -> list[str]:
    """Return the gateways through which the readings of `asset` come, the nearest first."""
    gateway_of = {each.id: each.gateway for each in site.assets}
    found: list[str] = []
    gateway = gateway_of.get(asset)
    while gateway is not None and gateway not in found:
        found.append(gateway)
        gateway = gateway_of.get(gateway)
    return found


def _behind(site: Site) -> dict[str, list[str]]:
    """Return the assets whose readings come through each gateway."""
    behind: dict[str, list[str]] = defaultdict(list)
    for asset in site.assets:
        for gateway in _gateways_of(asset.id, site):
            behind[gateway].append(asset.id)
    return behind
