"""Demand: what a meter of maximum demand shows."""

from dataclasses import dataclass
from typing import Final

PERIOD_S: Final = 900
"""Block demand of 15 min, as tariffs in China and most of Europe take it."""


@dataclass(slots=True, kw_only=True)
class Demand:
    """The mean power of the last full period, and what has gathered in this one."""

    kw: float
    """Mean power of the last period that was full."""
    period: int
    """Number of the present period since the start."""
    gathered_kws: float = 0.0
    gathered_s: float = 0.0


def demand_at(power_kw: float, *, t: float) -> Demand:
    """Return the demand of what has drawn `power_kw` for long."""
    return Demand(kw=power_kw, period=int(t // PERIOD_S))


def demand_after(before: Demand, power_kw: float, *, t: float, dt: float) -> Demand:
    """Return the demand at `t` after `dt` seconds of `power_kw`."""
    period = int(t // PERIOD_S)
    kws, seconds = before.gathered_kws + power_kw * dt, before.gathered_s + dt
    if period == before.period:
        return Demand(kw=before.kw, period=period, gathered_kws=kws, gathered_s=seconds)
    return Demand(kw=kws / seconds if seconds > 0 else power_kw, period=period)
