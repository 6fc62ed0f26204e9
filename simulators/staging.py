"""How many chillers are asked for, and when one more or one less."""

from collections.abc import Sequence
from typing import Final

from plantroom.domain.site import Asset
from plantroom.simulators.machine import Moment
from plantroom.simulators.shared import rated_cooling_kw

FIRST_ON: Final = 0.05
"""Load at which the first chiller starts, as a share of what it gives."""
FIRST_OFF: Final = 0.02
ONE_MORE: Final = 0.9
"""Load at which another one starts, as a share of what those before it give."""
ONE_LESS: Final = 0.75
"""Load at which the last one stops, as a share of what those before it give."""

TOO_WARM_K: Final = 1.0
"""Over its set-point; chilled water that stays so warm calls for another chiller too."""
STILL_WARM_K: Final = 0.5


def chillers_asked_for(chillers: Sequence[Asset], moment: Moment) -> int:
    """Return how many chillers are to run: they say so; before their first word, by what the loads take."""
    known = count = 0
    for chiller in chillers:
        flows = moment.flows.get(chiller.id)
        if flows is not None:
            known += 1
            count += flows.demand > 0
    return count if known else usual_count(chillers, cooling_kw=cooling_at_first(chillers, moment))


def usual_count(chillers: Sequence[Asset], *, cooling_kw: float) -> int:
    """Return how many chillers have long been running at that load."""
    given = count = 0
    for chiller in chillers:
        if cooling_kw <= (ONE_MORE * given if count else FIRST_ON * rated_cooling_kw(chiller)):
            break
        given += int(rated_cooling_kw(chiller))
        count += 1
    return count


def cooling_at_first(chillers: Sequence[Asset], moment: Moment) -> float:
    """Return what the loads take at the first step, when what is shared does not know it yet, kW."""
    own = {chiller.id for chiller in chillers}
    stepped = sum(flows.cooling_kw for id_, flows in moment.flows.items() if id_ not in own)
    return max(moment.shared.cooling_kw, stepped)


def wants_to_run(load_kw: float, *, warm_k: float, before_kw: float, own_kw: float, running: bool) -> bool:
    """Return whether a chiller should run when those before it in the order give `before_kw`.

    `warm_k`: how much warmer the water is than its set-point; if it is, those before it give too little.
    """
    if before_kw <= 0:
        return load_kw > (FIRST_OFF if running else FIRST_ON) * own_kw
    if running:
        return load_kw > ONE_LESS * before_kw or warm_k > STILL_WARM_K
    return load_kw > ONE_MORE * before_kw or warm_k > TOO_WARM_K
