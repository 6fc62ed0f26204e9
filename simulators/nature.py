"""Constants of nature that several machines share."""

from typing import Final

GRAVITY: Final = 9.81
"""m/s²."""
ATMOSPHERE_BAR: Final = 1.013
"""Gauges read zero in the open."""
PERSON_KG: Final = 75.0
"""EN 81-20, table 6."""
