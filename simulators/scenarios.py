"""Courses of events that a simulated site can be put through, by name."""

from collections.abc import Callable, Mapping
from typing import Final

from plantroom.domain.site import Site
from plantroom.simulators.faults import Fault, ScenarioInvalid


def faults_of(name: str, site: Site) -> tuple[Fault, ...]:
    """Return what goes wrong on `site` in the scenario `name`.

    Raises:
        ScenarioInvalid: there is no such scenario, or the site lacks a machine for it.
    """
    if name not in SCENARIOS:
        raise ScenarioInvalid(f"scenario must be one of {sorted(SCENARIOS)}: {name!r}")
    return SCENARIOS[name](site)


def _demo(site: Site) -> tuple[Fault, ...]:
    """A bearing of the first pump wears out within a minute, as a newcomer waits for it."""
    pumps = [asset.id for asset in site.assets if asset.asset_class == "pump"]
    if not pumps:
        raise ScenarioInvalid(f"scenario 'demo' needs a pump, and site {site.id!r} has none")
    return (Fault(asset=pumps[0], fault="bearing_wear", onset=10.0, ramp=50.0),)


def _normal(_: Site) -> tuple[Fault, ...]:
    return ()


SCENARIOS: Final[Mapping[str, Callable[[Site], tuple[Fault, ...]]]] = {"demo": _demo, "normal": _normal}
