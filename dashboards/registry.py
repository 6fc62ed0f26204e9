"""All dashboards there are."""

from collections.abc import Callable
from typing import Final

from plantroom.dashboards.board import Board
from plantroom.dashboards.boards import pumps
from plantroom.dashboards.plant import Plant

_BOARDS: Final[tuple[Callable[[Plant], Board], ...]] = (pumps.board,)
"""One each; the order is that of the files only."""


def boards(plant: Plant) -> tuple[Board, ...]:
    """Return every dashboard for `plant`."""
    return tuple(make(plant) for make in _BOARDS)
