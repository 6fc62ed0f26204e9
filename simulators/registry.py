"""Which class of asset is simulated by which machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators import (
    air_handling,
    chiller,
    electricity_meter,
    elevator,
    generator,
    panel,
    pump,
    transformer,
    ups,
)
from plantroom.simulators.machine import Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How an asset of one class is simulated."""

    build: Callable[[Asset, Site], Machine[Any]]
    """Makes the machine from the asset's ratings and its place in the site."""
    feeds: bool = False
    """Whether it gives electricity to those that name it in `fed_by`."""
    stores: bool = False
    """Whether it can do so when nothing feeds it."""


KINDS: Final[Mapping[str, Kind]] = {
    # Who serves people and takes cooling, water and power.
    "elevator": Kind(build=elevator.build),
    # Who makes air for them.
    "ahu": Kind(build=air_handling.build),
    # Who moves water.
    "pump": Kind(build=pump.build),
    # Who cools it.
    "chiller": Kind(build=chiller.build),
    # Who powers all the others.
    "ups": Kind(build=ups.build, feeds=True, stores=True),
    "distribution_panel": Kind(build=panel.build, feeds=True),
    "transformer": Kind(build=transformer.build, feeds=True),
    "generator": Kind(build=generator.build, feeds=True),
    # Who reads what has passed.
    "electricity_meter": Kind(build=electricity_meter.build),
}
"""By name of the asset class, in the order in which they are stepped."""
