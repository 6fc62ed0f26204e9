"""All that the files say: the sites with their points, and the rules that watch over them."""

from collections.abc import Mapping
from dataclasses import dataclass

from plantroom.domain.points import PointTable
from plantroom.domain.rule import Rule
from plantroom.domain.site import AssetClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What one set of processes monitors."""

    table: PointTable
    classes: Mapping[str, AssetClass]
    rules: Mapping[str, tuple[Rule, ...]]
    """The rules of each site, by site id: its packs' and the added ones."""

    def rule(self, site: str, rule: str) -> Rule | None:
        """Return the rule of that id at a site; None: no file has it."""
        return next((each for each in self.rules.get(site, ()) if each.id == rule), None)
