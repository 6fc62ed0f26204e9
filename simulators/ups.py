"""A double conversion UPS with its battery."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.battery import (
    Battery,
    battery_later,
    charging_kw,
    full_battery,
    resistance_mohm,
    runtime_min,
    terminal,
)
from plantroom.simulators.machine import (
    DEAD,
    NOMINAL_HZ,
    NOMINAL_V,
    Flows,
    Moment,
    Step,
    Supply,
    Value,
    approach,
)
from plantroom.simulators.three_phase import Drawn, at_bus, drawn

FAULTS: Final = frozenset({"failing_battery", "fan_failure", "on_bypass", "overload"})
STANDING_LOSS: Final = 0.018
"""Share of the rating lost at any load."""
CONVERSION_LOSS: Final = 0.035
"""Share of the load lost: efficiency 0.95 at full load, 0.93 at a third (IEC 62040-3, annex J, class VFI)."""
INPUT_TAN: Final = 0.10
"""kvar per kW that its filters and rectifier take: cos phi 0.99."""
INPUT_DISTORTION: Final = 0.04
REGULATION: Final = 0.004
"""How much the output gives way from no load to full load."""
SYNCHRONOUS_HZ: Final = 1.0
"""As long as its input is that near to 50 Hz, the output follows it."""
OVERLOAD: Final = 0.9
"""Load that an overload adds, as a share of the rating."""
CARRIED: Final = 1.10
"""Load that the inverter carries; with more it hands over to the bypass after `OVERLOAD_S`."""
OVERLOAD_S: Final = 600.0
ALARM_LOAD: Final = 1.0
ROOM_C: Final = 23.5
"""Control rooms and server rooms are cooled all year."""
SWING_K: Final = 0.8
INSIDE_RISE_K: Final = 6.0
LOAD_RISE_K: Final = 10.0
FAN_RISE_K: Final = 34.0
INSIDE_TAU_S: Final = 1500.0
TOO_HOT_C: Final = 68.0
"""Inside: hands over to the bypass to save the inverter."""
BATTERY_FAULT: Final = 0.4
"""Its monthly test finds a battery that has got that bad: a third of the capacity gone."""
NEW_HOURS: Final = 9000.0
"""How long it has been at work before the start."""
_EVEN: Final = 1 / 3


class Mode(Enum):
    """Where the load's electricity comes from."""

    ONLINE = "online"
    BATTERY = "battery"
    BYPASS = "bypass"
    OFF = "off"
    """The battery is empty."""


@dataclass(slots=True, kw_only=True)
class UpsState:
    """What a UPS remembers from one step to the next; never changed once made."""

    mode: Mode
    battery: Battery
    inside_c: float
    overloaded_s: float
    energy_kwh: float
    transfers: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsMachine:
    """A three-phase UPS, rectifier and inverter always at work (VFI)."""

    rated_kw: float
    load_kw: float
    faults: frozenset[str] = FAULTS

    def initial(self, moment: Moment) -> UpsState:
        """Return a UPS that has been on its mains for long, battery full."""
        room_c = _room_c(moment)
        share = self._load(moment).total_kw / self.rated_kw
        return UpsState(
            mode=Mode.ONLINE,
            battery=full_battery(room_c),
            inside_c=room_c + INSIDE_RISE_K + LOAD_RISE_K * share,
            overloaded_s=0.0,
            energy_kwh=NEW_HOURS * self.load_kw,
            transfers=float(5 + moment.chance.choice(20)),
        )

    def step(self, state: UpsState, moment: Moment) -> Step[UpsState]:
        """Return the UPS `moment.dt` seconds later."""
        load = self._load(moment)
        mode = self._mode(state, moment)
        output = self._output(mode, moment, share=load.total_kw / self.rated_kw)
        if mode is Mode.OFF:
            load = drawn(())
        given_kw = load.total_kw
        lost_kw = STANDING_LOSS * self.rated_kw + CONVERSION_LOSS * given_kw
        charge_kw = charging_kw(state.battery, rated_kw=self.rated_kw)
        input_kw = {Mode.ONLINE: given_kw + lost_kw + charge_kw, Mode.BYPASS: given_kw + charge_kw}.get(
            mode, 0.0
        )
        battery_kw = -(given_kw + lost_kw) if mode is Mode.BATTERY else charge_kw if input_kw > 0 else 0.0
        room_c, share = _room_c(moment), given_kw / self.rated_kw
        hot_k = FAN_RISE_K * moment.severity("fan_failure") * (0.5 + share)
        after = UpsState(
            mode=mode,
            battery=battery_later(
                state.battery, moment, kw=battery_kw, rated_kw=self.rated_kw, room_c=room_c
            ),
            inside_c=approach(
                state.inside_c,
                room_c + INSIDE_RISE_K + LOAD_RISE_K * share + hot_k,
                dt=moment.dt,
                tau=INSIDE_TAU_S,
            ),
            overloaded_s=state.overloaded_s + moment.dt if share > CARRIED else 0.0,
            energy_kwh=state.energy_kwh + input_kw * moment.dt / 3600,
            transfers=state.transfers + (mode is Mode.BATTERY and state.mode is not Mode.BATTERY),
        )
        return Step(
            state=after,
            values=self._values(
                after, moment, load=load, output=output, input_kw=input_kw, battery_kw=battery_kw
            ),
            flows=Flows(
                electric_kw=input_kw,
                reactive_kvar=INPUT_TAN * input_kw,
                supply=output,
                distorted_kva=INPUT_DISTORTION * input_kw,
            ),
        )

    def _load(self, moment: Moment) -> Drawn:
        """Return what hangs on it: the machines that it feeds, and what no asset stands for."""
        load = drawn(moment.fed)
        extra = self.load_kw * (0.94 + 0.08 * moment.world.occupancy)
        extra += OVERLOAD * moment.severity("overload") * self.rated_kw
        each, kvar = extra * _EVEN, extra * _EVEN * 0.2
        (p1, p2, p3), (q1, q2, q3) = load.kw, load.kvar
        load.kw = (p1 + 1.06 * each, p2 + 0.97 * each, p3 + 0.97 * each)
        load.kvar = (q1 + kvar, q2 + kvar, q3 + kvar)
        return load

    def _mode(self, state: UpsState, moment: Moment) -> Mode:
        is_fed = moment.supply.is_live
        if moment.severity("on_bypass") > 0 or self._saves_itself(state, moment):
            return Mode.BYPASS if is_fed else Mode.OFF
        if is_fed:
            return Mode.ONLINE
        return Mode.OFF if state.battery.charge <= 0 or state.mode is Mode.OFF else Mode.BATTERY

    def _saves_itself(self, state: UpsState, moment: Moment) -> bool:
        if state.overloaded_s >= OVERLOAD_S:
            return True
        was_hot = state.mode is Mode.BYPASS and moment.severity("fan_failure") > 0
        return state.inside_c > TOO_HOT_C or was_hot

    def _output(self, mode: Mode, moment: Moment, *, share: float) -> Supply:
        if mode is Mode.OFF:
            return Supply(volts=DEAD, hz=0.0, thd=0.0)
        if mode is Mode.BYPASS:
            return moment.supply
        volts = NOMINAL_V * (1 - REGULATION * (share - 0.5))
        hz = moment.supply.hz
        follows = mode is Mode.ONLINE and abs(hz - NOMINAL_HZ) <= SYNCHRONOUS_HZ
        return Supply(volts=(volts, volts, volts), hz=hz if follows else NOMINAL_HZ, thd=0.015)

    def _values(
        self,
        state: UpsState,
        moment: Moment,
        *,
        load: Drawn,
        output: Supply,
        input_kw: float,
        battery_kw: float,
    ) -> Mapping[str, Value]:
        in1, in2, in3 = moment.supply.volts
        share, mode = load.total_kw / self.rated_kw, state.mode
        volts, amps = terminal(state.battery, moment, kw=battery_kw, rated_kw=self.rated_kw)
        resistance = resistance_mohm(state.battery, moment)
        weak = moment.severity("failing_battery") > BATTERY_FAULT
        fan = moment.severity("fan_failure") > 0
        lost_kw = STANDING_LOSS * self.rated_kw + CONVERSION_LOSS * load.total_kw
        return {
            "mode": mode.value,
            "fault": mode in (Mode.BYPASS, Mode.OFF) or share > ALARM_LOAD or weak or fan,
            "input_voltage_l1": in1,
            "input_voltage_l2": in2,
            "input_voltage_l3": in3,
            "output_voltage": sum(output.volts) / 3,
            "output_current": sum(at_bus(load, output.volts).amps) / 3,
            "output_frequency": output.hz,
            "load": 100 * share,
            "power": input_kw,
            "energy": state.energy_kwh,
            "battery_charge": 100 * state.battery.charge,
            "battery_runtime": runtime_min(
                state.battery, moment, kw=load.total_kw + lost_kw, rated_kw=self.rated_kw
            ),
            "battery_voltage": volts,
            "battery_current": amps,
            "battery_temp": state.battery.celsius,
            "battery_resistance": resistance,
            "battery_fault": weak,
            "fan_fault": fan,
            "internal_temp": state.inside_c,
            "transfers": state.transfers,
        }


def build(asset: Asset, site: Site) -> UpsMachine:
    """Make a UPS from `rated`: `power_kw`, and `load_kw` that no asset stands for."""
    del site
    rated_kw = asset.rated.get("power_kw", 20.0)
    return UpsMachine(rated_kw=rated_kw, load_kw=asset.rated.get("load_kw", 0.45 * rated_kw))


def _room_c(moment: Moment) -> float:
    return ROOM_C + SWING_K * moment.world.occupancy + 0.03 * max(0.0, moment.world.outdoor_c - 20)
