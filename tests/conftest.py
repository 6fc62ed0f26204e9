"""Fixtures that every suite may ask for; each real server has its own module."""

pytest_plugins = [
    "plantroom_testing.packaging",
]
