"""Plantroom: facility monitoring and predictive maintenance for the machines of a building."""

from importlib.metadata import version

__version__ = version("plantroom")
