"""Decide: samples become conditions, conditions become alarm transitions. Pure: no I/O, no clock."""
