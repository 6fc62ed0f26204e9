"""What happens in a cooling tower's fill: water gives heat and moisture to air."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.moist_air import saturated_enthalpy
from plantroom.simulators.shared import DESIGN_RISE_K, KW_PER_M3H_K

DESIGN_WET_BULB_C: Final = 28.0
DESIGN_LEAVING_C: Final = 31.3
"""A margin of 0.7 K on the usual guarantee of 32 °C at 28 °C wet bulb (GB/T 7190.1)."""
WATER_TO_AIR: Final = 1.2
"""kg of water for each kg of air at the design point; usual for counterflow towers: 0.75 to 1.5."""
NTU_EXPONENT: Final = -0.6
"""NTU = c (water / air)^(1 + n), n = -0.6 for usual fills (Braun, Klein and Mitchell 1989)."""
DRAUGHT: Final = 0.12
"""Air that rises without the fan, as a share of the fan's."""
LATENT_KJ_KG: Final = 2430.0
CP_KJ_KG_K: Final = 4.186
LATENT_SHARE: Final = (0.66, 0.006)
"""Share of the heat that leaves as vapour: at 0 °C wet bulb, and what each kelvin adds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """The size of a tower: its air and how well its fill brings both together."""

    air_kg_s: float
    """Through the fill with the fan at full speed."""
    c: float

    def rejected_kw(
        self, *, water_m3h: float, entering_c: float, wet_bulb_c: float, air: float, good: float
    ) -> float:
        """Return the heat that the water gives to the air; below 0 where warm air meets cold water.

        The effectiveness method: Q = eps ma (hs(Tw) - h(air)), eps as of a heat exchanger in counterflow with
        the saturated air's cs = dh/dT in the place of a specific heat. `air`: share of the fan's air; `good`:
        share of the fill that works.
        Source: Braun, Klein and Mitchell (1989), Effectiveness models for cooling towers and cooling coils.
        """
        ma = self.air_kg_s * max(DRAUGHT, air)
        mw = water_m3h / 3.6
        if mw <= 0:
            return 0.0
        warm = saturated_enthalpy(entering_c)
        cold = saturated_enthalpy(wet_bulb_c)
        spread = entering_c - wet_bulb_c
        cs = (warm - cold) / spread if abs(spread) > 1e-3 else 4.0
        m = ma * cs / (mw * CP_KJ_KG_K)
        ntu = self.c * good * (mw / ma) ** (1 + NTU_EXPONENT)
        decay = math.exp(-ntu * (1 - m)) if abs(1 - m) > 1e-6 else 1.0
        effectiveness = (1 - decay) / (1 - m * decay) if abs(1 - m) > 1e-6 else ntu / (1 + ntu)
        return effectiveness * ma * (warm - cold)

    def leaving_c(
        self, *, water_m3h: float, entering_c: float, wet_bulb_c: float, air: float, good: float
    ) -> float:
        """Return the temperature of the water that leaves; never colder than the wet bulb."""
        heat = self.rejected_kw(
            water_m3h=water_m3h, entering_c=entering_c, wet_bulb_c=wet_bulb_c, air=air, good=good
        )
        return entering_c - heat / (KW_PER_M3H_K * water_m3h)


def fill_of(*, cooling_kw: float) -> Fill:
    """Return a tower that rejects `cooling_kw` at its design point with the fan at full speed."""
    water_m3h = cooling_kw / (KW_PER_M3H_K * DESIGN_RISE_K)
    air_kg_s = water_m3h / 3.6 / WATER_TO_AIR
    low, high = 0.1, 20.0
    while high - low > 1e-6:
        c = (low + high) / 2
        leaving = Fill(air_kg_s=air_kg_s, c=c).leaving_c(
            water_m3h=water_m3h,
            entering_c=DESIGN_LEAVING_C + DESIGN_RISE_K,
            wet_bulb_c=DESIGN_WET_BULB_C,
            air=1.0,
            good=1.0,
        )
        low, high = (c, high) if leaving > DESIGN_LEAVING_C else (low, c)
    return Fill(air_kg_s=air_kg_s, c=(low + high) / 2)


def evaporated_m3h(rejected_kw: float, wet_bulb_c: float) -> float:
    """Return the water that leaves as vapour: the latent share of the heat over the heat of evaporation."""
    share = min(0.95, max(0.4, LATENT_SHARE[0] + LATENT_SHARE[1] * wet_bulb_c))
    return max(0.0, rejected_kw) * share / LATENT_KJ_KG * 3.6
