"""Conversion of units."""

import pytest

from plantroom.domain.units import conversion


@pytest.mark.parametrize(
    ("value", "of", "to", "converted"),
    [
        (2300, "W", "kW", 2.3),
        (3600, "Wmin", "kWh", 0.06),
        (212, "degF", "degC", 100),
        (212, "°F", "℃", 100),
        (32, "degF", "K", 273.15),
        (0, "degC", "K", 273.15),
        (14.5037738, "psi", "bar", 1),
        (1, "l/s", "m3/h", 3.6),
        (5, "m³/h", "m3/h", 5),
        (7, "NTU", "NTU", 7),
        (7, "", "", 7),
    ],
)
def test_a_value_is_converted(value: float, of: str, to: str, converted: float) -> None:
    scale, offset = conversion(of=of, to=to) or (0, 0)

    assert value * scale + offset == pytest.approx(converted)


@pytest.mark.parametrize(("of", "to"), [("W", "kWh"), ("bar", "degC"), ("furlong", "m"), ("W", "")])
def test_different_quantities_are_not_converted(of: str, to: str) -> None:
    assert conversion(of=of, to=to) is None
