"""What an air handling unit blows into: the VAV boxes that are part of it, or a room of its own."""

from dataclasses import dataclass
from typing import Final, Protocol

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Flows, Moment, approach
from plantroom.simulators.rooms import (
    FLOW_PER_M2,
    Room,
    RoomState,
    facade_of,
    timetable_of,
)
from plantroom.simulators.thermostat import Thermostat, Wanted

DUCT_PA: Final = 250.0
"""Static pressure that an air handling unit holds in its duct."""
LEAST_FLOW: Final = 0.4
"""Of an own room's outlets, as a share of the rated flow."""
HEATING_FLOW: Final = 0.6
"""The same with all heating."""
MOVING_TAU_S: Final = 60.0
SHUT: Final = 0.03
"""What closed boxes and their ducts let through, as a share of the rated flow."""


@dataclass(slots=True)
class Outlets:
    """What comes back from the rooms, and what is let into them; never changed once made."""

    celsius: float
    moisture: float
    co2_ppm: float
    lets_m3h: float
    coldest_c: float
    off_c: float
    """By how much the rooms are off what they should be, on average."""
    heating: float = 0.0
    """How much they ask the unit itself to heat, 0 to 1."""


@dataclass(slots=True)
class OwnState:
    """A unit's own room; never changed once made."""

    room: RoomState
    wanted: Wanted
    flow: float
    """What its outlets are open for, as a share of the rated flow."""


class Served(Protocol):
    """What a unit serves."""

    def at_start(self, moment: Moment) -> OwnState | None:
        """Return what is remembered of it."""

    def outlets(self, state: OwnState | None, moment: Moment) -> Outlets:
        """Return what comes back from it and how much it lets in."""

    def after(self, state: OwnState | None, moment: Moment, *, supply: Flows, dt: float) -> OwnState | None:
        """Return it `dt` seconds later, having got `supply`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """VAV boxes, assets of their own."""

    ids: tuple[str, ...]
    flow_m3h: float
    thermostat: Thermostat

    def at_start(self, moment: Moment) -> OwnState | None:
        """Return nothing: boxes remember for themselves."""
        del moment
        return None

    def outlets(self, state: OwnState | None, moment: Moment) -> Outlets:
        """Return the mean of what comes back, by how much air each box gets."""
        del state
        celsius = water = co2 = lets = weight = off = 0.0
        coldest = 99.0
        flows = moment.flows
        for id_ in self.ids:
            box = flows.get(id_)
            if box is None or box.return_c is None:
                continue
            room_c, share = box.return_c, box.lets_m3h + 0.1
            celsius += share * room_c
            water += share * box.moisture
            co2 += share * box.co2_ppm
            lets += box.lets_m3h
            weight += share
            off += self.thermostat.off(room_c)
            coldest = min(coldest, room_c)
        if not weight:
            return Outlets(23.0, 0.008, 600.0, 0.6 * self.flow_m3h / DUCT_PA**0.5, 23.0, 0.0)
        least = SHUT * self.flow_m3h / DUCT_PA**0.5
        return Outlets(
            celsius / weight,
            water / weight,
            co2 / weight,
            max(lets, least),
            coldest,
            off / len(self.ids),
        )

    def after(self, state: OwnState | None, moment: Moment, *, supply: Flows, dt: float) -> OwnState | None:
        """Return nothing: boxes are stepped for themselves."""
        del state, moment, supply, dt
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRoom:
    """Rooms whose outlets are the unit's own (Guideline 36, 5.18: single-zone VAV unit)."""

    room: Room
    flow_m3h: float
    thermostat: Thermostat

    def at_start(self, moment: Moment) -> OwnState | None:
        """Return the room after some days like this one."""
        room = self.room.at_start(moment.world)
        if self.room.timetable.is_open(moment.world):
            room.air_c = self.thermostat.nearest(room.air_c)
        return OwnState(room, Wanted(), LEAST_FLOW)

    def outlets(self, state: OwnState | None, moment: Moment) -> Outlets:
        """Return the air of the room and how far its outlets are open."""
        del moment
        assert state is not None
        room = state.room
        return Outlets(
            room.air_c,
            room.moisture,
            room.co2_ppm,
            state.flow * self.flow_m3h / DUCT_PA**0.5,
            room.air_c,
            self.thermostat.off(room.air_c),
            state.wanted.heating,
        )

    def after(self, state: OwnState | None, moment: Moment, *, supply: Flows, dt: float) -> OwnState | None:
        """Return the room `dt` seconds later: more air as it gets too warm, or too cold."""
        assert state is not None
        room = self.room.after(state.room, self.room.gains(moment.world), dt=dt, supply=supply)
        wanted = Wanted()
        if supply.air_m3h > 0:
            wanted = self.thermostat.after(state.wanted, dt=dt, celsius=room.air_c)
        flow = LEAST_FLOW + (1 - LEAST_FLOW) * wanted.cooling + (HEATING_FLOW - LEAST_FLOW) * wanted.heating
        return OwnState(room, wanted, approach(state.flow, flow, dt=dt, tau=MOVING_TAU_S))


def served_by(asset: Asset, site: Site, *, flow_m3h: float) -> Served:
    """Return what the unit serves."""
    ids = tuple(
        other.id for other in site.assets if other.asset_class == "vav_box" and other.parent == asset.id
    )
    if ids:
        return Boxes(ids=ids, flow_m3h=flow_m3h, thermostat=Thermostat())
    east, south = facade_of(asset.location or "")
    room = Room(area_m2=flow_m3h / FLOW_PER_M2, timetable=timetable_of(asset), east=east, south=south)
    return OwnRoom(room=room, flow_m3h=flow_m3h, thermostat=Thermostat())
