"""Scenarios by name or file, and the sites that are put through them."""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from plantroom.domain.scenario import Scenario
from plantroom.domain.site import Site
from plantroom.domain.suggestion import suggest
from plantroom.simulators.demo import SITE_FILE
from plantroom.simulators.faults import fault_on
from plantroom.simulators.simulation import Simulation
from plantroom.storage.files import load_installation
from plantroom.storage.files.scenarios import load_scenario, scenario_names
from plantroom.storage.files.source import SUFFIXES

SHIPPED = files("plantroom.simulators") / "scenarios"
DEMO = "demo"
NORMAL = "normal"


class ScenarioName(click.ParamType[str]):
    """The name of a shipped scenario, or the path of a scenario file."""

    name = "NAME|FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return `value` if there is such a scenario."""
        known = scenario_names(SHIPPED)
        if value not in known and not str(value).endswith(SUFFIXES):
            self.fail(
                f"no scenario {value!r}; {suggest(str(value), known)} (plantroom simulate scenarios)",
                param,
                ctx,
            )
        return str(value)


def scenario_called(name: str) -> Scenario:
    """Return the scenario of that name, or in the file of that name.

    Raises:
        FilesInvalid: the file has mistakes.
    """
    if name.endswith(SUFFIXES):
        return load_scenario(Path(name))
    return load_scenario(SHIPPED / f"{name}.yaml")


def sites_of(given: Sequence[Path]) -> tuple[Site, ...]:
    """Return the sites of the files given, the demo building without any.

    Raises:
        FilesInvalid: a site file has mistakes.
    """
    return load_installation(sites=given or (SITE_FILE,)).table.sites


def simulation_of(
    site: Site, scenario: Scenario, *, seed: int = 0, start: datetime | None = None
) -> Simulation:
    """Return `site` in `scenario`, from `start` on, otherwise from the scenario's start, or from now.

    A `start` without a zone is the site's.

    Raises:
        ScenarioInvalid: the site lacks what the scenario needs.
    """
    if start is None and scenario.start is not None:
        start = scenario.start
    if start is not None and start.tzinfo is None:
        start = start.replace(tzinfo=site.timezone)
    faults = [fault_on(site, planned) for planned in scenario.faults]
    return Simulation(site, start=start or datetime.now(site.timezone), faults=faults, seed=seed)


def simulations_of(
    given: Sequence[Path], *, scenario: str | None = None, seed: int = 0
) -> tuple[Simulation, ...]:
    """Return each site of the files given, the demo building without any, in the scenario of that name.

    Raises:
        FilesInvalid: a file has mistakes.
        ScenarioInvalid: a site lacks what the scenario needs.
    """
    chosen = scenario_called(scenario or (NORMAL if given else DEMO))
    return tuple(simulation_of(site, chosen, seed=seed) for site in sites_of(given))
