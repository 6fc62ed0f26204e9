"""Whose turn it is among equal machines, one of which stands by."""

from datetime import datetime
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Moment

CHANGED_AT_H: Final = 10
"""Machines change over on Mondays at that hour, when somebody is there to watch."""
SPARED_H: Final = 24
"""None changes over in the first day of a simulation: who looks at a machine then, finds it at work."""
_WEEK_H: Final = 7 * 24


class Duty:
    """The order in which the machines of one group run: it moves on by one machine each week."""

    def __init__(self, ids: tuple[str, ...], *, own: str) -> None:
        """Take the group's asset ids, first the one that leads in the first week."""
        self._orders = tuple(ids[turn:] + ids[:turn] for turn in range(len(ids)))
        self._own = own

    @property
    def design(self) -> int:
        """How many run at most when all is well: all but the one that stands by."""
        return max(1, len(self._orders) - 1)

    def place(self, moment: Moment, *, since_week: int) -> int:
        """Return how many machines that could run come before this one."""
        before = 0
        for id_ in self._orders[self._turn(moment, since_week)]:
            if id_ == self._own:
                break
            flows = moment.flows.get(id_)
            if flows is None or flows.ready:
                before += 1
        return before

    def first(self, moment: Moment, *, since_week: int) -> str:
        """Return the id of the first machine that could run."""
        order = self._orders[self._turn(moment, since_week)]
        for id_ in order:
            flows = moment.flows.get(id_)
            if flows is None or flows.ready:
                return id_
        return order[0]

    def _turn(self, moment: Moment, since_week: int) -> int:
        now = week_of(moment.world.local, moment.world.hour)
        return max(0, now - since_week) % len(self._orders)


def beside(asset: Asset, site: Site) -> tuple[Asset, ...]:
    """Return the machines of that class at that place, itself included, in the order of the site."""
    others = {
        each.id: each
        for each in site.assets
        if each.asset_class == asset.asset_class and each.location == asset.location
    }
    return tuple((others | {asset.id: asset}).values())


def week_of(local: datetime, hour: float) -> int:
    """Return the number of the week from one changeover to the next."""
    # Day 1 of the calendar was a Monday.
    return int((local.toordinal() - 1) * 24 + hour - CHANGED_AT_H) // _WEEK_H


def first_week(moment: Moment) -> int:
    """Return the week from which changeovers are counted when the simulation begins at `moment`."""
    return week_of(moment.world.local, moment.world.hour + SPARED_H)
