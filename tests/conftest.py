"""Fixtures that every suite may ask for; each real server has its own module."""

pytest_plugins = [
    "plantroom_testing.postgres",
    "plantroom_testing.records",
    "plantroom_testing.influx",
    "plantroom_testing.series",
    "plantroom_testing.mosquitto",
    "plantroom_testing.packaging",
    "plantroom_testing.browser",
    "plantroom_testing.product",
    "plantroom_testing.peers",
]
