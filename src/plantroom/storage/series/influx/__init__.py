"""Samples in an InfluxDB server, version 1, 2 or 3.

A line is one asset at one time: measurement asset class, tags site and asset. A sample of quality below
`FIRST_BAD` is its float field `<point>`; a bad one is the float field `<point>_B`, so that whoever reads the
plain fields sees reliable values. The integer field `<point>_Q` is the quality, absent where it is good; 256
is added where the sample has no value.
"""

from plantroom.storage.series.influx.address import InfluxAddress, parse_influx_url
from plantroom.storage.series.influx.store import InfluxStore

__all__ = ["InfluxAddress", "InfluxStore", "parse_influx_url"]
