"""An air handling unit with economizer, cooling and heating coil and a variable speed fan."""

from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Flows, Moment, Step, Value, approach, clamp
from plantroom.simulators.world import World

AIR_KJ_PER_M3_K: Final = 1.2
"""Heat carried by a cubic metre of air for each kelvin (density 1.19 kg/m³, 1.006 kJ/kgK)."""
STARTS_H: Final = 6.5
STOPS_H: Final = 21.5
SUPPLY_SET_POINT_C: Final = 14.0
LEAST_OUTDOOR_AIR: Final = 0.2
SLOWEST_FAN: Final = 0.6
FAN_RISE_C: Final = 1.0
"""How much the fan warms the air at full speed."""
LATENT_FACTOR: Final = 1.25
"""Total heat taken out of the air for each kW that cools it; the rest is water condensed."""
COIL_TAU_S: Final = 60.0
ROOM_TAU_S: Final = 1200.0
FAN_TAU_S: Final = 20.0
DUCT_PRESSURE_PA: Final = 250.0
FILTER_PA: Final = 90.0
"""Pressure drop of a clean filter at full flow."""
NOMINAL_COIL_DROP_C: Final = 14.0
"""How much the cooling coil cools the full flow with the valve open, 7 °C water and 28 °C air."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AirHandlingState:
    """What a unit remembers from one step to the next."""

    fan: float
    """Share of full speed."""
    supply_c: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """What the outdoor air damper does."""

    damper: float
    """Share of outdoor air."""
    outdoor_c: float
    return_c: float

    @property
    def mixed_c(self) -> float:
        """Temperature before the coils."""
        return self.damper * self.outdoor_c + (1 - self.damper) * self.return_c


@dataclass(frozen=True, slots=True, kw_only=True)
class Coils:
    """What the coils do to the air."""

    cooling: float
    """Valve, 0 to 1."""
    heating: float
    supply_c: float
    cooling_kw: float
    """Heat taken out of the air, water condensed from it included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AirHandlingMachine:
    """One unit serving offices by day."""

    fan_kw: float
    flow_m3h: float
    """Air at full speed."""

    faults: frozenset[str] = frozenset()

    def initial(self, moment: Moment) -> AirHandlingState:
        """Return a unit that has been at work, or off, for long."""
        fan = self._fan_wanted(moment.world)
        return AirHandlingState(fan=fan, supply_c=SUPPLY_SET_POINT_C if fan else _room(moment.world))

    def step(self, state: AirHandlingState, moment: Moment) -> Step[AirHandlingState]:
        """Return the unit `moment.dt` seconds later."""
        world = moment.world
        wanted = self._fan_wanted(world)
        fan = approach(state.fan, wanted, dt=moment.dt, tau=FAN_TAU_S)
        running = fan > 0.05 and wanted > 0
        mixture = mix(outdoor_c=world.outdoor_c, return_c=_room(moment.world), running=running)
        coils = self.coils(mixture, fan=fan, chilled_water_c=moment.shared.chilled_c) if running else None
        supply_c = approach(
            state.supply_c,
            coils.supply_c if coils else _room(moment.world),
            dt=moment.dt,
            tau=COIL_TAU_S if running else ROOM_TAU_S,
        )
        return Step(
            state=AirHandlingState(fan=fan, supply_c=supply_c),
            values=self._readings(
                mixture, coils, fan=fan if running else 0.0, supply_c=supply_c, moment=moment
            ),
            flows=Flows(
                electric_kw=self.fan_kw * fan**3 / 0.9 if running else 0.0,
                cooling_kw=coils.cooling_kw if coils else 0.0,
            ),
        )

    def coils(self, mixture: Mixture, *, fan: float, chilled_water_c: float) -> Coils:
        """Return how far the valves open to bring the air to its set point, and what that takes.

        Q = rho cp V dT; an open cooling valve cools in proportion to how much warmer the air is than the
        water.
        """
        entering = mixture.mixed_c + FAN_RISE_C * fan**2
        excess = entering - SUPPLY_SET_POINT_C
        most = max(0.1, NOMINAL_COIL_DROP_C * (entering - chilled_water_c) / (28.0 - 7.0))
        cooling = clamp(excess / most, 0.0, 1.0)
        heating = clamp(-excess / 20.0, 0.0, 1.0)
        supply = entering - cooling * most + heating * 20.0
        sensible_kw = AIR_KJ_PER_M3_K * fan * self.flow_m3h / 3600 * cooling * most
        return Coils(
            cooling=cooling, heating=heating, supply_c=supply, cooling_kw=LATENT_FACTOR * sensible_kw
        )

    def _readings(
        self, mixture: Mixture, coils: Coils | None, *, fan: float, supply_c: float, moment: Moment
    ) -> dict[str, Value]:
        return {
            "running": fan > 0,
            "fan_command": self._fan_wanted(moment.world) > 0,
            "fan_speed": 100 * fan,
            "supply_temp": supply_c,
            "supply_setpoint": SUPPLY_SET_POINT_C,
            "return_temp": mixture.return_c,
            "mixed_temp": mixture.mixed_c,
            "outdoor_temp": mixture.outdoor_c,
            "damper": 100 * mixture.damper,
            "cooling_valve": 100 * coils.cooling if coils else 0.0,
            "heating_valve": 100 * coils.heating if coils else 0.0,
            "duct_pressure": DUCT_PRESSURE_PA * min(1.0, fan / SLOWEST_FAN) ** 2,
            "filter_pressure": FILTER_PA * fan**2,
        }

    def _fan_wanted(self, world: World) -> float:
        if not STARTS_H <= world.hour < STOPS_H:
            return 0.0
        return SLOWEST_FAN + (1 - SLOWEST_FAN) * world.occupancy


def mix(*, outdoor_c: float, return_c: float, running: bool) -> Mixture:
    """Return the air before the coils: outdoor air as it cools for nothing, at least what people need."""
    damper = LEAST_OUTDOOR_AIR if running else 0.0
    target = SUPPLY_SET_POINT_C - FAN_RISE_C
    if running and outdoor_c < return_c:
        free = (return_c - target) / (return_c - outdoor_c)
        damper = clamp(free, LEAST_OUTDOOR_AIR, 1.0)
    return Mixture(damper=damper, outdoor_c=outdoor_c, return_c=return_c)


def _room(world: World) -> float:
    """Return the temperature of the air that comes back from the rooms: people warm it."""
    return 23.0 + world.occupancy


def build(asset: Asset, site: Site) -> AirHandlingMachine:
    """Make a unit from `rated`: `power_kw` of the fan, `flow_m3h`."""
    del site
    return AirHandlingMachine(
        fan_kw=asset.rated.get("power_kw", 7.5), flow_m3h=asset.rated.get("flow_m3h", 18_000.0)
    )
