"""A fire alarm control panel: zones, loops, three classes of signal, and a stand-by battery."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.fire_battery import Battery, BatteryState, chosen_for
from plantroom.simulators.machine import Flows, Moment, Phases, Step, Value

ZONES_PER_LOOP: Final = 8
DETECTORS_PER_LOOP: Final = 200
"""GB 50116: no loop holds more than 200 points of detection and linkage."""
CONTAMINATION_MEAN: Final = 10.0
"""Mean share of the drift that a detector can compensate which dust has used up, %, when last cleaned."""
DUST_PER_WEEK: Final = 0.05
"""An office's detectors need cleaning every two or three years (GB 50116, NFPA 72: test sensitivity)."""
DUSTY: Final = 1.6
"""How many times the dust that building work leaves adds to what is there."""
LIMIT: Final = 100.0

CONFIRMED: Final = 2
"""Devices of one zone that must agree before the linkage starts (GB 50116, 4.1.6)."""
FEEDBACK_S: Final = 20.0
NEXT_DEVICE_S: Final = 40.0
NEXT_ZONE_S: Final = 300.0
DEVICES_PER_ZONE: Final = 6
MOST_ZONES: Final = 4
CALL_POINT_S: Final = 75.0
"""People who leave break the glass on their way."""
RESET_S: Final = 600.0
"""After so long without a cause the panel is reset."""
VERIFIED_S: Final = 360.0
"""A guard has been there and resets: positive alarm sequence of NFPA 72, 180 s, and the walk back."""
SILENCED_S: Final = 90.0
FALSE_PER_HOUR: Final = 1.5
"""Alarms of a detector in dust or steam, as often as it gets."""
MOST_DISABLED: Final = 24
PANEL_A: Final = 0.6
"""Taken by the panel itself, at 24 V."""
DETECTOR_A: Final = 0.0006
"""By each device on the loops, with what its isolators and modules take."""
SOUNDERS_A: Final = 3.5
POWER_SUPPLY: Final = 0.82
ONE_PHASE: Final[Phases] = (1.0, 0.0, 0.0)


@dataclass(slots=True, kw_only=True)
class FirePanelState:
    """What a panel remembers from one step to the next."""

    battery: BatteryState
    contamination: float
    """Mean over its detectors, %."""
    fire_s: float = 0.0
    """How long a fire has been burning."""
    zone: int = 0
    """Where it or a false alarm began; 0: none."""
    clear_s: float = 0.0
    """How long an alarm has been without a cause."""
    devices: int = 0
    """Detectors and call points in alarm, latched until the reset."""
    zones: int = 0
    flows_s: tuple[float, ...] = ()
    """How long the flow alarm of each sprinkler line still stands."""
    false_s: float = 0.0
    """How long until a false alarm is reset."""
    alarm_s: float = 0.0
    linked_s: float = 0.0
    """How long the linkage has been started."""
    has_false: bool = False
    """Whether the detector that gives false alarms has given its first."""

    def rested(self) -> None:
        """Forget the alarms: the panel has been reset."""
        self.zone = self.zones = self.devices = 0
        self.clear_s = self.false_s = 0.0


@dataclass(slots=True, kw_only=True)
class _Signals:
    """What the panel counts."""

    alarms: int
    zones: int
    supervisories: int
    troubles: int
    contaminated: int
    loops_faulty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FirePanelMachine:
    """A panel with addressable detectors; sprinkler lines and fire pumps report to it."""

    detectors: float
    loops: int
    zones: int
    lines: tuple[str, ...]
    """Sprinkler lines: water that flows is an alarm of a zone of its own."""
    pumps: tuple[str, ...]
    standby_a: float
    battery: Battery

    faults: frozenset[str] = frozenset(
        {
            "fire",
            "false_alarm",
            "detector_contamination",
            "loop_break",
            "device_disabled",
            "earth_fault",
            "communication_lost",
            "panel_on_battery",
            "battery_aged",
            "charger_failure",
            "linkage_left_manual",
            "left_in_test_mode",
        }
    )

    def initial(self, moment: Moment) -> FirePanelState:
        """Return a panel at rest, its battery full."""
        return FirePanelState(
            battery=self.battery.full(),
            contamination=CONTAMINATION_MEAN * (0.85 + 0.15 * moment.chance.share()),
        )

    def step(self, state: FirePanelState, moment: Moment) -> Step[FirePanelState]:
        """Return the panel `moment.dt` seconds later."""
        has_mains = moment.supply.is_live and not moment.severity("panel_on_battery")
        now = self._alarms(state, moment)
        flowing = [number for number, left in enumerate(now.flows_s) if left > 0]
        signals = self._signals(now, moment, len(flowing))
        is_alarm = signals.alarms > 0
        is_live = has_mains or now.battery.charge > 0
        self._link(now, moment, bool(flowing), is_live=is_live)
        load_a = self.standby_a + SOUNDERS_A * is_alarm
        now.battery = self.battery.after(
            now.battery,
            moment.dt,
            load_a=0.0 if has_mains else load_a,
            can_charge=has_mains and not moment.severity("charger_failure"),
            aged=moment.severity("battery_aged"),
        )
        now.alarm_s = state.alarm_s + moment.dt if is_alarm else 0.0
        values = self._readings(now, signals, moment)
        values.update(self._supply(now, has_mains=has_mains, moment=moment))
        troubles = signals.troubles + _supply_troubles(values)
        values["trouble"] = troubles > 0
        values["troubles"] = float(troubles)
        values["first_zone"] = float(now.zone or (self.zones + 1 + flowing[0] if flowing else 0))
        charging_w = 27.2 * max(0.0, now.battery.current_a)
        watts = (24 * load_a + charging_w) / POWER_SUPPLY if has_mains else 0.0
        return Step(
            state=now,
            values=values,
            flows=Flows(
                electric_kw=watts / 1000,
                reactive_kvar=0.3 * watts / 1000,
                phases=ONE_PHASE,
                alarm=is_alarm and is_live and not moment.severity("left_in_test_mode"),
            ),
        )

    def _alarms(self, state: FirePanelState, moment: Moment) -> FirePanelState:
        """Return the devices in alarm: latched, spreading with a fire, reset some time after it."""
        burning, dusty = moment.severity("fire"), moment.severity("false_alarm")
        now = FirePanelState(
            battery=state.battery,
            contamination=state.contamination + DUST_PER_WEEK * moment.dt / 604800,
            fire_s=state.fire_s + moment.dt if burning else 0.0,
            zone=state.zone,
            devices=state.devices,
            zones=state.zones,
            clear_s=0.0 if burning or state.false_s else state.clear_s + moment.dt,
            false_s=max(0.0, state.false_s - moment.dt),
            linked_s=state.linked_s,
            has_false=dusty > 0,
            flows_s=self._flowing(state, moment),
        )
        if burning:
            self._burn(now, burning, moment)
        elif now.devices and (now.clear_s >= RESET_S or (state.false_s and not now.false_s)):
            now.rested()
        elif dusty and not now.devices and self._is_fooled(state, dusty, moment):
            now.zone, now.zones, now.devices = 1 + moment.chance.choice(self.zones), 1, 1
            now.false_s = VERIFIED_S
        return now

    @staticmethod
    def _is_fooled(state: FirePanelState, dusty: float, moment: Moment) -> bool:
        return not state.has_false or moment.chance.happens(per_hour=FALSE_PER_HOUR * dusty, dt=moment.dt)

    def _burn(self, now: FirePanelState, burning: float, moment: Moment) -> None:
        """Let the smoke reach one detector after the other, then the zones beside the first."""
        if not now.zone:
            now.zone = 1 + moment.chance.choice(self.zones)
        reached = min(math.ceil(MOST_ZONES * burning), 1 + int(now.fire_s // NEXT_ZONE_S))
        now.zones = max(now.zones, reached)
        found = sum(
            min(DEVICES_PER_ZONE, 1 + int((now.fire_s - NEXT_ZONE_S * number) // NEXT_DEVICE_S))
            for number in range(reached)
        )
        now.devices = max(now.devices, found + self._has_call_point(now))

    @staticmethod
    def _has_call_point(now: FirePanelState) -> bool:
        return now.fire_s >= CALL_POINT_S

    def _flowing(self, state: FirePanelState, moment: Moment) -> tuple[float, ...]:
        """Return how long the flow alarm of each line still stands: it is latched until the reset."""
        flows = moment.flows
        before = state.flows_s or (0.0,) * len(self.lines)
        return tuple(
            RESET_S if id_ in flows and flows[id_].alarm else max(0.0, left - moment.dt)
            for id_, left in zip(self.lines, before, strict=True)
        )

    def _signals(self, now: FirePanelState, moment: Moment, flowing: int) -> _Signals:
        """Count the three classes of signal apart (NFPA 72): alarm, supervisory, trouble."""
        mean = now.contamination * (1 + DUSTY * moment.severity("detector_contamination"))
        contaminated = int(self.detectors * math.exp(-LIMIT / mean))
        loops_faulty = math.ceil(moment.severity("loop_break") * self.loops / 2)
        reporting = [moment.flows[id_] for id_ in (*self.lines, *self.pumps) if id_ in moment.flows]
        own = (moment.severity("earth_fault") > 0) + (moment.severity("communication_lost") > 0)
        return _Signals(
            alarms=now.devices + flowing,
            zones=now.zones + flowing,
            supervisories=sum(each.supervisory for each in reporting),
            troubles=sum(each.trouble for each in reporting) + contaminated + loops_faulty + own,
            contaminated=contaminated,
            loops_faulty=loops_faulty,
        )

    @staticmethod
    def _link(now: FirePanelState, moment: Moment, is_flowing: bool, *, is_live: bool) -> None:
        """Start what a fire sets off (smoke vents, elevators to the ground floor) once it is confirmed."""
        prevented = moment.severity("linkage_left_manual") or moment.severity("left_in_test_mode")
        confirmed = now.devices + is_flowing >= CONFIRMED
        now.linked_s = now.linked_s + moment.dt if confirmed and is_live and not prevented else 0.0

    def _readings(self, now: FirePanelState, signals: _Signals, moment: Moment) -> dict[str, Value]:
        severity = moment.severity
        disabled = math.ceil(MOST_DISABLED * severity("device_disabled"))
        mean = now.contamination * (1 + DUSTY * severity("detector_contamination"))
        return {
            "alarm": signals.alarms > 0,
            "supervisory": signals.supervisories > 0,
            "disabled": disabled > 0,
            "alarms": float(signals.alarms),
            "supervisories": float(signals.supervisories),
            "disablements": float(disabled),
            "zones_in_alarm": float(signals.zones),
            "call_point": now.devices > 0 and self._has_call_point(now),
            "test_mode": severity("left_in_test_mode") > 0,
            "silenced": now.false_s > 0 and now.alarm_s >= SILENCED_S,
            "linkage_mode": "manual" if severity("linkage_left_manual") else "auto",
            "linkage_started": now.linked_s > 0,
            "linkage_feedback": now.linked_s >= FEEDBACK_S,
            "loop_fault": signals.loops_faulty > 0,
            "loops_faulty": float(signals.loops_faulty),
            "earth_fault": severity("earth_fault") > 0,
            "communication_fault": severity("communication_lost") > 0,
            "detectors_contaminated": float(signals.contaminated),
            "contamination_max": mean * math.log(self.detectors),
        }

    @staticmethod
    def _supply(now: FirePanelState, *, has_mains: bool, moment: Moment) -> dict[str, Value]:
        battery = now.battery
        standby = "standby" if battery.charge > 0 else "none"
        return {
            "supply": "mains" if has_mains else standby,
            "mains_fault": not has_mains,
            "battery_fault": battery.is_faulty,
            "charger_fault": moment.severity("charger_failure") > 0,
            "battery_voltage": battery.volts,
            "battery_current": battery.current_a,
            "standby_hours": battery.standby_s / 3600,
        }


def _supply_troubles(values: Mapping[str, Value]) -> int:
    return sum(values[name] is True for name in ("mains_fault", "battery_fault", "charger_fault"))


def build(asset: Asset, site: Site) -> FirePanelMachine:
    """Make a panel from `rated`: `detectors`, `loops`, `zones`; all lines and fire pumps report to it."""
    detectors = asset.rated.get("detectors", 200.0)
    loops = int(asset.rated.get("loops", math.ceil(detectors / DETECTORS_PER_LOOP)))
    standby_a = PANEL_A + DETECTOR_A * detectors
    return FirePanelMachine(
        detectors=detectors,
        loops=loops,
        zones=int(asset.rated.get("zones", ZONES_PER_LOOP * loops)),
        lines=tuple(each.id for each in site.assets if each.asset_class == "sprinkler_line"),
        pumps=tuple(each.id for each in site.assets if each.asset_class == "fire_pump"),
        standby_a=standby_a,
        battery=chosen_for(standby_a=standby_a, alarm_a=standby_a + SOUNDERS_A),
    )
