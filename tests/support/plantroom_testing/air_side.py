"""Air handling units of the demo building with all that they serve, run through a season."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from plantroom.domain.site import Site, ValueType
from plantroom.simulators.faults import Fault
from plantroom.simulators.instruments import Instrument
from plantroom.simulators.plant import Plant
from plantroom_testing.simulation import demo_site

Column: TypeAlias = npt.NDArray[Any]

MONDAYS = {
    "winter": datetime.fromisoformat("2026-01-12"),
    "spring": datetime.fromisoformat("2026-04-13"),
    "summer": datetime.fromisoformat("2026-07-13"),
    "autumn": datetime.fromisoformat("2026-10-19"),
}
"""At the site."""


def air_site(*ids: str) -> Site:
    """Return the demo building cut down to those assets and what is part of them, on sound mains."""
    site = demo_site()
    assets = [
        replace(asset, fed_by=())
        for asset in site.assets
        if asset.id in ids or (asset.parent in ids and asset.asset_class == "vav_box")
    ]
    return replace(site, assets=tuple(assets))


def plant_of(*ids: str, start: datetime, faults: Sequence[Fault] = (), seed: int = 1) -> Plant:
    """Return the plant of those assets; `start` is the site's time."""
    site = air_site(*ids)
    return Plant(site, start=start.replace(tzinfo=site.timezone), faults=faults, seed=seed)


def course(plant: Plant, asset: str, *, hours: float, every: float = 60.0) -> dict[str, Column]:
    """Return every point of `asset`, once a minute or as told: booleans as 0 and 1, states as text."""
    columns: dict[str, list[object]] = {}
    for number in range(round(hours * 3600 / every) + 1):
        read = plant.step(every if number else 0.0)
        for name, value in read[asset].items():
            columns.setdefault(name, []).append(value)
    return {
        name: np.array(column, dtype=object if isinstance(column[0], str) else float)
        for name, column in columns.items()
    }


def with_noise(columns: dict[str, Column], plant: Plant, asset: str) -> dict[str, Column]:
    """Return the same as the sensors show it."""
    (points,) = (each.measured for each in plant.assets if each.id == asset)
    read = dict(columns)
    for point in points:
        if point.value_type is ValueType.NUMBER:
            truth = columns[point.name]
            t = np.arange(len(truth), dtype=np.float64) * 60.0
            read[point.name] = Instrument(asset, point, seed=1).read(truth, t, ())[0]
    return read
