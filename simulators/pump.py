"""A centrifugal pump with its motor."""

from dataclasses import dataclass
from typing import Final
from zlib import crc32

from plantroom.domain.site import Asset, Site
from plantroom.simulators.booster import Booster
from plantroom.simulators.duty import first_week
from plantroom.simulators.machine import Flows, Moment, Step, approach
from plantroom.simulators.nature import ATMOSPHERE_BAR
from plantroom.simulators.pump_condition import (
    BEARING_RISE_C,
    RESETS_C,
    TRIPS_C,
    WINDING_RISE_C,
    Motor,
    bearing_c,
    friction_kw,
    room_c,
)
from plantroom.simulators.pump_curve import (
    BAR_PER_M,
    STANDING,
    Curve,
    curve_of,
    npsh_available,
    usual_head,
)
from plantroom.simulators.pump_readings import Inside, PumpState, pressure_behind, readings
from plantroom.simulators.pump_service import (
    Asked,
    ChilledWater,
    Circulation,
    CondenserWater,
    Memory,
    Service,
)

RUN_UP_S: Final = 4.0
WATER_TAU_S: Final = 60.0
STANDING_WATER_TAU_S: Final = 3 * 3600.0
"""Water in a pump that rests takes the room's temperature within hours."""
CAVITATION_TAU_S: Final = 3.0
NPSH_SPARE: Final = 1.2
"""A pump is quiet with this multiple of the inlet pressure that it needs (Gülich, chapter 6: 1.1 to 1.4)."""
NPSH_LOST: Final = 0.6
"""At this multiple of it bubbles fill the impeller."""
STARVED_M: Final = 0.4
"""What is left at the inlet above the vapour pressure, m, when its valve is as good as shut."""
SEAL_BAR: Final = 0.4
"""Pressure that a circuit loses through a bad seal before its make-up holds it."""
BACK_SHARE: Final = 0.3
"""What flows back through an open check valve while the pumps beside it run, as a share of the rated flow."""
BARREN_SHARE: Final = 0.05
"""Flow below which its flow switch opens, as a share of the rated one."""
BARREN_AFTER_S: Final = 60.0
"""After it another pump is started in its place; this one is left running for somebody to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpMachine:
    """A pump on the circuit of its service. Severities act on its curve, its inlet and its bearings."""

    asset: str
    curve: Curve
    motor: Motor
    service: Service
    peers: tuple[str, ...]
    """The pumps beside it."""

    faults: frozenset[str] = frozenset(
        {
            "bearing_wear",
            "cavitation",
            "check_valve_leak",
            "clogged_strainer",
            "dry_running",
            "impeller_wear",
            "leaking_seal",
            "misalignment",
            "motor_overheating",
        }
    )

    def initial(self, moment: Moment) -> PumpState:
        """Return a pump that has been running (or standing by) for long."""
        memory = Memory(since_week=first_week(moment))
        asked = self.service.asked(memory, self.curve, moment)
        on = asked.on and moment.supply.is_live
        speed = asked.speed if on else 0.0
        room = room_c(moment)
        # A few years of work, another number of hours for each pump.
        run_h = 9000.0 + crc32(self.asset.encode()) % 5000
        return PumpState(
            speed=speed,
            bearing_c=room + BEARING_RISE_C * speed,
            winding_c=room + self._usual_rise(speed),
            water_c=self.service.water_c(moment) if on else room,
            energy_kwh=float(round(0.55 * self.motor.power_kw * run_h)),
            starts=float(round(run_h / 30)),
            run_h=run_h,
            memory=memory,
        )

    def step(self, state: PumpState, moment: Moment) -> Step[PumpState]:
        """Return the pump `moment.dt` seconds later."""
        dry = self._dry(moment)
        curve = self._curve(moment, dry=dry, cavitating=state.cavitating)
        memory = self.service.remember(state.memory, moment)
        asked = self.service.asked(memory, curve, moment)
        commanded = asked.on and not state.tripped
        wanted = asked.speed if commanded and moment.supply.is_live else 0.0
        speed = approach(state.speed, wanted, dt=moment.dt, tau=RUN_UP_S)
        if speed < STANDING:
            speed = 0.0
        inside = self._inside(curve, asked, moment, speed=speed, dry=dry, cavitating=state.cavitating)
        after = self._after(state, memory, inside, moment, speed=speed)
        return Step(
            state=after,
            values=readings(
                after,
                asked,
                inside,
                moment,
                motor=self.motor,
                rated_m3h=self.curve.flow_m3h,
                commanded=commanded,
            ),
            flows=Flows(
                electric_kw=inside.electric_kw,
                reactive_kvar=self._reactive(inside, moment),
                water_m3h=inside.flow_m3h,
                leaving_c=after.water_c,
                demand=asked.demand_m3h / self.curve.flow_m3h,
                level=asked.level,
                pressure_bar=pressure_behind(asked, inside, speed=speed),
                ready=moment.supply.is_live and not after.tripped and after.barren_s <= BARREN_AFTER_S,
            ),
        )

    def _usual_rise(self, speed: float) -> float:
        """Return how much warmer than the room a winding is that has long turned at that speed, K."""
        return WINDING_RISE_C * (0.35 + 0.65 * speed**6) / (0.4 + 0.6 * speed) if speed > 0 else 0.0

    def _dry(self, moment: Moment) -> float:
        if self.service.is_empty(moment):
            return 1.0
        return moment.faults.get("dry_running", 0.0)

    def _curve(self, moment: Moment, *, dry: float, cavitating: float) -> Curve:
        if not moment.faults and dry == cavitating == 0:
            return self.curve
        return self.curve.failing(
            clogged=moment.severity("clogged_strainer"),
            dry=dry,
            worn=moment.severity("impeller_wear"),
            cavitating=cavitating,
        )

    def _inside(
        self, curve: Curve, asked: Asked, moment: Moment, *, speed: float, dry: float, cavitating: float
    ) -> Inside:
        """Return where the curves meet, and how much pressure is left at the inlet."""
        inlet = self._suction(moment, dry)
        flow = head = 0.0
        if asked.circuit is not None and speed > 0:
            flow = curve.flow(speed, asked.circuit)
            head = curve.head(speed, flow)
            if flow > curve.most_flow(inlet):  # bubbles choke what the inlet does not let through
                flow = curve.most_flow(inlet)
                head = asked.circuit.head(flow)
        strainer = BAR_PER_M * curve.strainer * flow * flow
        suction = inlet - strainer
        shaft = electric = 0.0
        if speed > 0:
            shaft = curve.shaft_power(speed, flow, head) + friction_kw(self.motor.power_kw, moment, speed)
            electric = self.motor.electric_kw(shaft) if moment.supply.is_live else 0.0
            cavitating = self._cavitation(
                curve, moment, speed=speed, flow=flow, suction=suction, was=cavitating
            )
        elif "check_valve_leak" in moment.faults:
            flow = self._backflow(moment)
        return Inside(
            flow_m3h=flow,
            head_m=head,
            strainer_bar=strainer,
            suction_bar=suction,
            shaft_kw=shaft,
            electric_kw=electric,
            cavitating=cavitating if speed > 0 else 0.0,
            dry=dry,
        )

    def _suction(self, moment: Moment, dry: float) -> float:
        """Return the pressure before the strainer, gauge: a shut inlet leaves little above the vapour's."""
        bar = self.service.inlet_bar(moment) * (1 - 0.9 * dry)
        faults = moment.faults
        if faults:
            starved = STARVED_M * BAR_PER_M + 0.02 - ATMOSPHERE_BAR
            bar += (starved - bar) * faults.get("cavitation", 0.0)
            bar -= SEAL_BAR * faults.get("leaking_seal", 0.0) * min(1.0, max(0.0, bar))
        return bar

    def _cavitation(
        self, curve: Curve, moment: Moment, *, speed: float, flow: float, suction: float, was: float
    ) -> float:
        """Return how much of the impeller is full of bubbles, by the margin of the NPSH."""
        required = curve.npsh_required(speed, flow)
        # Far above any margin for the usual circuits: spare the vapour pressure.
        if suction > 1.0 and was == 0:
            return 0.0
        margin = npsh_available(suction, self.service.water_c(moment)) / required
        target = min(1.0, max(0.0, (NPSH_SPARE - margin) / (NPSH_SPARE - NPSH_LOST)))
        now = approach(was, target, dt=moment.dt, tau=CAVITATION_TAU_S)
        return now if now > 1e-6 else 0.0

    def _backflow(self, moment: Moment) -> float:
        for peer in self.peers:
            flows = moment.flows.get(peer)
            if flows is not None and flows.water_m3h > 0:
                return -BACK_SHARE * moment.severity("check_valve_leak") * self.curve.flow_m3h
        return 0.0

    def _after(
        self, state: PumpState, memory: Memory, inside: Inside, moment: Moment, *, speed: float
    ) -> PumpState:
        dt, running = moment.dt, speed > 0
        winding = self.motor.winding_c(state.winding_c, moment, speed=speed, shaft_kw=inside.shaft_kw)
        tripped = winding > TRIPS_C or (
            state.tripped and (winding > RESETS_C or moment.severity("motor_overheating") > 0)
        )
        hours = dt / 3600
        return PumpState(
            speed=speed,
            bearing_c=bearing_c(state.bearing_c, moment, speed=speed, dry=inside.dry),
            winding_c=winding,
            water_c=approach(
                state.water_c,
                self.service.water_c(moment) if running else room_c(moment),
                dt=dt,
                tau=WATER_TAU_S if running else STANDING_WATER_TAU_S,
            ),
            cavitating=inside.cavitating,
            tripped=tripped,
            barren_s=self._barren_s(state, inside, dt=dt, running=running),
            energy_kwh=state.energy_kwh + inside.electric_kw * hours,
            starts=state.starts + (running and state.speed == 0),
            run_h=state.run_h + (hours if running else 0.0),
            memory=memory,
        )

    def _barren_s(self, state: PumpState, inside: Inside, *, dt: float, running: bool) -> float:
        if running and inside.flow_m3h < BARREN_SHARE * self.curve.flow_m3h * state.speed:
            return state.barren_s + dt
        return state.barren_s if inside.dry > 0 and not running else 0.0

    def _reactive(self, inside: Inside, moment: Moment) -> float:
        if inside.electric_kw == 0:
            return 0.0
        return self.motor.reactive_kvar(inside.electric_kw, moment.supply.share)


def build(asset: Asset, site: Site) -> PumpMachine:
    """Make a pump from `rated`: `power_kw`, `flow_m3h`, `head_m`, `suction_bar`.

    Part of a chiller it moves chilled water, of a cooling tower condenser water, of a water tank drinking
    water; the last of a circuit's pumps stands by, in turn.
    """
    power_kw = asset.rated.get("power_kw", 15.0)
    flow_m3h = asset.rated.get("flow_m3h", 80.0)
    head_m = asset.rated.get("head_m", usual_head(power_kw=power_kw, flow_m3h=flow_m3h))
    service = _service(asset, site, head_m=head_m, flow_m3h=flow_m3h)
    return PumpMachine(
        asset=asset.id,
        curve=curve_of(flow_m3h=flow_m3h, head_m=head_m),
        motor=Motor(power_kw=power_kw, on_drive=not service.is_fixed_speed),
        service=service,
        peers=_peers(asset, site),
    )


def _service(asset: Asset, site: Site, *, head_m: float, flow_m3h: float) -> Service:
    parent = next((each.asset_class for each in site.assets if each.id == asset.parent), "")
    if parent == "chiller":
        return ChilledWater(asset, site, head_m=head_m, flow_m3h=flow_m3h)
    if parent == "cooling_tower":
        return CondenserWater(asset, site, head_m=head_m, flow_m3h=flow_m3h)
    if parent == "water_tank":
        return Booster(asset, site, head_m=head_m, flow_m3h=flow_m3h)
    return Circulation(asset, head_m=head_m, flow_m3h=flow_m3h)


def _peers(asset: Asset, site: Site) -> tuple[str, ...]:
    """Return the ids of the other pumps whose parents are of the same class."""
    class_of = {each.id: each.asset_class for each in site.assets}
    own = class_of.get(asset.parent or "")
    return tuple(
        each.id
        for each in site.assets
        if own
        and each.asset_class == "pump"
        and each.id != asset.id
        and class_of.get(each.parent or "") == own
    )
