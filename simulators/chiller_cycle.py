"""The refrigerant's cycle of a water-cooled chiller with R134a."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import Moment
from plantroom.simulators.shared import DESIGN_RISE_K, KW_PER_M3H_K

KELVIN: Final = 273.15
EVAPORATOR_APPROACH_K: Final = 2.0
"""Leaving water over the evaporating temperature at rated load: flooded, enhanced tubes."""
CONDENSER_APPROACH_K: Final = 1.5
DESIGN_SUPPLY_C: Final = 7.0
DESIGN_CONDENSER_C: Final = 32.0
"""Condenser water at which ratings hold (GB/T 18430.1 has 30 °C, warm climates 32 °C)."""
FLOW_EXPONENT: Final = 0.4
"""How heat transfer grows with the flow: half of it is on the water's side (Dittus-Boelter 0.8)."""
LEAST_LIFT_K: Final = 14.0
"""Below it the oil would not come back: head pressure is kept."""
IDLE_SHARE: Final = 0.01
"""Oil pump, guide vanes and controls, as a share of the rated cooling."""
PART_LOAD_LOSS: Final = 0.25
"""How much worse than at its best a compressor is at no load, falling with the square of what is missing."""
ISENTROPIC: Final = 0.13
"""Exponent of the discharge temperature: (k - 1) / (k eta) with k = 1.11, eta = 0.76 for R134a."""
SUPERHEAT_K: Final = 3.0
SUBCOOLING_K: Final = 3.0
"""At no load; the condenser's bottom adds as much again at rated load."""

FOULED_CONDENSER: Final = 0.65
"""Share of the heat transfer that is lost, at worst."""
FOULED_EVAPORATOR: Final = 0.5
LOW_CHARGE_K: Final = 6.5
"""By which an evaporator with too little refrigerant boils colder."""
LOW_CHARGE_SUPERHEAT_K: Final = 9.0
LOW_CHARGE_CAPACITY: Final = 0.3
AIR_BAR: Final = 2.2
"""Partial pressure of the air in the condenser, at worst."""
WORN_CAPACITY: Final = 0.5
WORN_EFFICIENCY: Final = 0.25
BAD_OIL_EFFICIENCY: Final = 0.06


def saturation_pressure(celsius: float) -> float:
    """Return the pressure of boiling R134a, bar absolute, within 2 % from -10 to 60 °C.

    Clausius-Clapeyron through the table's values at 0 °C (2.93 bar) and 40 °C (10.17 bar).
    """
    return math.exp(10.8188 - 2661.7 / (celsius + KELVIN))


def saturation_temperature(bar: float) -> float:
    """Return the temperature at which R134a boils at that pressure (absolute), °C."""
    return 2661.7 / (10.8188 - math.log(bar)) - KELVIN


@dataclass(slots=True, kw_only=True)
class Ailments:
    """What is wrong with a chiller, each 0 to 1; never changed once made."""

    low_charge: float = 0.0
    fouled_condenser: float = 0.0
    fouled_evaporator: float = 0.0
    non_condensables: float = 0.0
    oil_degraded: float = 0.0
    compressor_wear: float = 0.0


SOUND: Final = Ailments()


def ailments_of(moment: Moment) -> Ailments:
    """Return the faults of the chiller whose moment it is."""
    if not moment.faults:
        return SOUND
    severity = moment.severity
    return Ailments(
        low_charge=severity("low_charge"),
        fouled_condenser=severity("fouled_condenser"),
        fouled_evaporator=severity("fouled_evaporator"),
        non_condensables=severity("non_condensables"),
        oil_degraded=severity("oil_degraded"),
        compressor_wear=severity("compressor_wear"),
    )


@dataclass(slots=True, kw_only=True)
class Cycle:
    """What the refrigerant does; never changed once made."""

    cooling_kw: float
    power_kw: float
    evaporating_c: float
    condensing_c: float
    condenser_bar: float
    """Absolute; above saturation where there is air in it."""
    condenser_out_c: float
    superheat_k: float
    subcooling_k: float
    discharge_c: float

    @property
    def rejected_kw(self) -> float:
        """Heat given to the condenser water: energy is kept."""
        return self.cooling_kw + self.power_kw


@dataclass(frozen=True, slots=True, kw_only=True)
class Plates:
    """The size of a chiller: both heat exchangers and the compressor."""

    cooling_kw: float
    power_kw: float
    chilled_m3h: float
    condenser_m3h: float
    carnot_share: float
    evaporator_ntu: float
    condenser_ntu: float

    def capacity(self, condensing_c: float, ailing: Ailments) -> float:
        """Return the most it can cool, kW: 1.2 % less for each kelvin that it condenses warmer than rated."""
        share = 1 - 0.012 * (condensing_c - DESIGN_CONDENSER_C - DESIGN_RISE_K - CONDENSER_APPROACH_K)
        share *= (1 - LOW_CHARGE_CAPACITY * ailing.low_charge) * (1 - WORN_CAPACITY * ailing.compressor_wear)
        return self.cooling_kw * min(1.1, max(0.2, share))

    def cycle(
        self,
        cooling_kw: float,
        *,
        supply_c: float,
        chilled_m3h: float,
        condenser_in_c: float,
        condenser_m3h: float,
        power_kw: float,
        ailing: Ailments = SOUND,
    ) -> Cycle:
        """Return the cycle that cools by `cooling_kw`; `power_kw`: a first guess of its power.

        Both exchangers: approach = dT / (exp(NTU) - 1), NTU = UA / (m c), a side of constant temperature.
        COP = share of Carnot x part load x Te / (Tc - Te), Te and Tc in K, and a constant for idling.
        Sources: ASHRAE Handbook Fundamentals, heat exchangers; the Carnot bound, calibrated with the rating.
        """
        evaporating = supply_c - self._evaporator_approach(cooling_kw, chilled_m3h, ailing)
        share = self.carnot_share * (1 - PART_LOAD_LOSS * (1 - min(1.0, cooling_kw / self.cooling_kw)) ** 2)
        share *= 1 - WORN_EFFICIENCY * ailing.compressor_wear - BAD_OIL_EFFICIENCY * ailing.oil_degraded
        condensing = leaving = condenser_in_c
        air_bar = AIR_BAR * ailing.non_condensables
        for _ in range(2):  # what it rejects depends on its power, and that on where it rejects it
            leaving, condensing = self._condenser(
                cooling_kw + power_kw, condenser_in_c, condenser_m3h, ailing
            )
            felt = (
                saturation_temperature(saturation_pressure(condensing) + air_bar) if air_bar else condensing
            )
            lift = max(LEAST_LIFT_K, felt - evaporating)
            power_kw = cooling_kw * lift / (share * (evaporating + KELVIN)) + IDLE_SHARE * self.cooling_kw
        condensing = max(condensing, evaporating + LEAST_LIFT_K)
        superheat = SUPERHEAT_K + LOW_CHARGE_SUPERHEAT_K * ailing.low_charge
        load = cooling_kw / self.cooling_kw
        bar = saturation_pressure(condensing) + air_bar
        ratio = bar / saturation_pressure(evaporating)
        discharge = (evaporating + superheat + KELVIN) * ratio**ISENTROPIC - KELVIN
        return Cycle(
            cooling_kw=cooling_kw,
            power_kw=power_kw,
            evaporating_c=evaporating,
            condensing_c=condensing,
            condenser_bar=bar,
            condenser_out_c=leaving,
            superheat_k=superheat,
            subcooling_k=SUBCOOLING_K * (1 + load) * (1 - ailing.low_charge) + 3 * ailing.non_condensables,
            discharge_c=discharge + 14 * ailing.compressor_wear + 4 * ailing.oil_degraded,
        )

    def _evaporator_approach(self, cooling_kw: float, chilled_m3h: float, ailing: Ailments) -> float:
        flow = max(0.05 * self.chilled_m3h, chilled_m3h)
        ntu = self.evaporator_ntu * (flow / self.chilled_m3h) ** (FLOW_EXPONENT - 1)
        ntu *= 1 - FOULED_EVAPORATOR * ailing.fouled_evaporator
        cooled = cooling_kw / (KW_PER_M3H_K * flow)
        return cooled / math.expm1(ntu) + LOW_CHARGE_K * ailing.low_charge

    def _condenser(
        self, rejected_kw: float, entering_c: float, condenser_m3h: float, ailing: Ailments
    ) -> tuple[float, float]:
        """Return the temperature of the leaving water and of the condensing refrigerant."""
        flow = max(0.05 * self.condenser_m3h, condenser_m3h)
        ntu = self.condenser_ntu * (flow / self.condenser_m3h) ** (FLOW_EXPONENT - 1)
        ntu *= 1 - FOULED_CONDENSER * ailing.fouled_condenser
        warmed = rejected_kw / (KW_PER_M3H_K * flow)
        return entering_c + warmed, entering_c + warmed + warmed / math.expm1(ntu)


def plates(*, cooling_kw: float, power_kw: float) -> Plates:
    """Return a chiller that takes `power_kw` at its rated cooling, 7 °C chilled and 32 °C condenser water."""
    rejected = cooling_kw + power_kw
    condensing = DESIGN_CONDENSER_C + DESIGN_RISE_K + CONDENSER_APPROACH_K
    evaporating = DESIGN_SUPPLY_C - EVAPORATOR_APPROACH_K
    ideal = (evaporating + KELVIN) / (condensing - evaporating)
    return Plates(
        cooling_kw=cooling_kw,
        power_kw=power_kw,
        chilled_m3h=cooling_kw / (KW_PER_M3H_K * DESIGN_RISE_K),
        condenser_m3h=rejected / (KW_PER_M3H_K * DESIGN_RISE_K),
        carnot_share=cooling_kw / (power_kw - IDLE_SHARE * cooling_kw) / ideal,
        evaporator_ntu=math.log1p(DESIGN_RISE_K / EVAPORATOR_APPROACH_K),
        condenser_ntu=math.log1p(DESIGN_RISE_K / CONDENSER_APPROACH_K),
    )
