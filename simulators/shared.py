"""What the machines of a building share, gathered from what each takes and gives."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Flows, Moment, Shared

KW_PER_M3H_K: Final = 1.163
"""Heat carried by 1 m³/h of water for each kelvin."""
DESIGN_RISE_K: Final = 5.0
"""By which the chilled water warms up in the loads, and the condenser water in the chillers."""
BASE_SHARE: Final = 0.1
"""Cooling taken by what no asset stands for (server rooms, shops), as a share of what the chillers give."""
ROOM_C: Final = 26.0
"""At which warm chilled water cools nothing any more."""
CHILLER_KW: Final = 500.0
"""Cooling of a chiller whose rating is not given (`rated.cooling_kw`)."""


class SharedWater:
    """The chilled and the condenser water of a site, each one loop, and its fire alarm."""

    def __init__(self, site: Site) -> None:
        of_class: dict[str, str] = {asset.id: asset.asset_class for asset in site.assets}
        self._chillers = _ids(site, lambda asset: asset.asset_class == "chiller")
        self._towers = _ids(site, lambda asset: asset.asset_class == "cooling_tower")
        self._panels = _ids(site, lambda asset: asset.asset_class == "fire_panel")
        self._loads = _ids(site, lambda asset: asset.asset_class not in ("chiller", "cooling_tower"))
        self._chilled_pumps = _ids(site, lambda asset: is_pump_of(asset, "chiller", of_class))
        self._condenser_pumps = _ids(site, lambda asset: is_pump_of(asset, "cooling_tower", of_class))
        self._cooling_kw = sum(
            rated_cooling_kw(asset) for asset in site.assets if asset.asset_class == "chiller"
        )

    def of(self, flows: Mapping[str, Flows]) -> Shared:
        """Return what is shared while the machines take and give `flows` (by asset id)."""
        usual = Shared()
        chilled_c = _mixed_c(_present(flows, self._chillers), usual.chilled_c)
        base = BASE_SHARE * min(1.0, max(0.0, (ROOM_C - chilled_c) / (ROOM_C - usual.chilled_c)))
        taken = base * self._cooling_kw + sum(each.cooling_kw for each in _present(flows, self._loads))
        return Shared(
            chilled_c=chilled_c,
            cooling_kw=taken,
            cooling_share=taken / self._cooling_kw if self._cooling_kw else 0.0,
            chilled_m3h=max(0.0, sum(each.water_m3h for each in _present(flows, self._chilled_pumps))),
            condenser_c=_mixed_c(_present(flows, self._towers), usual.condenser_c),
            rejected_kw=sum(each.rejected_kw for each in _present(flows, self._chillers)),
            condenser_m3h=max(0.0, sum(each.water_m3h for each in _present(flows, self._condenser_pumps))),
            fire=any(each.alarm for each in _present(flows, self._panels)),
        )


def is_pump_of(asset: Asset, parent_class: str, class_of: Mapping[str, str]) -> bool:
    """Return whether `asset` is a pump that is part of an asset of `parent_class`."""
    return asset.asset_class == "pump" and class_of.get(asset.parent or "") == parent_class


def pumps_of(parent_class: str, site: Site) -> tuple[str, ...]:
    """Return the ids of the pumps that are part of assets of `parent_class`."""
    class_of = {asset.id: asset.asset_class for asset in site.assets}
    return tuple(asset.id for asset in site.assets if is_pump_of(asset, parent_class, class_of))


def moved_by(pumps: Iterable[str], moment: Moment) -> float:
    """Return the water that `pumps` move together, m³/h; what is shared does not know it yet at first."""
    return max(0.0, sum(each.water_m3h for each in _present(moment.flows, pumps)))


def rated_cooling_kw(chiller: Asset) -> float:
    """Return what the chiller gives at most, kW."""
    return chiller.rated.get("cooling_kw", CHILLER_KW)


def nominal_chilled_m3h(chiller: Asset) -> float:
    """Return the flow at which what the chiller gives at most warms the water by the design rise, m³/h."""
    return rated_cooling_kw(chiller) / (KW_PER_M3H_K * DESIGN_RISE_K)


def chilled_water_pumped(site: Site) -> float:
    """Return what the pumps of all chillers move at their ratings, m³/h; 0 if there are none."""
    class_of = {asset.id: asset.asset_class for asset in site.assets}
    return sum(
        asset.rated.get("flow_m3h", 80.0) for asset in site.assets if is_pump_of(asset, "chiller", class_of)
    )


def _ids(site: Site, chosen: Callable[[Asset], bool]) -> tuple[str, ...]:
    return tuple(asset.id for asset in site.assets if chosen(asset))


def _present(flows: Mapping[str, Flows], ids: Iterable[str]) -> list[Flows]:
    return [flows[id_] for id_ in ids if id_ in flows]


def _mixed_c(streams: list[Flows], otherwise: float) -> float:
    """Return the temperature of the streams together; of the machines that stand if none flows."""
    leaving = [(each.leaving_c, each.water_m3h) for each in streams if each.leaving_c is not None]
    moved = sum(water for _, water in leaving)
    if moved > 0:
        return sum(celsius * water for celsius, water in leaving) / moved
    return sum(celsius for celsius, _ in leaving) / len(leaving) if leaving else otherwise
