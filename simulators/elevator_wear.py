"""How a ride turns out, and what faults make of it."""

from typing import Final

from plantroom.simulators.elevator_car import CLOSING_S, Car, Conditions, Halt, Shaft
from plantroom.simulators.elevator_travel import Travel, travel

OPENING_S: Final = 2.2
SLOW_OPENING: Final = 0.5
SLOW_CLOSING: Final = 0.9
"""How much longer a worn door operator takes."""
REVERSAL_SHARE: Final = 0.03
"""Share of closings that somebody stops."""
OBSTRUCTED_SHARE: Final = 0.92
"""The same with an object in the doorway."""
WORN_REVERSAL_SHARE: Final = 0.3
"""The same by the force limiter of a worn operator."""
REVERSED_AT: Final = 0.6
"""Share of the closing after which it is stopped."""
GOVERNOR: Final = 1.15
"""Share of the rated speed at which the governor trips (EN 81-20, 5.6.2.2.1.1: at least 1.15)."""
OVERSPEED: Final = 0.25
"""How much faster a failing drive gets."""
TIGHT_GUIDES: Final = 0.35
DRAG: Final = 0.5
"""More friction by worn guides, and by worn brake linings."""
LOST_SHARE: Final = 0.1
"""Share of the rides on which a failing encoder loses the position."""
SMOOTH_MS2: Final = 0.09
"""Horizontal vibration of a good ride at rated speed (ISO 18738-1, A95: 0.10 to 0.15 is usual)."""
ROUGH: Final = 6.0
LEVEL_SPREAD_MM: Final = 3.0
"""EN 81-20, 5.12.1.1.4: within 10 mm."""
STRETCH_MM: Final = 2.0
"""Of the ropes, from balance to full or empty, after the controller's correction."""
SLIP_MM: Final = 2.0
WORN_SLIP_MM: Final = 25.0
OFF_LEVEL_MM: Final = 28.0
LOST_LEVEL_MM: Final = 22.0


def way_of(shaft: Shaft, car: Car, conditions: Conditions) -> Travel:
    """Return how the car goes to its target."""
    way = shaft.ways[abs(car.target - car.floor) - 1]
    faster = conditions.severity("overspeed")
    return travel(way.distance_m, speed_ms=shaft.speed_ms * (1 + OVERSPEED * faster)) if faster else way


def set_ride(shaft: Shaft, car: Car, conditions: Conditions, way: Travel) -> None:
    """Set how hard and how smooth the ride will be."""
    rough = conditions.severity("guide_wear")
    smooth = SMOOTH_MS2 * (0.85 + 0.3 * conditions.chance.share()) * way.peak_ms / shaft.speed_ms
    car.vibration_ms2 = smooth * (1 + ROUGH * rough)
    friction = 1 + TIGHT_GUIDES * rough + DRAG * conditions.severity("brake_wear")
    car.force_n = shaft.drive.force(car.load_kg, up=car.direction > 0, friction=friction)


def plan_halt(shaft: Shaft, car: Car, conditions: Conditions, way: Travel) -> None:
    """Set when and why the ride that has just begun will be stopped, if it will be."""
    chance = conditions.chance
    if way.peak_ms > GOVERNOR * shaft.speed_ms:
        car.halt, car.until = Halt.GOVERNOR, car.since + way.speeding_s
        return
    if car.aboard and chance.share() < conditions.severity("entrapment"):
        car.halt = Halt.TRAPPED
    elif chance.share() < LOST_SHARE * conditions.severity("position_encoder"):
        car.halt = Halt.POSITION
    if car.halt is not Halt.NONE:
        car.until = car.since + way.duration_s * (0.35 + 0.3 * chance.share())


def set_stop(car: Car, conditions: Conditions, *, rated_kg: float) -> None:
    """Set how exactly the car has stopped, and how far its brake has slipped: the heavier side sinks."""
    spread = 2 * conditions.chance.share() - 1
    heavier = car.load_kg / rated_kg - 0.5
    worn_mm = WORN_SLIP_MM * conditions.severity("brake_wear") * (1 + 0.2 * spread)
    car.slip_mm = SLIP_MM + 0.5 * spread + worn_mm
    lost = conditions.severity("position_encoder")
    car.level_mm = (
        LEVEL_SPREAD_MM * spread
        - STRETCH_MM * heavier
        - (0.5 if heavier > 0 else -0.5) * worn_mm
        - conditions.severity("mislevelling") * (OFF_LEVEL_MM + 8 * spread)
        + (LOST_LEVEL_MM * lost * (2 * conditions.chance.share() - 1) if lost else 0.0)
    )


def opening_s(conditions: Conditions) -> float:
    """Return how long the doors take to open, s."""
    return OPENING_S * (1 + SLOW_OPENING * conditions.severity("door_operator_wear"))


def set_closing(car: Car, conditions: Conditions) -> float:
    """Set whether the closing that begins will be stopped, and by what; return how long it lasts, s."""
    chance, worn = conditions.chance, conditions.severity("door_operator_wear")
    seconds = CLOSING_S * (1 + SLOW_CLOSING * worn) * (0.97 + 0.06 * chance.share())
    blocked = OBSTRUCTED_SHARE * conditions.severity("door_obstruction")
    car.obstructed = chance.share() < blocked + (REVERSAL_SHARE if car.aboard else 0.0)
    car.reverses = car.obstructed or chance.share() < WORN_REVERSAL_SHARE * worn
    if car.reverses:
        return REVERSED_AT * seconds
    car.close_s = seconds
    return seconds
