"""A water tank: what comes in, what the pumps take, and what becomes of the water in between."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators import city_water
from plantroom.simulators.machine import Flows, Moment, Step, Value, approach, clamp
from plantroom.simulators.world import World

FULL: Final = 0.98
"""Share of the height at which the overflow pipe begins."""
HIGH: Final = 0.95
OPENS: Final = 0.65
CLOSES: Final = 0.88
"""The motor valve of a tank for users opens and shuts at these levels; the water stays fresh."""
LOW: Final = 0.25
FLOAT_SHUTS: Final = 0.93
FLOAT_BAND: Final = 0.03
"""A fire tank's float valve opens over this share of the height."""
FIRE_LOW: Final = 0.85
"""The fire reserve must not be touched (GB 50974: level alarms)."""
REFILL_H: Final = 2.5
FIRE_REFILL_H: Final = 48.0
"""A fire tank is full again within 48 h (GB 50974, 4.3.3)."""
USED_SHARE: Final = 0.12
"""Of the volume, an hour, by everybody, where no pump is simulated."""
LEAST: Final = 0.01
"""Share of the volume under the pumps' suction."""

DECAY_PER_H: Final = 0.030
"""Chlorine lost to what is in the water and to the walls at 20 °C, 1/h."""
DECAY_THETA: Final = 1.07
"""Factor for each kelvin (Vasconcelos et al. 1997, kinetics of chlorine decay in drinking water)."""
SETTLING_TAU_H: Final = 40.0
ROOM_TAU_S: Final = 4 * 86400.0
"""Tens of tonnes behind 50 mm of insulation."""
LEAK_SHARE: Final = 0.03
"""Worst leak: share of the volume an hour."""
DIRT_NTU_H: Final = 1.5
DIRT_DECAY_PER_H: Final = 0.6
DIRT_US_CM_H: Final = 30.0
DIRT_PH_H: Final = 0.08
DUST_NTU_H: Final = 0.04
LIGHT_DECAY_PER_H: Final = 0.05
"""What an open cover lets in: dust, and light that takes chlorine."""
FIRE_QUALITY: Final[dict[str, Value]] = {
    "turbidity": 0.5,
    "residual_chlorine": 0.3,
    "ph": 7.6,
    "conductivity": 430.0,
}
TURNS: Final = 1e-9
"""How near to its mark a level counts as there."""
_MOST_TURNS: Final = 8


@dataclass(slots=True, kw_only=True)
class TankState:
    """What a tank remembers from one step to the next."""

    m3: float
    is_filling: bool
    water_c: float
    turbidity: float
    chlorine: float
    ph: float
    conductivity: float


@dataclass(slots=True, kw_only=True)
class _Passed:
    """What has gone through the tank in a step, m³."""

    m3: float
    """What is left in it."""
    is_filling: bool
    came: float = 0.0
    went: float = 0.0
    spilt: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TankMachine:
    """A tank for users behind a motor valve, or a fire reserve behind a float valve.

    Nobody samples a fire reserve: the points of water quality stay at plausible values there.
    """

    volume_m3: float
    height_m: float
    inlet_m3h: float
    """Through the open valve at the city's mean pressure."""
    users: tuple[str, ...]
    """The pumps that draw from it."""
    is_fire: bool

    faults: frozenset[str] = frozenset(
        {"inlet_valve_stuck_open", "inlet_valve_stuck_closed", "leak", "contamination", "cover_open"}
    )

    def initial(self, moment: Moment) -> TankState:
        """Return a tank in which the water has been renewed for long."""
        level = FLOAT_SHUTS if self.is_fire else OPENS + (CLOSES - OPENS) * moment.chance.share()
        return TankState(
            m3=level * self.volume_m3,
            is_filling=moment.chance.share() < 0.3,
            water_c=_room_c(moment.world) if self.is_fire else city_water.temperature_c(moment.world) + 1.5,
            turbidity=city_water.TURBIDITY_NTU,
            chlorine=0.7 * city_water.CHLORINE_MG_L,
            ph=city_water.PH,
            conductivity=city_water.CONDUCTIVITY_US_CM,
        )

    def step(self, state: TankState, moment: Moment) -> Step[TankState]:
        """Return the tank `moment.dt` seconds later."""
        hours = moment.dt / 3600
        bar = city_water.pressure_bar(moment.world)
        full_m3h = self.inlet_m3h * math.sqrt(bar / city_water.MEAN_BAR)
        taken_m3h = self._taken(moment)
        passed = self._balance(state, moment, full_m3h, taken_m3h)
        water = self._quality(state, passed, moment)
        command = self._command(water.m3 / self.volume_m3, is_filling=water.is_filling)
        inlet_m3h = passed.came / hours if hours else full_m3h * self._opening(command, moment)
        outlet_m3h = passed.went / hours if hours else taken_m3h
        level = water.m3 / self.volume_m3
        values: dict[str, Value] = {
            "level": level * self.height_m,
            "high_level": level >= HIGH,
            "low_level": level < (FIRE_LOW if self.is_fire else LOW),
            "overflow": passed.spilt > 0,
            "inlet_flow": inlet_m3h,
            "outlet_flow": outlet_m3h,
            "inlet_valve": 100 * command,
            "water_temp": water.water_c,
            "cover_open": moment.severity("cover_open") > 0,
            "turbidity": water.turbidity,
            "residual_chlorine": water.chlorine,
            "ph": water.ph,
            "conductivity": water.conductivity,
        }
        if self.is_fire:
            values.update(FIRE_QUALITY)
        return Step(state=water, values=values, flows=Flows(water_m3h=inlet_m3h, level=level))

    def _taken(self, moment: Moment) -> float:
        if self.users:
            drawn = [moment.flows[user].water_m3h for user in self.users if user in moment.flows]
            return max(0.0, sum(drawn))
        return 0.0 if self.is_fire else USED_SHARE * self.volume_m3 * moment.world.occupancy

    def _command(self, level: float, *, is_filling: bool) -> float:
        """Return how far the controller (or the float) opens the valve, 0 to 1."""
        if self.is_fire:
            return clamp((FLOAT_SHUTS - level) / FLOAT_BAND, 0.0, 1.0)
        return 1.0 if is_filling else 0.0

    @staticmethod
    def _opening(command: float, moment: Moment) -> float:
        """Return how far the valve is open."""
        held = max(command, moment.severity("inlet_valve_stuck_open"))
        return held * (1 - moment.severity("inlet_valve_stuck_closed"))

    def _balance(self, state: TankState, moment: Moment, full_m3h: float, taken_m3h: float) -> _Passed:
        """Return dV = (Q in - Q out) dt, cut where the valve turns, the tank overflows or is empty."""
        passed = _Passed(m3=state.m3, is_filling=state.is_filling)
        left = moment.dt / 3600
        leak_m3h = LEAK_SHARE * self.volume_m3 * moment.severity("leak")
        for _ in range(_MOST_TURNS):
            if left <= 0:
                break
            level = passed.m3 / self.volume_m3
            passed.is_filling = level < CLOSES - TURNS if passed.is_filling else level <= OPENS + TURNS
            opening = self._opening(self._command(level, is_filling=passed.is_filling), moment)
            left -= self._flow_on(passed, opening * full_m3h, taken_m3h, leak_m3h, left)
        return passed

    def _flow_on(self, passed: _Passed, inlet: float, taken: float, leak: float, left: float) -> float:
        """Let water flow until something changes, `left` hours at most; return how long that took."""
        empty = LEAST * self.volume_m3
        if passed.m3 <= empty:
            taken = min(taken, inlet)
            leak = min(leak, inlet - taken)
        gain = inlet - taken - leak
        mark = self._mark(passed, gain)
        hours = left
        if mark is not None and abs(mark - passed.m3) < abs(gain) * left:
            hours = abs(mark - passed.m3) / abs(gain)
            passed.m3 = mark
        else:
            passed.m3 += gain * hours
        passed.came += inlet * hours
        passed.went += taken * hours
        brim = FULL * self.volume_m3
        if passed.m3 > brim:
            passed.spilt += passed.m3 - brim
            passed.m3 = brim
        return hours

    def _mark(self, passed: _Passed, gain: float) -> float | None:
        """Return the content, m³, that it moves to and at which the valve turns or the tank is empty."""
        if gain < 0:
            opens = OPENS * self.volume_m3
            turns = not self.is_fire and not passed.is_filling and passed.m3 > opens
            return opens if turns else LEAST * self.volume_m3
        closes = CLOSES * self.volume_m3
        return closes if not self.is_fire and passed.is_filling and passed.m3 < closes else None

    def _quality(self, state: TankState, passed: _Passed, moment: Moment) -> TankState:
        """Return what mixes in and decays: dC/dt = Q in / V (C in - C) - k C, exact for a steady flow.

        Source: the stirred tank of first order, as in EPANET 2 (mixing in storage tanks).
        """
        hours = moment.dt / 3600
        world = moment.world
        renewed = math.exp(-passed.came / max(0.02 * self.volume_m3, passed.m3))
        dirt, is_open = moment.severity("contamination"), moment.severity("cover_open")
        warmth = DECAY_THETA ** (state.water_c - 20)
        decay = DECAY_PER_H * warmth + DIRT_DECAY_PER_H * dirt + LIGHT_DECAY_PER_H * is_open
        settled = math.exp(-hours / SETTLING_TAU_H)
        base = 0.6 * city_water.TURBIDITY_NTU
        mixed_c = _mixed(state.water_c, city_water.temperature_c(world), renewed)
        turbidity = _mixed(state.turbidity, city_water.TURBIDITY_NTU, renewed)
        return TankState(
            m3=passed.m3,
            is_filling=passed.is_filling,
            water_c=approach(mixed_c, _room_c(world), dt=moment.dt, tau=ROOM_TAU_S),
            turbidity=base
            + (turbidity - base) * settled
            + (DIRT_NTU_H * dirt + DUST_NTU_H * is_open) * hours,
            chlorine=_mixed(state.chlorine, city_water.CHLORINE_MG_L, renewed) * math.exp(-decay * hours),
            ph=_mixed(state.ph, city_water.PH, renewed) - DIRT_PH_H * dirt * hours,
            conductivity=_mixed(state.conductivity, city_water.CONDUCTIVITY_US_CM, renewed)
            + DIRT_US_CM_H * dirt * hours,
        )


def _room_c(world: World) -> float:
    """Return the temperature of a tank room in a basement: a third of the weather's."""
    return 14 + 0.3 * world.outdoor_c


def _mixed(inside: float, incoming: float, kept: float) -> float:
    return incoming + (inside - incoming) * kept


def build(asset: Asset, site: Site) -> TankMachine:
    """Make a tank from `rated`: `volume_m3`, `height_m`, `inlet_m3h`; fire pumps make it a fire reserve."""
    users = [each for each in site.assets if each.parent == asset.id]
    volume_m3 = asset.rated.get("volume_m3", 30.0)
    is_fire = any(each.asset_class == "fire_pump" for each in users)
    return TankMachine(
        volume_m3=volume_m3,
        height_m=asset.rated.get("height_m", 2.5),
        inlet_m3h=asset.rated.get("inlet_m3h", volume_m3 / (FIRE_REFILL_H if is_fire else REFILL_H)),
        users=tuple(each.id for each in users if each.asset_class in ("pump", "fire_pump")),
        is_fire=is_fire,
    )
