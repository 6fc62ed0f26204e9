"""A traction elevator that people call, one of its group.

Mains lost, it stops where it is; a battery takes it to the next floor (none: `rated.automatic_rescue: 0`), or
it waits for the generator. A fire calls it to the main floor, where it stays open. The safety circuit has the
door contacts in it, so it is open whenever a door is. What the drive brakes is burnt in a resistor: nothing
is given back.
"""

from dataclasses import dataclass
from math import inf, log
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.elevator_car import Car, Conditions, Phase, Shaft, ghost_calls
from plantroom.simulators.elevator_drive import Drive, Warmth, warmed
from plantroom.simulators.elevator_operation import Operation
from plantroom.simulators.elevator_readings import STANDBY_KW, draw, readings
from plantroom.simulators.elevator_state import ElevatorState, TestCalls
from plantroom.simulators.elevator_traffic import Rates, Traffic, rates
from plantroom.simulators.elevator_travel import travel
from plantroom.simulators.machine import Chance, Flows, Moment, Step
from plantroom.simulators.nature import PERSON_KG

FLOOR_M: Final = 3.6
SPEED_MS: Final = 1.75
FLOORS: Final = 12
LOAD_KG: Final = 1000.0
POWER_KW: Final = 15.0
PEOPLE: Final = 90.0
"""Who use an elevator of 1000 kg; about what it can carry in an up-peak (CIBSE Guide D)."""
FILLED: Final = 0.8
"""Share of the rated persons with which people find a car full (CIBSE Guide D)."""
TOO_HOT_C: Final = 130.0
"""The thermistors of insulation class F stop the machine."""
COOLED_C: Final = 105.0
TEST_CALL_HOUR: Final = 3.0
PARKING_HOURS: Final = (7.0, 10.0)
"""When idle cars wait at the main floor."""
REACTIVE_SHARE: Final = 0.35
"""Of the active power, by the rectifier and its filter."""
FAULTS: Final = frozenset(
    {
        "door_obstruction",
        "door_operator_wear",
        "mislevelling",
        "brake_wear",
        "motor_overheating",
        "machine_room_ventilation",
        "entrapment",
        "overspeed",
        "guide_wear",
        "position_encoder",
        "frequent_trips",
        "test_call_failure",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevatorMachine:
    """One car with its counterweight."""

    shaft: Shaft
    group: tuple[str, ...] = ()
    """The other elevators that serve the same people."""
    generators: tuple[str, ...] = ()
    """Those that may stand behind what feeds it."""

    faults: frozenset[str] = FAULTS

    def initial(self, moment: Moment) -> ElevatorState:
        """Return an elevator of some years that waits at the main floor."""
        chance, main = moment.chance, self.shaft.main
        room_c = min(29.0, max(16.0, moment.world.outdoor_c + 3))
        trips = 600_000 + chance.choice(400_000)
        since = (moment.world.hour - TEST_CALL_HOUR) % 24 * 3600
        return ElevatorState(
            t=moment.t,
            car=Car(
                floor=main,
                target=main,
                height_m=main * self.shaft.floor_m,
                trips=trips,
                door_cycles=int(1.1 * trips),
                reversals=int(0.03 * trips),
            ),
            hazard=_hazard(chance),
            warmth=Warmth(room_c=room_c, motor_c=room_c + 8, brake_c=room_c + 4),
            energy_kwh=0.04 * trips + 12_000.0,
            run_s=14.0 * trips,
            calls=TestCalls(tried_s=since, good_s=since),
        )

    def step(self, state: ElevatorState, moment: Moment) -> Step[ElevatorState]:
        """Return the elevator `moment.dt` seconds later."""
        after = self._advance(state, moment)
        live = moment.supply.is_live
        drawn_kw, current_a = draw(self.shaft, after, live=live)
        return Step(
            state=after,
            values=readings(
                self.shaft,
                after,
                live=live,
                fire=moment.shared.fire,
                power_kw=drawn_kw,
                current_a=current_a,
                on_generator=bool(self.generators) and self._on_generator(moment),
            ),
            flows=Flows(
                electric_kw=drawn_kw,
                reactive_kvar=REACTIVE_SHARE * drawn_kw,
                ready=live and not after.is_faulty and after.car.phase is not Phase.HALTED,
            ),
        )

    def _advance(self, state: ElevatorState, moment: Moment) -> ElevatorState:
        start, dt, live = state.t, moment.dt, moment.supply.is_live
        end = start + dt
        now = rates(moment.world)
        per_second = self._per_second(now, state, moment) if live else 0.0
        arrival = start + state.hazard / per_second if per_second > 0 else inf
        car = state.car
        if end >= arrival or end >= car.until or _wants_care(car, moment, live=live):
            operation = Operation(
                shaft=self.shaft,
                car=car,
                conditions=_conditions(state, moment, now, live=live),
                now=start,
                arrival=arrival,
                per_second=per_second,
            )
            car, work, arrival = operation.run(end), operation.work, operation.arrival
        else:
            work = self.shaft.work(car, start, end)
        standby_kw = STANDBY_KW if live else 0.0
        warmth = warmed(
            state.warmth, work, standby_kw=standby_kw, world=moment.world, faults=moment.faults, dt=dt
        )
        is_hot = warmth.motor_c > (COOLED_C if state.is_hot else TOO_HOT_C)
        return ElevatorState(
            t=end,
            car=car,
            hazard=(arrival - end) * per_second if per_second > 0 else state.hazard,
            warmth=warmth,
            energy_kwh=state.energy_kwh + (work.kilojoules * live + standby_kw * dt) / 3600,
            run_s=state.run_s + work.driven_s,
            calls=state.calls.after(moment),
            is_hot=is_hot,
            is_faulty=is_hot or car.is_faulty,
        )

    def _per_second(self, now: Rates, state: ElevatorState, moment: Moment) -> float:
        """Return how many come to this elevator: its share of those who come to the group."""
        if moment.shared.fire or state.is_faulty or state.car.phase is Phase.HALTED:
            return 0.0
        rate = self.shaft.traffic.per_second(now)
        if self.group:
            serving = [moment.flows[id_].ready for id_ in self.group if id_ in moment.flows]
            rate *= (1 + len(serving)) / (1 + sum(serving))
        return rate + ghost_calls(moment.faults)

    def _on_generator(self, moment: Moment) -> bool:
        for id_ in self.generators:
            flows = moment.flows.get(id_)
            if flows is not None and flows.holds and flows.supply is not None and flows.supply.is_live:
                return True
        return False


def build(asset: Asset, site: Site) -> ElevatorMachine:
    """Make an elevator from `rated` and its place in the site.

    `floors`, of which `basements` lie under the main one; `floor_m`, `speed_ms`, `load_kg`, `power_kw`;
    `people` that use it; `automatic_rescue`. Elevators of the same location are a group.
    """
    rated = asset.rated
    floors = max(2, round(rated.get("floors", FLOORS)))
    load_kg, speed_ms = rated.get("load_kg", LOAD_KG), rated.get("speed_ms", SPEED_MS)
    floor_m = rated.get("floor_m", FLOOR_M)
    main = min(floors - 1, round(rated.get("basements", 0)))
    people = rated.get("people", PEOPLE)
    shaft = Shaft(
        floors=floors,
        main=main,
        floor_m=floor_m,
        speed_ms=speed_ms,
        drive=Drive(rated_kg=load_kg, power_kw=rated.get("power_kw", POWER_KW), speed_ms=speed_ms),
        traffic=Traffic(floors=floors, main=main, people=people),
        capacity=max(1, int(FILLED * load_kg / PERSON_KG)),
        has_rescue=rated.get("automatic_rescue", 1.0) > 0,
        ways=tuple(travel(count * floor_m, speed_ms=speed_ms) for count in range(1, floors)),
    )
    group = tuple(
        other.id
        for other in site.assets
        if other.asset_class == "elevator" and other.id != asset.id and asset.location
        if other.location == asset.location
    )
    return ElevatorMachine(shaft=shaft, group=group, generators=_generators(asset, site))


def _generators(asset: Asset, site: Site) -> tuple[str, ...]:
    by_id = {other.id: other for other in site.assets}
    found: dict[str, None] = {}
    left = list(asset.fed_by)
    seen = {asset.id}
    while left:
        id_ = left.pop()
        if id_ in seen or id_ not in by_id:
            continue
        seen.add(id_)
        if by_id[id_].asset_class == "generator":
            found[id_] = None
        left += by_id[id_].fed_by
    return tuple(found)


def _hazard(chance: Chance) -> float:
    """Return a number that is exponentially distributed with mean 1."""
    return -log(1 - chance.share())


def _conditions(state: ElevatorState, moment: Moment, now: Rates, *, live: bool) -> Conditions:
    first, last = PARKING_HOURS
    return Conditions(
        live=live,
        fire=moment.shared.fire,
        hot=state.is_hot,
        parks=moment.world.is_workday and first <= moment.world.hour < last,
        rates=now,
        faults=moment.faults,
        chance=moment.chance,
    )


def _wants_care(car: Car, moment: Moment, *, live: bool) -> bool:
    """Return whether something else than its own events may make the car act."""
    if moment.faults or moment.shared.fire or not live:
        return True
    return car.phase is Phase.HALTED or (car.phase is Phase.OPEN and car.until == inf)
