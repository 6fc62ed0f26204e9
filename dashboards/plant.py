"""What dashboards know of the installation they are built for."""

from dataclasses import dataclass
from functools import cached_property

from plantroom.dashboards.limits import Limits
from plantroom.domain.installation import Installation
from plantroom.domain.site import AssetClass, Point


@dataclass(frozen=True)
class Plant:
    """The classes, machines and rules of an installation, as dashboards ask for them."""

    installation: Installation

    @cached_property
    def limits(self) -> Limits:
        """The limits that the rules put on readings."""
        return Limits(self.installation)

    @property
    def classes(self) -> tuple[AssetClass, ...]:
        """All classes, by name."""
        return tuple(self.installation.classes[name] for name in sorted(self.installation.classes))

    def assets(self, asset_class: str) -> tuple[str, ...]:
        """Return the ids of the machines of a class, in the order of the files."""
        assets = self.installation.table.assets
        return tuple(asset.id for asset in assets if asset.asset_class == asset_class)

    def point(self, asset_class: str, name: str) -> Point:
        """Return a point of a class."""
        points = self.installation.classes[asset_class].points
        return next(point for point in points if point.name == name)
