"""Fixtures that every suite may ask for; each real server has its own module."""

from hypothesis import settings

pytest_plugins = [
    "plantroom_testing.postgres",
    "plantroom_testing.records",
    "plantroom_testing.influx",
    "plantroom_testing.influx2",
    "plantroom_testing.influx_proxy",
    "plantroom_testing.series",
    "plantroom_testing.mosquitto",
    "plantroom_testing.packaging",
    "plantroom_testing.browser",
    "plantroom_testing.product",
    "plantroom_testing.peers",
    "plantroom_testing.grafana_server",
    "plantroom_testing.filled_plant",
]

# Machines that run tests do other things too: an example that is slow once says nothing about the code.
settings.register_profile("plantroom", deadline=None)
settings.load_profile("plantroom")
