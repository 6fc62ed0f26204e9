"""Which class of asset is simulated by which machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators import (
    air_handling,
    chiller,
    cooling_tower,
    electricity_meter,
    elevator,
    escalator,
    fan_coil,
    fire_panel,
    fire_pump,
    gateway,
    generator,
    panel,
    pump,
    sprinkler_line,
    sump,
    transformer,
    ups,
    vav_box,
    water_meter,
    water_tank,
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
    "escalator": Kind(build=escalator.build),
    # Who makes air for them.
    "vav_box": Kind(build=vav_box.build),
    "ahu": Kind(build=air_handling.build),
    "fan_coil_unit": Kind(build=fan_coil.build),
    # Who moves water.
    "pump": Kind(build=pump.build),
    # Who keeps water for fires and for people, and gets rid of it.
    "sprinkler_line": Kind(build=sprinkler_line.build),
    "fire_pump": Kind(build=fire_pump.build),
    "water_tank": Kind(build=water_tank.build),
    "sump": Kind(build=sump.build),
    # Who watches over fires.
    "fire_panel": Kind(build=fire_panel.build),
    # Who cools it.
    "chiller": Kind(build=chiller.build),
    "cooling_tower": Kind(build=cooling_tower.build),
    # Who carries the readings.
    "gateway": Kind(build=gateway.build),
    # Who powers all the others.
    "ups": Kind(build=ups.build, feeds=True, stores=True),
    "distribution_panel": Kind(build=panel.build, feeds=True),
    "transformer": Kind(build=transformer.build, feeds=True),
    "generator": Kind(build=generator.build, feeds=True),
    # Who reads what has passed.
    "water_meter": Kind(build=water_meter.build),
    "electricity_meter": Kind(build=electricity_meter.build),
}
"""By name of the asset class, in the order in which they are stepped."""
