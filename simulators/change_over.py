"""The switch between the mains and the stand-by supply."""

from collections.abc import Mapping, Sequence

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Flows


def mains_path(asset: Asset, site: Site) -> tuple[str, ...]:
    """Return what feeds `asset` on the mains' side of the first change-over switch before it."""
    assets = {each.id: each for each in site.assets}
    path: list[str] = []
    at, changed_over = asset, False
    while at.fed_by and at.fed_by[0] in assets and at.fed_by[0] not in path:
        changed_over = changed_over or len(at.fed_by) > 1
        at = assets[at.fed_by[0]]
        if changed_over:
            path.append(at.id)
    return tuple(path)


def is_on_mains(path: Sequence[str], flows: Mapping[str, Flows]) -> bool:
    """Return whether all on the mains' side give electricity."""
    for id_ in path:
        giver = flows.get(id_)
        if giver is not None and giver.supply is not None and not giver.supply.is_live:
            return False
    return True
