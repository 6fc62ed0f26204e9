"""All dashboards there are."""

from collections.abc import Callable
from typing import Final

from plantroom.dashboards.board import Board
from plantroom.dashboards.boards import (
    air,
    alarms,
    chillers,
    elevators,
    energy,
    fire,
    machine,
    overview,
    pipeline,
    power,
    pumps,
    work_orders,
)
from plantroom.dashboards.plant import Plant

_BOARDS: Final[tuple[Callable[[Plant], Board], ...]] = (
    overview.board,
    elevators.board,
    pumps.board,
    air.board,
    chillers.board,
    fire.board,
    power.board,
    energy.board,
    alarms.board,
    work_orders.board,
    pipeline.board,
)


def boards(plant: Plant) -> tuple[Board, ...]:
    """Return every dashboard for `plant`: those of the site and its systems, then one per class."""
    return (
        *(make(plant) for make in _BOARDS),
        *(machine.board(plant, asset_class) for asset_class in plant.classes),
    )
