"""Rooms: what people, lights, sun and weather do to the air in them, and when they are used."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset
from plantroom.simulators.machine import Flows
from plantroom.simulators.moist_air import CP_AIR, M3H_PER_KG_S, OUTDOOR_CO2_PPM, moisture
from plantroom.simulators.world import BRIGHTEST_W_M2, LATITUDE, World, sun_height

FLOW_PER_M2: Final = 16.5
"""Supply air of an office at its design, m³/h for each m²."""
HEIGHT_M: Final = 3.0
M2_PER_PERSON: Final = 10.0
AT_DESK: Final = 0.68
"""Of the people who are in the building, how many are in their room at a time."""
PERSON_SENSIBLE_KW: Final = 0.075
"""Seated, very light work at 24 °C (ASHRAE Fundamentals, chapter 18); the latent heat follows as vapour."""
PERSON_VAPOUR_KG_S: Final = 0.055 / 2501
PERSON_CO2_M3H: Final = 0.018
LIGHTS_KW_M2: Final = 0.009
PLUGS_KW_M2: Final = 0.016
ALWAYS_ON: Final = 0.12
"""Share of lights and sockets that is on when nobody is in."""
WINDOW_SHARE: Final = 0.2
"""Window for each m² of floor of a room on one façade."""
SHADED_GAIN: Final = 0.28
"""Solar heat gain of coated double glass with blinds half closed."""
ENVELOPE_KW_K_M2: Final = 0.00062
"""Transmission of window (2.2 W/m²K) and wall (0.6) for each m² of floor."""
INFILTRATION_PER_H: Final = 0.15
AIR_FACTOR: Final = 4.0
"""Papers, curtains and the surface of furniture follow the air: its heat capacity in multiples of its own."""
MASS_KJ_K_M2: Final = 220.0
"""Of floor slab, walls and furniture for each m² of floor (ISO 13790: 165 medium, 260 heavy)."""
MASS_KW_K_M2: Final = 0.0085
"""Between air and mass: 3.4 W/m²K over 2.5 m² of surface for each m² of floor."""
RADIANT: Final = 0.45
"""Share of heat from people, lights and machines that warms walls before air; of the sun's, 0.75."""
RADIANT_SUN: Final = 0.75
LONGEST_STEP_S: Final = 60.0
SUNDAY: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When a room is meant to be used, by the site's clock."""

    opens_h: float = 7.0
    closes_h: float = 21.0
    days: float = 6
    """Of the week, from Monday on; 7: shops, with as many people at the week-end."""

    def is_open(self, world: World) -> bool:
        """Whether it is to be comfortable."""
        return self.opens_h <= world.hour < self.closes_h and world.local.weekday() < self.days

    def presence(self, world: World) -> float:
        """Return the share of the room's people who are in, 0 to 1."""
        if world.local.weekday() >= self.days or not (self.opens_h - 0.5 <= world.hour < self.closes_h + 0.5):
            return 0.0
        share = world.occupancy
        if self.days > SUNDAY and not world.is_workday:
            share /= 0.3
        return max(0.0, min(1.0, (share - 0.05) / 0.9))


def timetable_of(asset: Asset) -> Timetable:
    """Return the timetable in `rated`: `opens_h`, `closes_h`, `days`; an office's if none is given."""
    usual = Timetable()
    return Timetable(
        opens_h=asset.rated.get("opens_h", usual.opens_h),
        closes_h=asset.rated.get("closes_h", usual.closes_h),
        days=asset.rated.get("days", usual.days),
    )


@dataclass(slots=True)
class RoomState:
    """The air of a room and its walls; never changed once made."""

    air_c: float
    mass_c: float
    moisture: float
    """Water in a kilogram of dry air, kg."""
    co2_ppm: float


@dataclass(slots=True)
class Gains:
    """What a room gets besides its supply air; never changed once made."""

    air_kw: float
    mass_kw: float
    people: float
    outdoor_c: float
    outdoor_moisture: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room, or a group of rooms on one façade that share their air."""

    area_m2: float
    timetable: Timetable
    east: float = 0.0
    """Where its windows look: the east part of the unit vector; north and south as the next."""
    south: float = 1.0
    constant_kw: float = 0.0
    """Heat of machines that are always on."""
    sunny: float = 1.0
    """Window area as a share of the usual."""

    def at_start(self, world: World) -> RoomState:
        """Return the room after some days like this one."""
        warm = 22.5 + 0.1 * (world.outdoor_c - 17.0)
        return RoomState(
            air_c=warm, mass_c=warm, moisture=0.0045 + 0.00025 * max(0.0, world.outdoor_c), co2_ppm=460.0
        )

    def gains(self, world: World) -> Gains:
        """Return what people, machines, sun and outdoor air bring at this moment."""
        presence = self.timetable.presence(world)
        people = AT_DESK * presence * self.area_m2 / M2_PER_PERSON
        used = ALWAYS_ON + (1 - ALWAYS_ON) * min(1.0, 1.4 * presence)
        inside = people * PERSON_SENSIBLE_KW + used * (LIGHTS_KW_M2 + PLUGS_KW_M2) * self.area_m2
        inside += self.constant_kw
        sun = 0.0
        if world.sun_w_m2 > 1:
            glass = SHADED_GAIN * WINDOW_SHARE * self.sunny * self.area_m2
            sun = glass * on_facade(world, east=self.east, south=self.south) / 1000
        return Gains(
            air_kw=(1 - RADIANT) * inside + (1 - RADIANT_SUN) * sun,
            mass_kw=RADIANT * inside + RADIANT_SUN * sun,
            people=people,
            outdoor_c=world.outdoor_c,
            outdoor_moisture=moisture(world.outdoor_c, world.humidity),
        )

    def after(self, state: RoomState, gains: Gains, *, dt: float, supply: Flows) -> RoomState:
        """Return the room `dt` seconds later.

        C dT/dt = sum of K (T' - T) + Q for the air, exact while the walls hold theirs; two capacities and
        five resistances as in ISO 13790, water and carbon dioxide by their balances.
        """
        flow_m3h = supply.air_m3h
        supply_c = state.air_c if supply.leaving_c is None else supply.leaving_c
        steps = math.ceil(dt / LONGEST_STEP_S) or 1
        part = dt / steps
        volume = self.area_m2 * HEIGHT_M
        leaking = INFILTRATION_PER_H * volume
        to_supply = CP_AIR * flow_m3h / M3H_PER_KG_S
        to_outdoor = ENVELOPE_KW_K_M2 * self.area_m2 + CP_AIR * leaking / M3H_PER_KG_S
        to_mass = MASS_KW_K_M2 * self.area_m2
        conductance = to_supply + to_outdoor + to_mass
        capacity = AIR_FACTOR * 1.2 * volume * CP_AIR
        left = math.exp(-part * conductance / capacity)
        given = to_supply * supply_c + to_outdoor * gains.outdoor_c + gains.air_kw
        air_c, mass_c = state.air_c, state.mass_c
        for _ in range(steps):
            target = (given + to_mass * mass_c) / conductance
            mean = target + (air_c - target) * (1 - left) * capacity / (conductance * part) if part else air_c
            air_c = target + (air_c - target) * left
            mass_c += part * (gains.mass_kw + to_mass * (mean - mass_c)) / (MASS_KJ_K_M2 * self.area_m2)
        changed = flow_m3h + leaking
        stale = math.exp(-dt * changed / (3600 * volume))
        water = (
            flow_m3h * supply.moisture
            + leaking * gains.outdoor_moisture
            + gains.people * PERSON_VAPOUR_KG_S * M3H_PER_KG_S
        ) / changed
        co2 = (
            flow_m3h * supply.co2_ppm + leaking * OUTDOOR_CO2_PPM + 1e6 * gains.people * PERSON_CO2_M3H
        ) / changed
        return RoomState(
            air_c,
            mass_c,
            water + (state.moisture - water) * stale,
            co2 + (state.co2_ppm - co2) * stale,
        )


def on_facade(world: World, *, east: float, south: float) -> float:
    """Return the sun on an upright wall, W/m², with half of the diffuse light.

    The beam's share of the light follows from how clear the sky is.
    Source: Duffie and Beckman, Solar Engineering of Thermal Processes, chapter 1 (incidence on a plane).
    """
    up = max(0.08, sun_height(world.local))
    clear = min(1.0, world.sun_w_m2 / (BRIGHTEST_W_M2 * up))
    beam = max(0.0, 1.15 * clear - 0.35)
    declination = math.radians(23.45) * math.sin(2 * math.pi * (284 + world.local.timetuple().tm_yday) / 365)
    angle = 2 * math.pi * (world.hour - 12) / 24
    to_east = -math.cos(declination) * math.sin(angle)
    to_south = math.sin(LATITUDE) * math.cos(declination) * math.cos(angle) - math.cos(LATITUDE) * math.sin(
        declination
    )
    facing = max(0.0, east * to_east + south * to_south)
    return world.sun_w_m2 * (beam * min(2.5, facing / up) + 0.5 * (1 - beam))


def facade_of(location: str) -> tuple[float, float]:
    """Return the east and south parts of where the windows of a place look: by its name, else south-west."""
    words = location.lower()
    for name, direction in _DIRECTIONS.items():
        if name in words:
            return direction
    return -0.7, 0.7


_DIRECTIONS: Final = {"west": (-1.0, 0.0), "east": (1.0, 0.0), "south": (0.0, 1.0), "north": (0.0, -1.0)}
