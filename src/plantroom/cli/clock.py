"""The product's time: the machine's, or in a demo one that runs faster (`PLANTROOM_CLOCK=x60`)."""

import re
import time
from pathlib import Path
from typing import Final

import click

from plantroom.cli.options import setting
from plantroom.simulators.publishing import SystemClock

_FORM: Final = re.compile(r"x(\d{1,4}(?:\.\d{1,3})?)")


def _rate(_: click.Context, __: click.Parameter, value: str) -> float:
    found = _FORM.fullmatch(value)
    if found is None or float(found[1]) < 1:
        raise click.BadParameter(f"{value!r}; expected x and how many times as fast, as in x60")
    return float(found[1])


clock_rate = setting(
    "--clock",
    "clock_rate",
    default="x1",
    show_default=True,
    metavar="xN",
    callback=_rate,
    help="Let the product's own time run N times as fast, simulators and rules alike; for a demo only.",
)


def clock_of(data: Path, rate: float) -> SystemClock:
    """Return a clock that goes `rate` times as fast since its first start on `data`: it never goes back."""
    began = data / "clock-began"
    if rate != 1 and not began.exists():
        began.write_text(str(time.time()), encoding="ascii")
    return SystemClock(rate=rate, began=float(began.read_text(encoding="ascii")) if rate != 1 else None)
