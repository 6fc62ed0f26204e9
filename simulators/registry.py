"""Which class of asset is simulated by which machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators import air_handling, chiller, elevator, panel, pump
from plantroom.simulators.machine import Machine


class Stage(Enum):
    """When within a step a machine's turn comes."""

    LOAD = 1
    """Serves people; takes cooling and power."""
    WATER = 2
    """Moves water for the loads."""
    COLD = 3
    """Cools the water for what the loads take."""
    SUPPLY = 4
    """Powers all the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How an asset of one class is simulated."""

    build: Callable[[Asset, Site], Machine[Any]]
    """Makes the machine from the asset's ratings and its place in the site."""
    stage: Stage


KINDS: Final[Mapping[str, Kind]] = {
    "ahu": Kind(build=air_handling.build, stage=Stage.LOAD),
    "elevator": Kind(build=elevator.build, stage=Stage.LOAD),
    "pump": Kind(build=pump.build, stage=Stage.WATER),
    "chiller": Kind(build=chiller.build, stage=Stage.COLD),
    "distribution_panel": Kind(build=panel.build, stage=Stage.SUPPLY),
}
"""By name of the asset class."""
